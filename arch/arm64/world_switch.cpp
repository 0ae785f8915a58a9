// SPDX-License-Identifier: Apache-2.0
// A vCPU's state in and out of this CPU's registers.
#include "arch/arm64/cpus.hpp"
#include "arch/arm64/el2_features.hpp"
#include "arch/arm64/gic_cpu.hpp"
#include "arch/arm64/registers.hpp"
#include "arch/arm64/stage2_descriptor.hpp"
#include "arch/arm64/sysreg.hpp"
#include "arch/arm64/translation_control.hpp"
#include "arch/arm64/vcpu_state.hpp"
#include "core/per_cpu.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/panic.hpp"

/// Each line moves one register: the member of VcpuState, and the register's name.
#define ISTHMUS_EL1_REGISTERS(MOVE)  \
    MOVE(sctlr, sctlr_el1)           \
    MOVE(ttbr0, ttbr0_el1)           \
    MOVE(ttbr1, ttbr1_el1)           \
    MOVE(tcr, tcr_el1)               \
    MOVE(mair, mair_el1)             \
    MOVE(amair, amair_el1)           \
    MOVE(vbar, vbar_el1)             \
    MOVE(contextidr, contextidr_el1) \
    MOVE(cpacr, cpacr_el1)           \
    MOVE(tpidr_el0, tpidr_el0)       \
    MOVE(tpidrro_el0, tpidrro_el0)   \
    MOVE(tpidr_el1, tpidr_el1)       \
    MOVE(sp_el0, sp_el0)             \
    MOVE(sp_el1, sp_el1)             \
    MOVE(elr_el1, elr_el1)           \
    MOVE(spsr_el1, spsr_el1)         \
    MOVE(esr_el1, esr_el1)           \
    MOVE(far_el1, far_el1)           \
    MOVE(afsr0, afsr0_el1)           \
    MOVE(afsr1, afsr1_el1)           \
    MOVE(par, par_el1)               \
    MOVE(csselr, csselr_el1)         \
    MOVE(cntkctl, cntkctl_el1)       \
    MOVE(cntv_cval, cntv_cval_el0)   \
    MOVE(cntv_ctl, cntv_ctl_el0)     \
    MOVE(vmpidr, vmpidr_el2)         \
    MOVE(pc, elr_el2)                \
    MOVE(pstate, spsr_el2)

extern "C" {
void arch_fp_save(isthmus::arch::FpState* state);
void arch_fp_load(const isthmus::arch::FpState* state);
[[noreturn]] void isthmus_enter_guest(isthmus::arch::GuestRegisters* frame);
}

namespace isthmus::arch {
namespace {

/// The largest address space up to what guests may use that every CPU has.
TranslationControl guest_translation() {
    const u64 pa_range = common_cpu().pa_range;
    const unsigned bits = *physical_address_bits(pa_range);
    const unsigned wanted = bits < guest_address_bits ? bits : guest_address_bits;
    const Result<TranslationControl> control = stage2_control(pa_range, wanted);
    check(control.has_value(), "stage-2 translation control");
    return *control;
}

/// MPAM: guests run in the default partition, in which EL1's own registers put them.
void init_partitions() {
    const u64 mpamidr = ISTHMUS_READ_SYSREG(s3_0_c10_c4_4);
    ISTHMUS_WRITE_SYSREG(s3_4_c10_c5_0, mpam::el2_word(mpamidr));  // MPAM2_EL2
    ISTHMUS_WRITE_SYSREG(s3_0_c10_c5_0, 0);                        // MPAM1_EL1
    ISTHMUS_WRITE_SYSREG(s3_0_c10_c5_1, 0);                        // MPAM0_EL1
    if (mpam::HasHcr::get(mpamidr) != 0) {
        ISTHMUS_WRITE_SYSREG(s3_4_c10_c4_0, mpam::trap_mpamidr_el1);  // MPAMHCR_EL2
    }
}

/// What el2_features.hpp decides. By number: the assembler does not know all of these names.
void init_optional_registers() {
    const FeatureIds ids{
        .pfr0 = ISTHMUS_READ_SYSREG(id_aa64pfr0_el1),
        .pfr1 = ISTHMUS_READ_SYSREG(id_aa64pfr1_el1),
        .mmfr0 = ISTHMUS_READ_SYSREG(id_aa64mmfr0_el1),
        .mmfr1 = ISTHMUS_READ_SYSREG(id_aa64mmfr1_el1),
    };
    if (ids.has_hcrx()) {
        ISTHMUS_WRITE_SYSREG(s3_4_c1_c2_2, 0);  // HCRX_EL2
    }
    if (ids.has_fine_traps()) {
        ISTHMUS_WRITE_SYSREG(s3_4_c1_c1_4, 0);  // HFGRTR_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c1_c1_5, 0);  // HFGWTR_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c1_c1_6, 0);  // HFGITR_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_4, 0);  // HDFGRTR_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_5, 0);  // HDFGWTR_EL2
    }
    if (ids.has_monitor_traps()) {
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_6, 0);  // HAFGRTR_EL2
    }
    if (ids.has_more_fine_traps()) {
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_0, 0);  // HDFGRTR2_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_1, 0);  // HDFGWTR2_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_2, 0);  // HFGRTR2_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_3, 0);  // HFGWTR2_EL2
        ISTHMUS_WRITE_SYSREG(s3_4_c3_c1_7, 0);  // HFGITR2_EL2
    }
    if (ids.has_mpam()) {
        init_partitions();
    }
}

/// PMCR_EL0.N, where there is a performance monitor at all: without one the register is undefined.
u64 event_counters() {
    const u64 version = (ISTHMUS_READ_SYSREG(id_aa64dfr0_el1) >> 8) & 0xf;
    const bool has_monitor = version != 0 && version != 0xf;
    return has_monitor ? (ISTHMUS_READ_SYSREG(pmcr_el0) >> 11) & 0x1f : 0;
}

}  // namespace

mm::TableGeometry guest_geometry() {
    return guest_translation().geometry;
}

GuestControl make_guest_control(u16 vmid, HostAddress root) {
    return {.vttbr = root.raw() | (u64{vmid} << 48), .vtcr = guest_translation().word};
}

void reset_vcpu(GuestRegisters& registers, VcpuState& state, u64 pc, u64 context, u64 mpidr) {
    registers = {};
    registers.x[0] = context;
    state = {};
    state.pc = pc;
    state.pstate = spsr::el1h | spsr::masked;
    state.sctlr = sctlr::el1_res1;
    state.vmpidr = mpidr | mpidr_res1;
}

void load_vcpu(const VcpuState& state, const GuestControl& control, bool trap_wfi) {
#define MOVE(member, name) ISTHMUS_WRITE_SYSREG(name, state.member);
    ISTHMUS_EL1_REGISTERS(MOVE)
#undef MOVE
    ISTHMUS_WRITE_SYSREG(vtcr_el2, control.vtcr);
    ISTHMUS_WRITE_SYSREG(vttbr_el2, control.vttbr);
    ISTHMUS_WRITE_SYSREG(
        hcr_el2, hcr::guest | (forces_write_back() ? hcr::fwb : 0) | (trap_wfi ? hcr::twi : 0));
    ISTHMUS_WRITE_SYSREG(cptr_el2, cptr::res1);  // for the registers below
    isb();
    arch_fp_load(&state.fp);
    ISTHMUS_WRITE_SYSREG(cptr_el2, cptr::guest);
    load_gic_cpu(state);
    isb();
}

void save_vcpu(VcpuState& state) {
#define MOVE(member, name) state.member = ISTHMUS_READ_SYSREG(name);
    ISTHMUS_EL1_REGISTERS(MOVE)
#undef MOVE
    ISTHMUS_WRITE_SYSREG(cntv_ctl_el0, 0);  // nobody's timer may fire while nobody runs
    arch_fp_save(&state.fp);
    save_gic_cpu(state);
    // No stage 2 while no guest runs here: its tables may be taken apart now.
    ISTHMUS_WRITE_SYSREG(hcr_el2, hcr::rw);
    ISTHMUS_WRITE_SYSREG(vttbr_el2, 0);
    isb();
}

void enter_guest(const GuestRegisters& registers) {
    auto* target = reinterpret_cast<GuestRegisters*>(core::this_cpu().guest_frame);
    // The frame lies above everything that is live on this stack.
    *target = registers;
    isthmus_enter_guest(target);
}

bool forces_write_back() {
    return stage2_normal_memory == stage2::memattr_forced_wb;
}

void choose_stage2_memory() {
    if (common_cpu().write_back) {
        stage2_normal_memory = stage2::memattr_forced_wb;
    }
}

void forgo_forced_write_back() {
    stage2_normal_memory = stage2::memattr_normal_wb;
}

void init_cpu_for_guests() {
    ISTHMUS_WRITE_SYSREG(vpidr_el2, ISTHMUS_READ_SYSREG(midr_el1));
    ISTHMUS_WRITE_SYSREG(cptr_el2, cptr::guest);
    ISTHMUS_WRITE_SYSREG(mdcr_el2, mdcr::guest | mdcr::Hpmn::of(event_counters()));
    ISTHMUS_WRITE_SYSREG(hstr_el2, 0);
    init_optional_registers();
    ISTHMUS_WRITE_SYSREG(cnthctl_el2, cnthctl::guest);
    // One time base for all guests, so that times in shared memory mean the same to each.
    ISTHMUS_WRITE_SYSREG(cntvoff_el2, 0);
    ISTHMUS_WRITE_SYSREG(cntv_ctl_el0, 0);
    ISTHMUS_WRITE_SYSREG(hcr_el2, hcr::rw);
    isb();
    tlbi_alle1is();
    dsb_ish();
    isb();
}

void forget_guest_translations() {
    tlbi_vmalle1();
    dsb_nsh();
    isb();
}

void publish_table() {
    dsb_ishst();
    isb();
}

void invalidate_guest(u64 vttbr, GuestRange range) {
    dsb_ish();
    const u64 running = ISTHMUS_READ_SYSREG(vttbr_el2);
    ISTHMUS_WRITE_SYSREG(vttbr_el2, vttbr);
    isb();
    constexpr u64 few_pages = 64;
    if (range.pages() <= few_pages) {
        for (GuestAddress page = range.start(); page < range.end(); page += page_size) {
            tlbi_ipas2e1is(page.raw());
        }
        dsb_ish();
        tlbi_vmalle1is();
    } else {
        tlbi_vmalls12e1is();
    }
    dsb_ish();
    ISTHMUS_WRITE_SYSREG(vttbr_el2, running);
    isb();
}

}  // namespace isthmus::arch
