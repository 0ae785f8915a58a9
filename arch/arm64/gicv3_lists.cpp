// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gicv3_lists.hpp"

namespace isthmus::arch {
namespace {

/// ICH_AP1R<n> and ICH_AP0R<n> beyond the first exist with more than 5 preemption bits only.
unsigned preemption_bits() {
    return static_cast<unsigned>(ich::VtrPreBits::get(ISTHMUS_READ_SYSREG(s3_4_c12_c11_1))) + 1;
}

}  // namespace

void Gicv3Lists::load(const VcpuState& state) {
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_7, state.ich_vmcr);
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c8_0, state.ich_ap0r[0]);
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c9_0, state.ich_ap1r[0]);
    if (preemption_bits() >= 6) {
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c8_1, state.ich_ap0r[1]);
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c9_1, state.ich_ap1r[1]);
    }
    if (preemption_bits() == 7) {
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c8_2, state.ich_ap0r[2]);
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c9_2, state.ich_ap1r[2]);
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c8_3, state.ich_ap0r[3]);
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c9_3, state.ich_ap1r[3]);
    }
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_0, ich::hcr_en);
}

void Gicv3Lists::save(VcpuState& state) {
    state.ich_vmcr = ISTHMUS_READ_SYSREG(s3_4_c12_c11_7);
    state.ich_ap0r[0] = ISTHMUS_READ_SYSREG(s3_4_c12_c8_0);
    state.ich_ap1r[0] = ISTHMUS_READ_SYSREG(s3_4_c12_c9_0);
    if (preemption_bits() >= 6) {
        state.ich_ap0r[1] = ISTHMUS_READ_SYSREG(s3_4_c12_c8_1);
        state.ich_ap1r[1] = ISTHMUS_READ_SYSREG(s3_4_c12_c9_1);
    }
    if (preemption_bits() == 7) {
        state.ich_ap0r[2] = ISTHMUS_READ_SYSREG(s3_4_c12_c8_2);
        state.ich_ap1r[2] = ISTHMUS_READ_SYSREG(s3_4_c12_c9_2);
        state.ich_ap0r[3] = ISTHMUS_READ_SYSREG(s3_4_c12_c8_3);
        state.ich_ap1r[3] = ISTHMUS_READ_SYSREG(s3_4_c12_c9_3);
    }
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_0, 0);
}

}  // namespace isthmus::arch
