// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gic/gicv3.hpp"

#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/cpu/mmio.hpp"
#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/gic/gicv3_its.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "core/arm/vgic/gic_registers.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/log.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::arch {
namespace {

struct Redistributor {
    HypAddress start;
    u64 size = 0;
};

struct Controller {
    HypAddress distributor;
    StaticVector<Redistributor, limits::cpus> redistributors;  ///< as many as the tree may name
    u64 stride = 0;
};
constinit Controller controller;
constinit HypAddress sgi_frames[limits::cpus];
/// By CPU: what names it in ICC_SGI1R_EL1.
constinit u64 sgi_targets[limits::cpus];

u64 sgi_target(u64 affinity) {
    return (((affinity >> 32) & 0xff) << 48) | (((affinity >> 16) & 0xff) << 32) |
           (((affinity >> 8) & 0xff) << 16) | (((affinity >> 4) & 0xf) << 44) |
           (u64{1} << (affinity & 0xf));
}

Result<void> init_distributor() {
    const HypAddress base = controller.distributor;
    write32(base + gic::gicd_ctlr, 0);
    ISTHMUS_TRY(wait_for_writes(base + gic::gicd_ctlr, gic::ctlr::rwp));
    ISTHMUS_TRY(prepare_shared_interrupts(base, true));
    write32(base + gic::gicd_ctlr, gic::ctlr::are | gic::ctlr::enable_group1);
    return wait_for_writes(base + gic::gicd_ctlr, gic::ctlr::rwp);
}

/// GICR_TYPER's affinity, laid out as MPIDR_EL1 has it.
u64 frame_affinity(u64 typer) {
    const u64 affinity = gic::typer::GicrAffinity::get(typer);
    return (affinity & 0xff'ffff) | ((affinity >> 24) << 32);
}

/// `visit(frame, typer)` for each redistributor of a region, until it returns true.
template <class Visit>
bool visit_region(const Redistributor& region, u64 stride, Visit&& visit) {
    constexpr u64 virtual_lpis = bit(1);  // GICR_TYPER.VLPIS: two more frames
    u64 offset = 0;
    while (offset + gic::redistributor_size <= region.size) {
        const u64 typer = read64(region.start + offset + gic::gicr_typer);
        if (visit(region.start + offset, typer)) {
            return true;
        }
        if ((typer & gic::typer::gicr_last) != 0) {
            break;
        }
        const u64 step =
            (typer & virtual_lpis) != 0 ? 2 * gic::redistributor_size : gic::redistributor_size;
        offset += stride != 0 ? stride : step;
    }
    return false;
}

Result<HypAddress> find_redistributor(u64 affinity) {
    HypAddress found;
    for (const Redistributor& region : controller.redistributors) {
        const bool is_here =
            visit_region(region, controller.stride, [&](HypAddress frame, u64 typer) {
                found = frame;
                return frame_affinity(typer) == affinity;
            });
        if (is_here) {
            return found;
        }
    }
    return fail(Error::not_found);
}

/// Registers of a redistributor or an ITS, as gicv3_firmware.hpp and gicv3_its.hpp ask for them.
struct Frame {
    HypAddress start;

    u32 read32(u64 offset) const { return arch::read32(start + offset); }
    u64 read64(u64 offset) const { return arch::read64(start + offset); }
    void write32(u64 offset, u32 value) { arch::write32(start + offset, value); }
};

Result<void> wake_redistributor(HypAddress frame) {
    const u32 awake = read32(frame + gic::gicr_waker) & ~gic::waker::processor_sleep;
    write32(frame + gic::gicr_waker, awake);
    return wait_for_writes(frame + gic::gicr_waker, gic::waker::children_asleep);
}

/// Active priorities of interrupts that firmware took and did not end: while one is there, nothing
/// less urgent is signalled. How many registers there are follows from the bits of priority; those
/// of group 0 trap to EL3 where that group is EL3's, and then the lowest of these bits cannot be
/// written (IHI 0069, 4.8.6 and 12.2).
void clear_active_priorities() {
    using PriBits = BitField<8, 3>;
    const u64 bits = PriBits::get(ISTHMUS_READ_SYSREG(icc_ctlr_el1)) + 1;
    ISTHMUS_WRITE_SYSREG(icc_pmr_el1, u64{1} << (8 - bits));
    isb();
    const bool has_group0 = ISTHMUS_READ_SYSREG(icc_pmr_el1) != 0;
    if (has_group0) {
        ISTHMUS_WRITE_SYSREG(icc_igrpen0_el1, 0);
        ISTHMUS_WRITE_SYSREG(icc_ap0r0_el1, 0);
    }
    ISTHMUS_WRITE_SYSREG(icc_ap1r0_el1, 0);
    if (bits >= 6) {
        ISTHMUS_WRITE_SYSREG(icc_ap1r1_el1, 0);
    }
    if (bits >= 7) {
        ISTHMUS_WRITE_SYSREG(icc_ap1r2_el1, 0);
        ISTHMUS_WRITE_SYSREG(icc_ap1r3_el1, 0);
    }
    if (has_group0 && bits >= 6) {
        ISTHMUS_WRITE_SYSREG(icc_ap0r1_el1, 0);
    }
    if (has_group0 && bits >= 7) {
        ISTHMUS_WRITE_SYSREG(icc_ap0r2_el1, 0);
        ISTHMUS_WRITE_SYSREG(icc_ap0r3_el1, 0);
    }
    isb();
}

/// ID_AA64PFR0_EL1.GIC: whether this CPU has the registers, which are undefined without.
bool has_cpu_interface() {
    return BitField<24, 4>::get(ISTHMUS_READ_SYSREG(id_aa64pfr0_el1)) != 0;
}

/// Errors: unsupported, firmware keeps the registers from EL2 (ICC_SRE_EL3). denied, EL3 keeps the
/// priority mask in its own half, which only EL3 can leave (IHI 0069, 4.8.6): nothing would ever be
/// signalled here.
Result<void> init_cpu_interface() {
    // SRE, DFB, DIB. Not Enable: where ICC_SRE_EL1.SRE can be cleared, a guest could turn its own
    // and the next guest's registers off. Its accesses to ICC_SRE_EL1 trap, and see 7.
    constexpr u64 sre_all = 0x7;
    constexpr u64 eoi_split = bit(1);
    ISTHMUS_WRITE_SYSREG(icc_sre_el2, sre_all);
    isb();
    if ((ISTHMUS_READ_SYSREG(icc_sre_el2) & 1) == 0) {
        return fail(Error::unsupported);
    }
    ISTHMUS_WRITE_SYSREG(icc_sre_el1, 0x7);
    isb();
    ISTHMUS_WRITE_SYSREG(icc_igrpen1_el1, 0);
    ISTHMUS_WRITE_SYSREG(ich_hcr_el2, 0);
    clear_active_priorities();
    ISTHMUS_WRITE_SYSREG(icc_pmr_el1, 0xf0);  // everything passes
    isb();
    if (ISTHMUS_READ_SYSREG(icc_pmr_el1) == 0) {
        return fail(Error::denied);
    }
    ISTHMUS_WRITE_SYSREG(icc_bpr1_el1, 0);
    ISTHMUS_WRITE_SYSREG(icc_ctlr_el1, eoi_split);
    ISTHMUS_WRITE_SYSREG(icc_igrpen1_el1, 1);
    isb();
    return {};
}

}  // namespace

Result<void> Gicv3::find(const InterruptController& description) {
    constexpr u32 revision = 0xf0;  // GICD_PIDR2.ArchRev: 3 or 4
    const HypAddress base = ISTHMUS_TRY(map_small_device(description.distributor));
    const u32 found = (read32(base + gic::pidr2) & revision) >> 4;
    unmap_device(small_device(description.distributor), base);
    return found == 3 || found == 4 ? Result<void>() : fail(Error::not_found);
}

Result<void> Gicv3::quiesce_translators(const InterruptController& description,
                                        void (*left)(void* context, HostRange table),
                                        void* context) {
    for (const HostRange& registers : description.translators) {
        Frame frame{ISTHMUS_TRY(map_device(registers))};
        const Result<bool> was_on =
            quiesce_its(frame, [&](HostRange table) { left(context, table); });
        unmap_device(registers, frame.start);
        if (!was_on || *was_on) {
            log("the ITS at {x}, which firmware left on, {}", registers.start(),
                was_on ? "is off" : "does not come to rest");
        }
    }
    return {};
}

Result<void> Gicv3::turn_off_lpis(const InterruptController& description,
                                  void (*left)(void* context, HostRange table), void* context) {
    constexpr u64 physical_lpis = bit(0);
    for (const HostRange& range : description.redistributors) {
        const HypAddress base = ISTHMUS_TRY(map_device(range));
        visit_region({base, range.size()}, description.redistributor_stride,
                     [&](HypAddress start, u64 typer) {
                         LpiTables tables;
                         Frame frame{start};
                         if ((typer & physical_lpis) != 0 && !arch::turn_off_lpis(frame, tables)) {
                             left(context, tables.configuration);
                             left(context, tables.pending);
                         }
                         return false;
                     });
        unmap_device(range, base);
    }
    return {};
}

Result<void> Gicv3::init(const InterruptController& description) {
    controller.distributor = ISTHMUS_TRY(map_device(description.distributor));
    for (const HostRange& range : description.redistributors) {
        const HypAddress start = ISTHMUS_TRY(map_device(range));
        if (!controller.redistributors.push_back({start, range.size()})) {
            return fail(Error::unsupported);
        }
    }
    controller.stride = description.redistributor_stride;
    return init_distributor();
}

Result<void> Gicv3::init_cpu() {
    if (!has_cpu_interface()) {
        return fail(Error::not_found);
    }
    const HypAddress frame = ISTHMUS_TRY(find_redistributor(cpu_affinity()));
    ISTHMUS_TRY(wake_redistributor(frame));
    const HypAddress sgi_frame = frame + gic::sgi_frame;
    const u64 further = gic::typer::GicrPrivate::get(read64(frame + gic::gicr_typer));
    sgi_frames[cpu_index()] = sgi_frame;
    sgi_targets[cpu_index()] = sgi_target(cpu_affinity());
    ISTHMUS_TRY(prepare_private_interrupts(sgi_frame, true, frame + gicr::ctlr, gicr::ctlr_rwp,
                                           further <= 2 ? static_cast<u32>(further) : 0));
    return init_cpu_interface();
}

HypAddress Gicv3::distributor() {
    return controller.distributor;
}

void Gicv3::route(u32 intid, usize cpu) {
    write64(controller.distributor + gic::gicd_irouter + u64{8} * intid, affinity_of(cpu));
}

HypAddress Gicv3::private_frame() {
    return sgi_frames[cpu_index()];
}

void Gicv3::send_sgi(u32 sgi, usize cpu) {
    ISTHMUS_WRITE_SYSREG(icc_sgi1r_el1, sgi_targets[cpu] | (u64{sgi} << 24));
    isb();
}

void Gicv3::send_sgi_to_others(u32 sgi) {
    constexpr u64 all_but_self = bit(40);
    ISTHMUS_WRITE_SYSREG(icc_sgi1r_el1, all_but_self | (u64{sgi} << 24));
    isb();
}

}  // namespace isthmus::arch
