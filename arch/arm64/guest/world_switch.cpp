// SPDX-License-Identifier: Apache-2.0
// A vCPU's state in and out of this CPU's registers.
#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/cpu/el2_features.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/translation_control.hpp"
#include "arch/arm64/gic/virtual_interface.hpp"
#include "arch/arm64/guest/debug_unit.hpp"
#include "arch/arm64/map/stage2_descriptor.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"

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

FeatureIds read_feature_ids() {
    return {
        .pfr0 = ISTHMUS_READ_SYSREG(id_aa64pfr0_el1),
        .pfr1 = ISTHMUS_READ_SYSREG(id_aa64pfr1_el1),
        .mmfr0 = ISTHMUS_READ_SYSREG(id_aa64mmfr0_el1),
        .mmfr1 = ISTHMUS_READ_SYSREG(id_aa64mmfr1_el1),
    };
}

void load_optional(const VcpuState& state, const FeatureIds& ids) {
#define MOVE(member, name, is_there)              \
    if (ids.is_there()) {                         \
        ISTHMUS_WRITE_SYSREG(name, state.member); \
    }
    ISTHMUS_OPTIONAL_REGISTERS(MOVE)
#undef MOVE
}

/// What el2_features.hpp decides. By number: the assembler does not know all of these names.
void init_optional_registers() {
    const FeatureIds ids = read_feature_ids();
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
    if (ids.has_ras()) {
        ISTHMUS_WRITE_SYSREG(s3_4_c5_c2_3, 0);  // VSESR_EL2: no SError is made up for a guest
    }
    // Those that move with a vCPU, too: firmware that traps one of them is to do it here, where the
    // last line says what is being done.
    load_optional(VcpuState{}, ids);
}

void save_optional(VcpuState& state, const FeatureIds& ids){
#define MOVE(member, name, is_there)              \
    if (ids.is_there()) {                         \
        state.member = ISTHMUS_READ_SYSREG(name); \
    }
    ISTHMUS_OPTIONAL_REGISTERS(MOVE)
#undef MOVE
}

/// PMCR_EL0.N, where there is a performance monitor at all: without one the register is undefined.
u64 event_counters() {
    const u64 version = (ISTHMUS_READ_SYSREG(id_aa64dfr0_el1) >> 8) & 0xf;
    const bool has_monitor = version != 0 && version != 0xf;
    return has_monitor ? (ISTHMUS_READ_SYSREG(pmcr_el0) >> 11) & 0x1f : 0;
}

/// Where stage 2 leads while no guest is loaded: nowhere. It stays on, under VMID 0, which no guest
/// has, because a CPU may walk tables on speculation at any time, through whatever stands in EL1's
/// registers just then (errata of A53, A55, A57, A72, A76 and N1 let the result stay in a TLB).
/// As large as the root of a guest's tables, whose shape VTCR_EL2 goes on describing: that of the
/// guest before, or what was the least of the CPUs when this one came up. Whichever, it leads
/// nowhere, and nothing of it stays in a TLB.
constexpr u64 largest_root = u64{1} << (guest_address_bits - 39 + page_shift);
alignas(largest_root) constinit std::byte empty_root[largest_root] = {};

u64 empty_vttbr() {
    return host_address(empty_root).raw();
}

u64 guest_hcr(const FeatureIds& ids, bool trap_wfi) {
    return hcr::guest | (forces_write_back() ? hcr::fwb : 0) | (trap_wfi ? hcr::twi : 0) |
           (ids.has_context_numbers() ? hcr::enscxt : 0);
}

/// Through stage 1 as the guest that ran last left it, a CPU could fill the TLB for another VMID.
/// While an object of this class lives, walks of stage 1 are off: EPD0 and EPD1 stop them, but only
/// while stage 1 itself is on.
class WithoutStage1Walks {
  public:
    WithoutStage1Walks()
        : tcr_(ISTHMUS_READ_SYSREG(tcr_el1)), sctlr_(ISTHMUS_READ_SYSREG(sctlr_el1)) {
        ISTHMUS_WRITE_SYSREG(tcr_el1, tcr_ | tcr_el1::epd0 | tcr_el1::epd1);
        isb();
        ISTHMUS_WRITE_SYSREG(sctlr_el1, sctlr_ | sctlr::m);
        isb();
    }
    ~WithoutStage1Walks() {
        isb();
        ISTHMUS_WRITE_SYSREG(sctlr_el1, sctlr_);
        isb();
        ISTHMUS_WRITE_SYSREG(tcr_el1, tcr_);
    }
    WithoutStage1Walks(const WithoutStage1Walks&) = delete;
    WithoutStage1Walks& operator=(const WithoutStage1Walks&) = delete;

  private:
    u64 tcr_;
    u64 sctlr_;
};

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

/// The order keeps one guest's stage 1 from ever being walked under another's stage 2:
///
///   VTTBR_EL2   A's | ISB empty ISB |               | ISB B's ISB
///   EL1         A's                 | A's, then B's |            B's
void load_vcpu(const VcpuState& state, const GuestControl& control, bool trap_wfi) {
#define MOVE(member, name) ISTHMUS_WRITE_SYSREG(name, state.member);
    ISTHMUS_SWITCHED_REGISTERS(MOVE)
#undef MOVE
    const FeatureIds ids = read_feature_ids();
    load_optional(state, ids);
    ISTHMUS_WRITE_SYSREG(hcr_el2, guest_hcr(ids, trap_wfi));
    isb();
    ISTHMUS_WRITE_SYSREG(vtcr_el2, control.vtcr);
    ISTHMUS_WRITE_SYSREG(vttbr_el2, control.vttbr);
    ISTHMUS_WRITE_SYSREG(cptr_el2, cptr::res1);  // for the registers below
    isb();
    arch_fp_load(&state.fp);
    ISTHMUS_WRITE_SYSREG(cptr_el2, cptr::guest);
    load_gic_cpu(state);
    if (state.debug.machine_mdscr != 0) [[unlikely]] {
        lend_debug_unit(state.debug);
    }
    isb();
}

void save_vcpu(VcpuState& state) {
    isb();
    ISTHMUS_WRITE_SYSREG(vttbr_el2, empty_vttbr());  // the guest's tables may be taken apart now
    isb();
    dmb_sy();  // around PAR_EL1: erratum 1508412 of Cortex-A77 (guest/view.cpp)
#define MOVE(member, name) state.member = ISTHMUS_READ_SYSREG(name);
    ISTHMUS_SWITCHED_REGISTERS(MOVE)
#undef MOVE
    dmb_sy();
    save_optional(state, read_feature_ids());
    arch_fp_save(&state.fp);
    save_gic_cpu(state);
    if (state.debug.machine_mdscr != 0) [[unlikely]] {
        take_debug_unit_back(state.debug);
    }
}

void start_virtual_timer(const VcpuState& state) {
    ISTHMUS_WRITE_SYSREG(cntv_ctl_el0, state.cntv_ctl);
}

void stop_virtual_timer(VcpuState& state) {
    state.cntv_ctl = ISTHMUS_READ_SYSREG(cntv_ctl_el0);
    ISTHMUS_WRITE_SYSREG(cntv_ctl_el0, 0);
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
    init_debug_unit();
    ISTHMUS_WRITE_SYSREG(hstr_el2, 0);
    init_optional_registers();
    ISTHMUS_WRITE_SYSREG(cnthctl_el2, cnthctl::guest);
    // One time base for all guests, so that times in shared memory mean the same to each.
    ISTHMUS_WRITE_SYSREG(cntvoff_el2, 0);
    ISTHMUS_WRITE_SYSREG(cntv_ctl_el0, 0);
    ISTHMUS_WRITE_SYSREG(vtcr_el2, guest_translation().word);
    ISTHMUS_WRITE_SYSREG(vttbr_el2, empty_vttbr());
    isb();
    // Interrupts and SErrors are EL2's from here on, also while it idles: one that is not routed
    // here need not end a WFI (Arm ARM D1.6.2).
    ISTHMUS_WRITE_SYSREG(hcr_el2, guest_hcr(read_feature_ids(), false));
    isb();
    tlbi_alle1is();
    isb();
}

void forget_guest_translations() {
    tlbi_vmalle1();
    dsb_nsh();
    isb();
}

void publish_table() {
    dsb_ishst();
}

void invalidate_guest(u64 vttbr, GuestRange range) {
    const WithoutStage1Walks without;
    const u64 running = ISTHMUS_READ_SYSREG(vttbr_el2);
    ISTHMUS_WRITE_SYSREG(vttbr_el2, vttbr);
    isb();
    constexpr u64 few_pages = 64;
    if (range.pages() <= few_pages) {
        for (GuestAddress page = range.start(); page < range.end(); page += page_size) {
            tlbi_ipas2e1is(page.raw());
        }
        tlbi_vmalle1is();
    } else {
        tlbi_vmalls12e1is();
    }
    ISTHMUS_WRITE_SYSREG(vttbr_el2, running);
}

}  // namespace isthmus::arch
