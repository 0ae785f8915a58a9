// SPDX-License-Identifier: Apache-2.0
// Has an exception while its vectors are where it may not execute, as start-up code has that takes
// itself for firmware: nobody is left to tell. do= says which, vectors= where (default 0).
#include "runtime/gic.hpp"
#include "runtime/runtime.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

struct Act {
    std::string_view name;
    void (*run)();
};

constexpr Act acts[] = {
    {"write-cntfrq", [] { GUEST_WRITE_SYSREG(cntfrq_el0, 62'500'000); }},
    {"read-scr", [] { GUEST_READ_SYSREG(scr_el3); }},
    {"write-hcr", [] { GUEST_WRITE_SYSREG(hcr_el2, 0); }},
    {"unnamed", [] { GUEST_WRITE_SYSREG(s3_6_c15_c1_5, 0); }},
    {"tlbi", [] { asm volatile("tlbi alle3"); }},
    {"pmu", [] { GUEST_READ_SYSREG(pmcr_el0); }},
    {"udf", [] { asm volatile("udf #7"); }},
    {"svc", [] { asm volatile("svc #0"); }},
    {"load", [] { *reinterpret_cast<volatile u32*>(u64{0x10'0000}); }},
    {"jump", [] { reinterpret_cast<void (*)()>(u64{0x10'0000})(); }},
    {"jump-to-0", [] { reinterpret_cast<void (*)()>(u64{0})(); }},
    {"float",
     [] {
         GUEST_WRITE_SYSREG(cpacr_el1, 0);
         isb();
         asm volatile(".arch_extension fp\n fmov d31, xzr");
     }},
    {"interrupt",
     [] {
         Gic gic;
         gic.open();
         gic.open_cpu();
         gic.enable(3);
         gic.set_pending(3);
         unmask_irq();
         wait_until(now() + milliseconds(100));
     }},
};

}  // namespace

void guest_main() {
    const std::string_view wanted = tree().option("do");
    for (const Act& act : acts) {
        if (act.name == wanted) {
            say("vectorless: {}", wanted);
            GUEST_WRITE_SYSREG(vbar_el1, tree().number_option("vectors", 0));
            isb();
            act.run();
        }
    }
    say("vectorless: FAILED");
}

}  // namespace isthmus::guest
