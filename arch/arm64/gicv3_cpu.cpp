// SPDX-License-Identifier: Apache-2.0
// The GICv3 virtual CPU interface: list registers and what moves with a vCPU (Arm IHI 0069, 12.4).
#include "arch/arm64/gic_cpu.hpp"
#include "arch/arm64/list_register.hpp"
#include "arch/arm64/sysreg.hpp"

namespace isthmus::arch {
namespace {

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

void write_word(unsigned index, u64 word) {
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

u64 read_word(unsigned index) {
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

unsigned preemption_bits() {
    return static_cast<unsigned>(ich::VtrPreBits::get(ISTHMUS_READ_SYSREG(s3_4_c12_c11_1))) + 1;
}

}  // namespace

unsigned list_register_count() {
    return static_cast<unsigned>(ich::VtrListRegs::get(ISTHMUS_READ_SYSREG(s3_4_c12_c11_1))) + 1;
}

void write_list_register(unsigned index, ListRegister value) {
    write_word(index, ich::encode(value));
}
void write_pending(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                   bool end_signal) {
    write_word(index, ich::encode_pending(intid, host_intid, priority, group1, end_signal));
}
void clear_list_register(unsigned index) {
    write_word(index, 0);
}
ListRegister read_list_register(unsigned index) {
    return ich::decode(read_word(index));
}

u32 empty_list_registers() {
    return static_cast<u32>(ISTHMUS_READ_SYSREG(s3_4_c12_c11_5));  // ICH_ELRSR_EL2
}

void set_maintenance(Maintenance wanted) {
    // Writing EOIcount as 0 is part of it: take_end_count has read it before.
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_0, ich::hcr_en | (wanted.no_pending ? ich::hcr_npie : 0) |
                                             (wanted.end_not_present ? ich::hcr_lrenpie : 0));
}

unsigned take_end_count() {
    const u64 control = ISTHMUS_READ_SYSREG(s3_4_c12_c11_0);  // ICH_HCR_EL2
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c11_0, control & ~ich::HcrEoiCount::mask);
    return static_cast<unsigned>(ich::HcrEoiCount::get(control));
}

/// ICH_AP1R<n> and ICH_AP0R<n> beyond the first exist with more than 5 preemption bits only.
void load_gic_cpu(const VcpuState& state) {
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

void save_gic_cpu(VcpuState& state) {
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
