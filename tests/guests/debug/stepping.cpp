// SPDX-License-Identifier: Apache-2.0
// Single step, over everything that may come between.
#include "debug/debug.hpp"
#include "runtime/runtime.hpp"

extern "C" {
void debug_plain(isthmus::u64);
void debug_emulated(isthmus::u64);
void debug_call(isthmus::u64);
void debug_register(isthmus::u64);
void debug_load(isthmus::u64);
void debug_fetch(isthmus::u64);
void debug_plain_end();
void debug_emulated_end();
}

namespace isthmus::guest::debug {
namespace {

constinit Stepped stepped;

void step_on(ExceptionFrame& frame) {
    frame.spsr = (frame.spsr | spsr_ss) & ~spsr_d;
    GUEST_WRITE_SYSREG(mdscr_el1, mdscr_ss | mdscr_kde);
    isb();
}

void stop_stepping(ExceptionFrame& frame) {
    GUEST_WRITE_SYSREG(mdscr_el1, 0);
    isb();
    frame.spsr &= ~spsr_ss;
}

/// At the end of its sequence; elsewhere there may be nothing to read.
bool has_come_through(u64 pc) {
    constexpr u64 ret = 0xd65f'03c0;
    const auto first = reinterpret_cast<u64>(&debug_plain);
    return pc - first < 0x200 && *reinterpret_cast<const u32*>(pc) == ret;
}

bool handle(ExceptionFrame& frame, const Fault& fault) {
    const u64 ec = fault.exception_class();
    if (ec == ec_brk) {
        frame.elr += 4;
        step_on(frame);
        return true;
    }
    if (ec != ec_step) {  // what it stepped on faults: back to the caller
        stepped.faulted = true;
        stepped.fault_elr = frame.elr;
        stepped.fault_spsr = frame.spsr;
        frame.elr = frame.x[30];
        stop_stepping(frame);
        return true;
    }
    if (stepped.count < 32) {
        stepped.stops[stepped.count] = frame.elr;
    }
    ++stepped.count;
    if (has_come_through(frame.elr) || stepped.count > 100) {
        stop_stepping(frame);
    } else {
        step_on(frame);
    }
    return true;
}

u64 address_of(void (*function)(u64)) {
    return reinterpret_cast<u64>(function);
}

/// It stopped behind every instruction, in order: `first` is that behind BRK.
bool stopped_everywhere(const Stepped& found, u64 first, u64 end) {
    const u64 wanted = (end - first) / 4;
    bool all = !found.faulted && found.count == wanted;
    for (u64 i = 0; all && i < wanted; ++i) {
        all = found.stops[i] == first + 4 * (i + 1);
    }
    return all;
}

/// One step, and then the second instruction faults with its own step still to do.
u32 check_fault(const char* name, void (*sequence)(u64), u64 argument, bool at_itself = true) {
    const Stepped found = step_through(sequence, argument);
    const u64 at = at_itself ? address_of(sequence) + 8 : argument;
    return report(name,
                  found.faulted && found.fault_elr == at && found.count == (at_itself ? 1U : 2U) &&
                      (found.fault_spsr & spsr_ss) != 0,
                  found.fault_elr);
}

}  // namespace

Stepped step_through(void (*sequence)(u64), u64 argument) {
    stepped = {};
    set_synchronous_handler(handle);
    sequence(argument);
    set_synchronous_handler(nullptr);
    return stepped;
}

u32 check_steps() {
    constexpr u64 nothing = 0x10'0000;
    const Stepped plain = step_through(debug_plain, 0);
    const u64 first = address_of(debug_plain) + 4;
    const bool jumped = plain.count == 4 && plain.stops[1] == first + 8 &&
                        plain.stops[2] == first + 16 &&
                        plain.stops[3] == reinterpret_cast<u64>(&debug_plain_end);
    u32 failures = report("step", jumped, plain.count);
    const int node = tree().find_compatible("arm,sbsa-uart");
    const auto uart_range = node >= 0 ? tree().reg(node) : std::nullopt;
    constexpr u64 flags = 0x18;
    const Stepped emulated =
        step_through(debug_emulated, uart_range ? uart_range->start().raw() + flags : nothing);
    failures += report("step-emulated",
                       stopped_everywhere(emulated, address_of(debug_emulated) + 4,
                                          reinterpret_cast<u64>(&debug_emulated_end)),
                       emulated.count);
    failures += check_fault("step-refused-call", debug_call, 0);
    failures += check_fault("step-refused-register", debug_register, 0);
    failures += check_fault("step-refused-load", debug_load, nothing);
    failures += check_fault("step-refused-fetch", debug_fetch, nothing, false);
    return failures;
}

}  // namespace isthmus::guest::debug
