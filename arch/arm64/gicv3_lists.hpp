// SPDX-License-Identifier: Apache-2.0
// The virtual CPU interface of a GICv3: ICH_* system registers (Arm IHI 0069, 12.4).
#pragma once

#include "arch/arm64/list_register.hpp"
#include "arch/arm64/sysreg.hpp"
#include "arch/arm64/vcpu_state.hpp"

namespace isthmus::arch {

/// A list register is named in the instruction, so its number becomes a jump.
// clang-format off
#define ISTHMUS_EACH_LIST_REGISTER(MOVE) \
    MOVE(0, s3_4_c12_c12_0) \
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

struct Gicv3Lists {
    static unsigned count() {
        return static_cast<unsigned>(ich::VtrListRegs::get(ISTHMUS_READ_SYSREG(s3_4_c12_c11_1))) +
               1;
    }

    static void write(unsigned index, u64 word) {
        switch (index) {
#define MOVE(number, name)                \
    case number:                          \
        ISTHMUS_WRITE_SYSREG(name, word); \
        break;
            ISTHMUS_EACH_LIST_REGISTER(MOVE)
#undef MOVE
            default:
                break;
        }
    }

    static u64 read(unsigned index) {
        switch (index) {
#define MOVE(number, name) \
    case number:           \
        return ISTHMUS_READ_SYSREG(name);
            ISTHMUS_EACH_LIST_REGISTER(MOVE)
#undef MOVE
            default:
                return 0;
        }
    }

    static u32 empty() {
        return static_cast<u32>(ISTHMUS_READ_SYSREG(s3_4_c12_c11_5));  // ICH_ELRSR_EL2
    }

    static void set_maintenance(Maintenance wanted) {
        // Writing EOIcount as 0 is part of it: take_end_count has read it before.
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_0, ich::hcr_en | (wanted.no_pending ? ich::hcr_npie : 0) |
                                                 (wanted.end_not_present ? ich::hcr_lrenpie : 0));
    }

    static unsigned take_end_count() {
        const u64 control = ISTHMUS_READ_SYSREG(s3_4_c12_c11_0);  // ICH_HCR_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_0, control & ~ich::HcrEoiCount::mask);
        return static_cast<unsigned>(ich::HcrEoiCount::get(control));
    }

    static void load(const VcpuState& state);
    static void save(VcpuState& state);
};

}  // namespace isthmus::arch
