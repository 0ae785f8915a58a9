// SPDX-License-Identifier: Apache-2.0
// System registers and instructions that are not a guest's.
#include "isthmus/bits.hpp"
#include "probe/probe.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest::probes {
namespace {

constexpr Probe list[] = {
    // EL2's own: undefined at EL1, whatever the hypervisor does.
    {"hcr_el2-read", Expect::undefined, [] { GUEST_READ_SYSREG(hcr_el2); }},
    {"hcr_el2-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(hcr_el2, 0); }},
    {"vttbr_el2-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(vttbr_el2, 0); }},
    {"vbar_el2-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(vbar_el2, 0); }},
    {"cntvoff_el2-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(cntvoff_el2, 0); }},
    {"cnthctl_el2-read", Expect::undefined, [] { GUEST_READ_SYSREG(cnthctl_el2); }},
    {"ich_lr0_el2-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(ich_lr0_el2, 0); }},
    {"ich_hcr_el2-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(ich_hcr_el2, 0); }},
    {"tlbi-alle2", Expect::undefined, [] { asm volatile("tlbi alle2"); }},
    {"tlbi-ipas2e1", Expect::undefined, [] { asm volatile("tlbi ipas2e1, xzr"); }},
    {"at-s12e1r", Expect::undefined, [] { asm volatile("at s12e1r, xzr"); }},
    // Identification registers cannot be written.
    {"midr-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(s3_0_c0_c0_0, 0); }},
    {"id_aa64pfr0-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(s3_0_c0_c4_0, 0); }},
    {"error-record-selection", Expect::undefined, [] { GUEST_READ_SYSREG(s3_0_c5_c3_1); }},
    {"id-reserved-read", Expect::success, [] { GUEST_READ_SYSREG(s3_0_c0_c7_7); }},
    // What the identification registers do not offer.
    {"sve", Expect::fault,
     [] {
         GUEST_WRITE_SYSREG(cpacr_el1, bit(16) | bit(17) | bit(20) | bit(21));
         isb();
         asm volatile(".inst 0x2518e3e0");  // ptrue p0.b
     }},
    {"zcr_el1-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(s3_0_c1_c2_0, 0xf); }},
    {"floating-point", Expect::success, [] { asm volatile(".arch_extension fp\n fmov d31, xzr"); }},
    {"pmu-read", Expect::undefined, [] { GUEST_READ_SYSREG(pmcr_el0); }},
    {"pmu-write", Expect::undefined, [] { GUEST_WRITE_SYSREG(pmcntenset_el0, bit(31)); }},
    {"pmu-cycles", Expect::undefined, [] { GUEST_READ_SYSREG(pmccntr_el0); }},
    // Stock kernels touch these at every start: they must not fault.
    {"mdscr-read", Expect::success, [] { GUEST_READ_SYSREG(mdscr_el1); }},
    {"mdscr-write", Expect::success, [] { GUEST_WRITE_SYSREG(mdscr_el1, 0); }},
    {"os-lock", Expect::success, [] { GUEST_WRITE_SYSREG(oslar_el1, 0); }},
    {"os-double-lock", Expect::success, [] { GUEST_WRITE_SYSREG(osdlr_el1, 0); }},
    {"debug-channel", Expect::success, [] { GUEST_READ_SYSREG(mdccsr_el0); }},
    {"statistical-profiling", Expect::undefined, [] { GUEST_READ_SYSREG(s3_0_c9_c9_0); }},
    {"activity-monitors", Expect::undefined, [] { GUEST_READ_SYSREG(s3_3_c13_c2_0); }},
    {"trace", Expect::undefined, [] { GUEST_WRITE_SYSREG(s2_1_c0_c4_0, 1); }},
    {"breakpoint", Expect::success,
     [] {
         GUEST_WRITE_SYSREG(dbgbvr0_el1, 0);
         GUEST_WRITE_SYSREG(dbgbcr0_el1, 0);
     }},
    {"cntpct-read", Expect::success, [] { GUEST_READ_SYSREG(cntpct_el0); }},
    {"physical-timer", Expect::success,
     [] {
         GUEST_WRITE_SYSREG(cntp_tval_el0, 0x7fff'ffff);
         GUEST_WRITE_SYSREG(cntp_ctl_el0, 0);
     }},
    {"actlr-write", Expect::success, [] { GUEST_WRITE_SYSREG(actlr_el1, 0); }},
    {"implementation-defined", Expect::undefined, [] { GUEST_READ_SYSREG(s3_0_c15_c0_0); }},
    {"implementation-defined-write", Expect::undefined,
     [] { GUEST_WRITE_SYSREG(s3_1_c15_c2_7, ~u64{0}); }},
    {"set-way", Expect::success,
     [] {
         asm volatile("dc isw, xzr" ::: "memory");
     }},
    {"clean-set-way", Expect::success,
     [] {
         asm volatile("dc cisw, xzr" ::: "memory");
     }},
    {"invalidate-set-way", Expect::success,
     [] {
         for (u64 set_way = 0; set_way < 64; ++set_way) {
             asm volatile("dc isw, %0" ::"r"(set_way << 6) : "memory");
             asm volatile("dc csw, %0" ::"r"(set_way << 6 | 2) : "memory");
         }
     }},
    {"icc-sre-off", Expect::success, [] { GUEST_WRITE_SYSREG(icc_sre_el1, 0); }},
    {"icc-group0", Expect::success, [] { GUEST_READ_SYSREG(icc_iar0_el1); }},
    {"icc-asgi1r", Expect::success, [] { GUEST_WRITE_SYSREG(icc_asgi1r_el1, 0); }},
    {"wild-sgi", Expect::success, [] { GUEST_WRITE_SYSREG(icc_sgi1r_el1, ~u64{0} >> 8); }},
    {"wfe", Expect::success,
     [] {
         asm volatile("sev");
         asm volatile("wfe");
     }},
    {"hvc-1", Expect::undefined, [] { asm volatile("hvc #1"); }},
    {"hvc-ffff", Expect::undefined, [] { asm volatile("hvc #0xffff"); }},
    {"smc-1", Expect::undefined, [] { asm volatile("smc #1"); }},
    {"smc-ffff", Expect::undefined, [] { asm volatile("smc #0xffff"); }},
};

}  // namespace

std::span<const Probe> register_probes() {
    return list;
}

}  // namespace isthmus::guest::probes
