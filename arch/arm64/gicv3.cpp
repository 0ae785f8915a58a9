// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/gicv3.hpp"

#include "arch/arm64/el2_map.hpp"
#include "arch/arm64/gic.hpp"
#include "arch/arm64/mmio.hpp"
#include "arch/arm64/start.hpp"
#include "core/vgic/gic_registers.hpp"
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

void wait_distributor() {
    while ((read32(controller.distributor + gic::gicd_ctlr) & gic::ctlr::rwp) != 0) {
        relax();
    }
}

void init_distributor() {
    const HypAddress base = controller.distributor;
    write32(base + gic::gicd_ctlr, 0);
    wait_distributor();
    prepare_shared_interrupts(base, true);
    write32(base + gic::gicd_ctlr, gic::ctlr::are | gic::ctlr::enable_group1);
    wait_distributor();
}

/// GICR_TYPER's affinity, laid out as MPIDR_EL1 has it.
u64 frame_affinity(u64 typer) {
    const u64 affinity = gic::typer::GicrAffinity::get(typer);
    return (affinity & 0xff'ffff) | ((affinity >> 24) << 32);
}

Result<HypAddress> find_redistributor(u64 affinity) {
    constexpr u64 virtual_lpis = bit(1);  // GICR_TYPER.VLPIS: two more frames
    for (const Redistributor& region : controller.redistributors) {
        u64 offset = 0;
        while (offset + gic::redistributor_size <= region.size) {
            const u64 typer = read64(region.start + offset + gic::gicr_typer);
            if (frame_affinity(typer) == affinity) {
                return region.start + offset;
            }
            if ((typer & gic::typer::gicr_last) != 0) {
                break;
            }
            const u64 step =
                (typer & virtual_lpis) != 0 ? 2 * gic::redistributor_size : gic::redistributor_size;
            offset += controller.stride != 0 ? controller.stride : step;
        }
    }
    return fail(Error::not_found);
}

void wake_redistributor(HypAddress frame) {
    const u32 awake = read32(frame + gic::gicr_waker) & ~gic::waker::processor_sleep;
    write32(frame + gic::gicr_waker, awake);
    while ((read32(frame + gic::gicr_waker) & gic::waker::children_asleep) != 0) {
        relax();
    }
}

/// Error: unsupported, where firmware keeps the registers from EL2 (ICC_SRE_EL3).
Result<void> init_cpu_interface() {
    // SRE, DFB, DIB. Not Enable: where ICC_SRE_EL1.SRE can be cleared, a guest could turn its own
    // and the next guest's registers off. Its accesses to ICC_SRE_EL1 trap, and see 7.
    constexpr u64 sre_all = 0x7;
    constexpr u64 eoi_split = bit(1);
    ISTHMUS_WRITE_SYSREG(s3_4_c12_c9_5, sre_all);  // ICC_SRE_EL2
    isb();
    if ((ISTHMUS_READ_SYSREG(s3_4_c12_c9_5) & 1) == 0) {
        return fail(Error::unsupported);
    }
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_5, 0x7);  // ICC_SRE_EL1
    isb();
    ISTHMUS_WRITE_SYSREG(s3_0_c4_c6_0, 0xf0);         // ICC_PMR_EL1: everything passes
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_3, 0);          // ICC_BPR1_EL1
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_4, eoi_split);  // ICC_CTLR_EL1
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c12_7, 1);          // ICC_IGRPEN1_EL1
    isb();
    return {};
}

}  // namespace

Result<void> Gicv3::init(const InterruptController& description) {
    controller.distributor = ISTHMUS_TRY(map_device(description.distributor));
    for (const HostRange& range : description.redistributors) {
        const HypAddress start = ISTHMUS_TRY(map_device(range));
        if (!controller.redistributors.push_back({start, range.size()})) {
            return fail(Error::unsupported);
        }
    }
    controller.stride = description.redistributor_stride;
    init_distributor();
    return {};
}

Result<void> Gicv3::init_cpu() {
    const HypAddress frame = ISTHMUS_TRY(find_redistributor(cpu_affinity()));
    wake_redistributor(frame);
    const HypAddress sgi_frame = frame + gic::sgi_frame;
    sgi_frames[cpu_index()] = sgi_frame;
    prepare_private_interrupts(sgi_frame, true);
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
    const u64 affinity = affinity_of(cpu);
    const u64 value = (((affinity >> 32) & 0xff) << 48) | (((affinity >> 16) & 0xff) << 32) |
                      (((affinity >> 8) & 0xff) << 16) | (((affinity >> 4) & 0xf) << 44) |
                      (u64{1} << (affinity & 0xf)) | (u64{sgi} << 24);
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c11_5, value);  // ICC_SGI1R_EL1
    isb();
}

void Gicv3::send_sgi_to_others(u32 sgi) {
    constexpr u64 all_but_self = bit(40);
    ISTHMUS_WRITE_SYSREG(s3_0_c12_c11_5, all_but_self | (u64{sgi} << 24));
    isb();
}

}  // namespace isthmus::arch
