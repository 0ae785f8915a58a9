// SPDX-License-Identifier: Apache-2.0
// Calls with wrong numbers and wrong arguments: each has a defined answer.
#include "probe/probe.hpp"
#include "runtime/smccc.hpp"

namespace isthmus::guest::probes {
namespace {

constexpr i64 enosys = -38;
constexpr u64 arch_workaround_1 = 0x8000'8000;

/// Functions of every owner and kind in the numbering of the calling convention that are nobody's
/// here: how many do not answer -1.
u64 answers_otherwise(u64 (*call)(u64, u64, u64, u64)) {
    u64 otherwise = 0;
    for (u64 owner = 0; owner < 64; ++owner) {
        for (u64 kind = 0; kind < 4; ++kind) {
            for (const u64 number : {u64{0x40}, u64{0xff}, u64{0x8000}, u64{0xffff}}) {
                const u64 function = kind << 30 | owner << 24 | number;
                if (function == arch_workaround_1) {
                    continue;  // the CPU's affair (tests/guests/calls.cpp)
                }
                otherwise += static_cast<i32>(call(function, ~u64{0}, owner, kind)) == -1 ? 0u : 1u;
            }
        }
    }
    return otherwise;
}

/// An unknown function changes x0 alone: how many of x1 to x17 it changes.
u64 registers_changed() {
    u64 changed = 0;
    asm volatile(
        "mov x0, #0x1234\n movk x0, #0xc600, lsl #16\n"
        " mov x1, #1\n mov x2, #2\n mov x3, #3\n mov x4, #4\n mov x5, #5\n mov x6, #6\n"
        " mov x7, #7\n mov x8, #8\n mov x9, #9\n mov x10, #10\n mov x11, #11\n mov x12, #12\n"
        " mov x13, #13\n mov x14, #14\n mov x15, #15\n mov x16, #16\n mov x17, #17\n"
        " smc #0\n hvc #0\n"
        " sub x1, x1, #1\n sub x2, x2, #2\n orr x1, x1, x2\n sub x3, x3, #3\n orr x1, x1, x3\n"
        " sub x4, x4, #4\n orr x1, x1, x4\n sub x5, x5, #5\n orr x1, x1, x5\n"
        " sub x6, x6, #6\n orr x1, x1, x6\n sub x7, x7, #7\n orr x1, x1, x7\n"
        " sub x8, x8, #8\n orr x1, x1, x8\n sub x9, x9, #9\n orr x1, x1, x9\n"
        " sub x10, x10, #10\n orr x1, x1, x10\n sub x11, x11, #11\n orr x1, x1, x11\n"
        " sub x12, x12, #12\n orr x1, x1, x12\n sub x13, x13, #13\n orr x1, x1, x13\n"
        " sub x14, x14, #14\n orr x1, x1, x14\n sub x15, x15, #15\n orr x1, x1, x15\n"
        " sub x16, x16, #16\n orr x1, x1, x16\n sub x17, x17, #17\n orr %0, x1, x17"
        : "=r"(changed)::"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
          "x12", "x13", "x14", "x15", "x16", "x17", "memory");
    return changed;
}

constinit u64 hvc_stands_at = 0;

/// An undefined HVC is undefined where it stands, not behind it.
u32 probe_place_of_hvc() {
    const auto fault = catch_fault([] {
        u64 place;
        asm volatile("adr %0, 1f\n str %0, %1\n1: hvc #7" : "=&r"(place), "=m"(hvc_stands_at));
    });
    return report("hvc-place", fault && fault->elr == hvc_stands_at, fault ? fault->elr : 0);
}

struct Call {
    std::string_view name;
    i64 answer;
    u64 (*action)();
};

u64 own_mpidr() {
    return tree().cpu(0).value_or(0);
}

constexpr Call calls[] = {
    {"hvc-unknown", -1, [] { return hvc(0xc600'1234); }},
    {"hvc-zero", -1, [] { return hvc(0); }},
    {"smc-unknown", -1, [] { return smc(0xc300'5678); }},
    {"smc-zero", -1, [] { return smc(0); }},
    {"smc-psci-version", 0x1'0001, [] { return smc(psci::version); }},
    {"xen-unknown", enosys, [] { return xen_hypercall(63, 1, 2); }},
    {"xen-wild", enosys, [] { return xen_hypercall(~u64{0}, 1, 2); }},
    {"psci-features-unknown", -1, [] { return hvc(psci::features, 0xc400'00ff); }},
    {"psci-features-cpu-on", 0, [] { return hvc(psci::features, psci::cpu_on); }},
    {"psci-migrate-type", 2, [] { return hvc(psci::migrate_info_type); }},
    {"psci-on-nobody", psci::invalid_parameters, [] { return hvc(psci::cpu_on, 0x12345678, 0); }},
    {"psci-on-self", psci::already_on, [] { return hvc(psci::cpu_on, own_mpidr(), 0x4000'0000); }},
    {"psci-info-nobody", psci::invalid_parameters,
     [] { return hvc(psci::affinity_info, 0x12345678, 0); }},
    {"psci-info-self", 0, [] { return hvc(psci::affinity_info, own_mpidr(), 0); }},
    {"psci-on-short-nobody", psci::invalid_parameters, [] { return hvc(0x8400'0003, ~u64{0}, 0); }},
    {"psci-on-high-bits", psci::invalid_parameters,
     [] { return hvc(psci::cpu_on, own_mpidr() | u64{1} << 63, 0x4000'0000); }},
    {"psci-info-level", psci::invalid_parameters,
     [] { return hvc(psci::affinity_info, own_mpidr(), 7); }},
    {"psci-migrate", -1, [] { return hvc(0xc400'0005, own_mpidr()); }},
    {"psci-reset2-of-no-type", psci::invalid_parameters,
     [] { return smc(0xc400'0012, 1u << 31, 0); }},
    {"psci-upper-half", 0x1'0001, [] { return hvc(u64{0xdead'beef} << 32 | psci::version); }},
    {"every-owner-hvc", 0, [] { return answers_otherwise(hvc); }},
    {"every-owner-smc", 0, [] { return answers_otherwise(smc); }},
    {"every-hypercall", 0,
     [] {
         u64 otherwise = 0;
         for (u64 number = 0; number < 256; ++number) {
             const u64 answer = xen_hypercall(number, ~u64{0}, number);
             otherwise += static_cast<i64>(answer) == enosys ? 0u : 1u;
         }
         return otherwise;
     }},
    {"registers-kept", 0, registers_changed},
    {"psci-unknown", -1, [] { return hvc(0x8400'001f); }},
};

/// An answer in w0 counts too: 32-bit functions need not extend it.
bool answers(u64 value, i64 expected) {
    return static_cast<i64>(value) == expected ||
           static_cast<i64>(static_cast<i32>(value)) == expected;
}

}  // namespace

u32 probe_calls(std::string_view only) {
    u32 failures = 0;
    for (const Call& call : calls) {
        if (!wanted(only, call.name)) {
            continue;
        }
        u64 value = 0;
        const auto fault = catch_fault([&] { value = call.action(); });
        failures += report(call.name, !fault && answers(value, call.answer), value);
    }
    return failures + (wanted(only, "hvc-place") ? probe_place_of_hvc() : 0);
}

}  // namespace isthmus::guest::probes
