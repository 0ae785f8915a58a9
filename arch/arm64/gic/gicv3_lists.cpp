// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gic/gicv3_lists.hpp"

/// A list register is named in the instruction, so its number becomes a jump.
// clang-format off
#define ISTHMUS_EACH_FURTHER_LIST_REGISTER(MOVE) \
    MOVE(1, ich_lr1_el2) \
    MOVE(2, ich_lr2_el2) \
    MOVE(3, ich_lr3_el2) \
    MOVE(4, ich_lr4_el2) \
    MOVE(5, ich_lr5_el2) \
    MOVE(6, ich_lr6_el2) \
    MOVE(7, ich_lr7_el2) \
    MOVE(8, ich_lr8_el2) \
    MOVE(9, ich_lr9_el2) \
    MOVE(10, ich_lr10_el2) \
    MOVE(11, ich_lr11_el2) \
    MOVE(12, ich_lr12_el2) \
    MOVE(13, ich_lr13_el2) \
    MOVE(14, ich_lr14_el2) \
    MOVE(15, ich_lr15_el2)
// clang-format on

namespace isthmus::arch {
namespace {

/// ICH_AP1R<n> and ICH_AP0R<n> beyond the first exist with more than 5 preemption bits only.
unsigned preemption_bits() {
    return static_cast<unsigned>(ich::VtrPreBits::get(ISTHMUS_READ_SYSREG(ich_vtr_el2))) + 1;
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
    ISTHMUS_WRITE_SYSREG(ich_vmcr_el2, state.ich_vmcr);
    ISTHMUS_WRITE_SYSREG(ich_ap0r0_el2, state.ich_ap0r[0]);
    ISTHMUS_WRITE_SYSREG(ich_ap1r0_el2, state.ich_ap1r[0]);
    if (preemption_bits() >= 6) {
        ISTHMUS_WRITE_SYSREG(ich_ap0r1_el2, state.ich_ap0r[1]);
        ISTHMUS_WRITE_SYSREG(ich_ap1r1_el2, state.ich_ap1r[1]);
    }
    if (preemption_bits() == 7) {
        ISTHMUS_WRITE_SYSREG(ich_ap0r2_el2, state.ich_ap0r[2]);
        ISTHMUS_WRITE_SYSREG(ich_ap1r2_el2, state.ich_ap1r[2]);
        ISTHMUS_WRITE_SYSREG(ich_ap0r3_el2, state.ich_ap0r[3]);
        ISTHMUS_WRITE_SYSREG(ich_ap1r3_el2, state.ich_ap1r[3]);
    }
    ISTHMUS_WRITE_SYSREG(ich_hcr_el2, ich::hcr_en);
}

void Gicv3Lists::save(VcpuState& state) {
    state.ich_vmcr = ISTHMUS_READ_SYSREG(ich_vmcr_el2);
    state.ich_ap0r[0] = ISTHMUS_READ_SYSREG(ich_ap0r0_el2);
    state.ich_ap1r[0] = ISTHMUS_READ_SYSREG(ich_ap1r0_el2);
    if (preemption_bits() >= 6) {
        state.ich_ap0r[1] = ISTHMUS_READ_SYSREG(ich_ap0r1_el2);
        state.ich_ap1r[1] = ISTHMUS_READ_SYSREG(ich_ap1r1_el2);
    }
    if (preemption_bits() == 7) {
        state.ich_ap0r[2] = ISTHMUS_READ_SYSREG(ich_ap0r2_el2);
        state.ich_ap1r[2] = ISTHMUS_READ_SYSREG(ich_ap1r2_el2);
        state.ich_ap0r[3] = ISTHMUS_READ_SYSREG(ich_ap0r3_el2);
        state.ich_ap1r[3] = ISTHMUS_READ_SYSREG(ich_ap1r3_el2);
    }
    ISTHMUS_WRITE_SYSREG(ich_hcr_el2, 0);
}

}  // namespace isthmus::arch
