// SPDX-License-Identifier: Apache-2.0
// The end of the line: a fault inside Isthmus, or a panic. Registers, the syndrome in words and a
// backtrace go to the console; then every CPU stops. tools/backtrace.py turns the addresses into
// functions and lines.
#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "core/console/console.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/atomic.hpp"
#include "isthmus/log.hpp"
#include "isthmus/panic.hpp"

using namespace isthmus;

extern "C" {
/// What el2_exception in vectors.S stores.
struct FaultFrame {
    u64 x[31];
    u64 unused;
    u64 sp;
};
static_assert(sizeof(FaultFrame) == 264);
[[noreturn]] void isthmus_el2_exception(const FaultFrame* frame);
[[noreturn]] void isthmus_check_failed(const char* file, int line, const char* function,
                                       const char* condition);
}

namespace isthmus::arch {
namespace {

constinit Atomic<u32> ending;

/// The first CPU to end reports; any other just stops.
void begin_end() {
    if (ending.exchange(1) != 0) {
        halt();
    }
    stop_other_cpus();
    core::seize_console();
}

bool is_on_a_stack(u64 address) {
    const bool aligned = is_aligned(address, 16);
    const bool stacks =
        address >= stack_base && address < emergency_stack_base + (limits::cpus + 2) * stack_slot;
    const u64 in_slot = address % stack_slot;
    return aligned && stacks && in_slot >= stack_slot - stack_size && in_slot <= stack_slot - 16;
}

/// Frame records (AAPCS64): each holds the one before and the return address.
void print_frames(u64 pc, u64 frame) {
    constexpr unsigned most = 32;
    log("backtrace (tools/backtrace.py reads it):");
    log("  {x}", pc);
    for (unsigned depth = 0; depth < most && is_on_a_stack(frame); ++depth) {
        const auto* record = reinterpret_cast<const u64*>(frame);
        if (record[1] == 0) {
            break;  // the first frame: nobody called it
        }
        log("  {x}", record[1]);
        if (record[0] <= frame) {
            break;
        }
        frame = record[0];
    }
}

void print_registers(const FaultFrame& frame) {
    for (unsigned i = 0; i < 30; i += 3) {
        log("  x{-3}{x-20} x{-3}{x-20} x{-3}{x-20}", i, frame.x[i], i + 1, frame.x[i + 1], i + 2,
            frame.x[i + 2]);
    }
    log("  x30 {x}  sp {x}", frame.x[30], frame.sp);
}

}  // namespace

void print_backtrace() {
    const auto pc = reinterpret_cast<u64>(__builtin_return_address(0));
    print_frames(pc, reinterpret_cast<u64>(__builtin_frame_address(0)));
}

}  // namespace isthmus::arch

void isthmus_el2_exception(const FaultFrame* frame) {
    using namespace isthmus::arch;
    begin_end();
    const u64 esr = ISTHMUS_READ_SYSREG(esr_el2);
    const ExceptionClass ec = Syndrome{esr}.exception_class();
    const u64 pc = ISTHMUS_READ_SYSREG(elr_el2);
    log("panic: {} on CPU {}", exception_class_name(ec), cpu_index());
    const bool abort =
        ec == ExceptionClass::data_abort_same || ec == ExceptionClass::instruction_abort_same;
    log("  pc {x}, syndrome {x}{}{}, address {x}", pc, esr, abort ? ": " : "",
        abort ? fault_status_name(esr) : "", ISTHMUS_READ_SYSREG(far_el2));
    print_registers(*frame);
    print_frames(pc, frame->x[29]);
    log("all CPUs stopped");
    halt();
}

namespace isthmus {

void panic(const char* what, std::source_location where) {
    arch::begin_end();
    log("panic: {} ({}:{}) on CPU {}", what, where.file_name(), where.line(), arch::cpu_index());
    arch::print_backtrace();
    log("all CPUs stopped");
    arch::halt();
}

}  // namespace isthmus

void isthmus_check_failed(const char* file, int line, const char* function, const char* condition) {
    log("check failed in {}:{}, {}", file, line, function);
    panic(condition);
}
