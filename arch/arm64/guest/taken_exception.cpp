// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/taken_exception.hpp"

#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/guest/pstate.hpp"
#include "arch/arm64/guest/sysreg_names.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 vectors_size = 0x800;
constexpr u64 vector_size = 0x80;

/// Classes as ESR_EL1 has them (Arm ARM D19.2.37).
namespace ec {
constexpr u64 unknown = 0x00;
constexpr u64 fp_access = 0x07;
constexpr u64 branch_target = 0x0d;
constexpr u64 illegal_state = 0x0e;
constexpr u64 svc = 0x15;
constexpr u64 sysreg = 0x18;
constexpr u64 sve = 0x19;
constexpr u64 instruction_abort_lower = 0x20;
constexpr u64 instruction_abort = 0x21;
constexpr u64 pc_alignment = 0x22;
constexpr u64 data_abort_lower = 0x24;
constexpr u64 data_abort = 0x25;
constexpr u64 sp_alignment = 0x26;
constexpr u64 floating_point = 0x2c;
constexpr u64 breakpoint_lower = 0x30;
constexpr u64 breakpoint = 0x31;
constexpr u64 step_lower = 0x32;
constexpr u64 step = 0x33;
constexpr u64 watchpoint_lower = 0x34;
constexpr u64 watchpoint = 0x35;
constexpr u64 brk = 0x3c;
}  // namespace ec

/// The words of a class without details; empty for those that have some.
std::string_view plain_words(u64 exception_class) {
    switch (exception_class) {
        case ec::fp_access:
            return "used floating-point or SIMD registers, which its CPACR_EL1 traps,";
        case ec::branch_target:
            return "branched to a place that is no branch target";
        case ec::illegal_state:
            return "returned to a state that there is not";
        case ec::svc:
            return "executed SVC";
        case ec::sve:
            return "used SVE, which its CPACR_EL1 traps,";
        case ec::pc_alignment:
            return "branched to an address that is not aligned";
        case ec::sp_alignment:
            return "used a stack pointer that is not aligned";
        case ec::floating_point:
            return "had a floating-point exception";
        case ec::breakpoint_lower:
        case ec::breakpoint:
            return "came to a breakpoint of its own";
        case ec::step_lower:
        case ec::step:
            return "stepped";
        case ec::watchpoint_lower:
        case ec::watchpoint:
            return "came to a watchpoint of its own";
        case ec::brk:
            return "executed BRK";
        default:
            return {};
    }
}

/// MSR (register), MRS, SYS, SYSL of A64 (Arm ARM C4.1.91): the fields are where ESR_ELx has
/// others.
constexpr bool is_system_instruction(u32 word) {
    return (word & 0xffc0'0000) == 0xd500'0000 && BitField<19, 2>::get(word) != 0;
}
constexpr u32 named_id(u32 word) {
    return sysreg_id(BitField<19, 2>::get(word), BitField<16, 3>::get(word),
                     BitField<12, 4>::get(word), BitField<8, 4>::get(word),
                     BitField<5, 3>::get(word));
}

void describe_system_instruction(TextSink& out, u32 id, bool is_read) {
    const bool is_register = SysregTrap::Op0::get(id) >= 2;
    out.write(!is_register ? "executed system instruction " : is_read ? "read " : "wrote ");
    print_sysreg(out, id);
    const std::string_view owner = sysreg_owner(id, is_read);
    if (owner.empty()) {
        print(out, ", which it may not {},", !is_register ? "use" : is_read ? "read" : "write");
    } else {
        print(out, ", which is {},", owner);
    }
}

void describe_undefined(TextSink& out, std::optional<u32> instruction) {
    if (!instruction) {
        out.write("executed an undefined instruction");
    } else if (is_system_instruction(*instruction)) {
        describe_system_instruction(out, named_id(*instruction),
                                    BitField<21>::get(*instruction) != 0);
    } else {
        print(out, "executed an undefined instruction, {x},", *instruction);
    }
}

void describe_abort(TextSink& out, const TakenException& taken, std::string_view did) {
    print(out, "{} {x}: {},", did, taken.fault_address, fault_status_name(taken.syndrome));
}

void describe_synchronous(TextSink& out, const TakenException& taken,
                          std::optional<u32> instruction) {
    const u64 exception_class = Syndrome::Ec::get(taken.syndrome);
    switch (exception_class) {
        case ec::unknown:
            return describe_undefined(out, instruction);
        case ec::sysreg: {
            const SysregTrap trap{taken.syndrome};
            return describe_system_instruction(out, trap.id(), trap.is_read());
        }
        case ec::instruction_abort_lower:
        case ec::instruction_abort:
            return describe_abort(out, taken, "fetched an instruction from");
        case ec::data_abort_lower:
        case ec::data_abort:
            return describe_abort(out, taken,
                                  DataAbort{taken.syndrome}.is_write() ? "wrote to" : "read from");
        default:
            break;
    }
    const std::string_view words = plain_words(exception_class);
    if (words.empty()) {
        print(out, "had an exception of class {x}", exception_class);
    } else {
        out.write(words);
    }
}

bool is_fetch_of_vector(const TakenException& taken) {
    return Syndrome::Ec::get(taken.syndrome) == ec::instruction_abort &&
           taken.pc - taken.vectors < vectors_size;
}

}  // namespace

VectorFetch vector_fetch(const TakenException& taken, u64 address) {
    const u64 offset = address - taken.vectors;
    // An exception masks everything and uses SP_EL1; code that jumps there by itself seldom has.
    constexpr u64 looked_at = spsr::mode_mask | spsr::masked;
    const bool in_handler = (taken.handler_pstate & looked_at) == (spsr::el1h | spsr::masked);
    if (offset >= vectors_size || offset % vector_size != 0 || !in_handler) {
        return VectorFetch::none;
    }
    switch ((offset - synchronous_vector(taken.pstate)) / vector_size) {
        case 0:
            return is_fetch_of_vector(taken) ? VectorFetch::again : VectorFetch::synchronous;
        case 1:  // IRQ, FIQ
        case 2:
            return VectorFetch::interrupt;
        case 3:
            return VectorFetch::serror;
        default:
            return VectorFetch::none;
    }
}

void describe(TextSink& out, VectorFetch fetch, const TakenException& taken,
              std::optional<u32> instruction) {
    if (fetch == VectorFetch::interrupt) {
        out.write("was interrupted");
    } else if (fetch == VectorFetch::serror) {
        out.write("was given an SError");
    } else {
        describe_synchronous(out, taken, instruction);
    }
    print(out, " at pc {x}", taken.pc);
}

}  // namespace isthmus::arch
