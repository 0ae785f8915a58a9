// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gic/gicv3_lists.hpp"

/// A list register is named in the instruction, so its number becomes a jump.
// clang-format off
#define ISTHMUS_EACH_FURTHER_LIST_REGISTER(MOVE) \
    MOVE(1, s3_4_c12_c12_1) \
    MOVE(2, s3_4_c12_c12_2) \
    MOVE(3, s3_4_c12_c12_3) \
    MOVE(4, s3_4_c12_c12_4) \
    MOVE(5, s3_4_c12_c12_5) \
    MOVE(6, s3_4_c12_c12_6) \
    MOVE(7, s3_4_c12_c12_7) \
    MOVE(8, s3_4_c12_c13_0) \
    MOVE(9, s3_4_c12_c13_1) \
    MOVE(10, s3_4_c12_c13_2) \
    MOVE(11, s3_4_c12_c13_3) \
    MOVE(12, s3_4_c12_c13_4) \
    MOVE(13, s3_4_c12_c13_5) \
    MOVE(14, s3_4_c12_c13_6) \
    MOVE(15, s3_4_c12_c13_7)
// clang-format on

namespace isthmus::arch {
namespace {

/// ICH_AP1R<n> and ICH_AP0R<n> beyond the first exist with more than 5 preemption bits only.
unsigned preemption_bits() {
    return static_cast<unsigned>(ich::VtrPreBits::get(ISTHMUS_READ_SYSREG(s3_4_c12_c11_1))) + 1;
}

}  // namespace

void Gicv3Lists::write_further(unsigned index, u64 word) {
    switch (index) {
#define MOVE(number, name)                \
    case number:                          \
        ISTHMUS_WRITE_SYSREG(name, word); \
        break;
        ISTHMUS_EACH_FURTHER_LIST_REGISTER(MOVE)
#undef MOVE
        default:
            break;
    }
}

u64 Gicv3Lists::read_further(unsigned index) {
    switch (index) {
#define MOVE(number, name) \
    case number:           \
        return ISTHMUS_READ_SYSREG(name);
        ISTHMUS_EACH_FURTHER_LIST_REGISTER(MOVE)
#undef MOVE
        default:
            return 0;
    }
}

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
