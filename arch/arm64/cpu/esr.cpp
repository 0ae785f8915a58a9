// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/esr.hpp"

namespace isthmus::arch {

std::string_view exception_class_name(ExceptionClass ec) {
    switch (ec) {
        case ExceptionClass::unknown:
            return "undefined instruction";
        case ExceptionClass::wfx:
            return "WFI or WFE";
        case ExceptionClass::fp_access:
            return "SIMD or floating-point access";
        case ExceptionClass::illegal_state:
            return "illegal execution state";
        case ExceptionClass::hvc64:
            return "HVC";
        case ExceptionClass::smc64:
            return "SMC";
        case ExceptionClass::sysreg:
            return "system register access";
        case ExceptionClass::sve:
            return "SVE access";
        case ExceptionClass::instruction_abort_lower:
            return "instruction abort from a guest";
        case ExceptionClass::instruction_abort_same:
            return "instruction abort in Isthmus";
        case ExceptionClass::pc_alignment:
            return "misaligned PC";
        case ExceptionClass::data_abort_lower:
            return "data abort from a guest";
        case ExceptionClass::data_abort_same:
            return "data abort in Isthmus";
        case ExceptionClass::sp_alignment:
            return "misaligned SP";
        case ExceptionClass::serror:
            return "SError";
        case ExceptionClass::breakpoint_same:
            return "breakpoint";
        case ExceptionClass::brk64:
            return "BRK instruction";
    }
    return "unknown exception class";
}

std::string_view fault_status_name(u64 iss) {
    switch (iss & 0x3f) {
        case 0x00:
        case 0x01:
        case 0x02:
        case 0x03:
            return "address size fault";
        case 0x04:
            return "translation fault, level 0";
        case 0x05:
            return "translation fault, level 1";
        case 0x06:
            return "translation fault, level 2";
        case 0x07:
            return "translation fault, level 3";
        case 0x09:
        case 0x0a:
        case 0x0b:
            return "access flag fault";
        case 0x0d:
            return "permission fault, level 1";
        case 0x0e:
            return "permission fault, level 2";
        case 0x0f:
            return "permission fault, level 3";
        case 0x10:
            return "external abort";
        case 0x14:
        case 0x15:
        case 0x16:
        case 0x17:
            return "external abort on a table walk";
        case 0x21:
            return "alignment fault";
        case 0x30:
            return "TLB conflict";
        default:
            return "other fault";
    }
}

}  // namespace isthmus::arch
