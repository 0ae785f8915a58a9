// SPDX-License-Identifier: Apache-2.0
// The plan: everything that will exist, decided before anything does. A pure value: planning the
// same tree on a developer's machine and at EL2 gives the same plan. After planning nobody reads
// the boot tree again. Spans and texts live in the planner's arena. Every field of every struct
// here stands in dom0less/plan/plan_fields.hpp, too.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "dom0less/plan/emulated.hpp"
#include "dom0less/plan/health.hpp"
#include "dom0less/plan/options.hpp"
#include "dom0less/plan/signals.hpp"
#include "fdt/host_description.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/streams.hpp"
#include "fdt/tree.hpp"
#include "isthmus/domain_id.hpp"
#include "isthmus/range.hpp"
#include "mm/mapping_type.hpp"
#include "shm/region_plan.hpp"

namespace isthmus::dom0less {

/// Who has a piece of the machine's RAM. The plan's host map covers all RAM, without gaps.
enum class HostUse : u8 {
    isthmus,     ///< the hypervisor's image
    boot_tree,   ///< the boot device tree
    module,      ///< a kernel or ramdisk, for good: a restart copies it again
    reserved,    ///< /reserved-memory with a fixed address
    memreserve,  ///< /memreserve/: kept out of the heap
    domain_ram,  ///< private RAM of `owner`
    shared,      ///< a shared region's pages, owned by `owner` (a guest or dom_io)
    heap,        ///< the hypervisor's page heap
    unused,      ///< nobody's: what a static heap leaves over
    arena,       ///< everything read and planned: the plan itself, for good
};

struct HostUsePlan {
    HostRange range;
    HostUse use = HostUse::heap;
    DomainId owner = DomainId::none;
    u32 region = 0;          ///< index into Plan::regions, for HostUse::shared
    bool is_static = false;  ///< static pages: never part of the heap, not even when freed
    std::string_view path;   ///< the node that asked for it; empty for the heap and Isthmus
};
/// Some guest may see it once all are built.
constexpr bool guests_reach(const HostUsePlan& entry) {
    return entry.use == HostUse::domain_ram || entry.use == HostUse::shared;
}
/// Private RAM of the domain with this id.
constexpr bool is_ram_of(const HostUsePlan& entry, DomainId id) {
    return entry.use == HostUse::domain_ram && entry.owner == id;
}

/// One stretch of a domain's guest map, contiguous on both sides.
struct MappingPlan {
    GuestRange guest;
    HostAddress host;
    mm::MappingType type = mm::MappingType::ram_rw;
    std::optional<u32> region;  ///< index into Plan::regions
};
/// The domain's private RAM: neither a region nor a device.
constexpr bool is_private_ram(const MappingPlan& mapping) {
    return !mapping.region && mapping.type == mm::MappingType::ram_rw;
}
/// What it maps to, which the planner has made sure does not wrap.
inline HostRange host_range(const MappingPlan& mapping) {
    return *HostRange::from(mapping.host, mapping.guest.size());
}

/// CPUs that share a scheduler. Pool 0 has those that no `xen,cpupool` node names.
struct CpuPoolPlan {
    Options::Scheduler scheduler = Options::Scheduler::null;  ///< in a plan never `as_fits`
    std::span<const u32> cpus;  ///< indexes into HostDescription::cpus, ascending
    std::string_view path;      ///< empty for pool 0
};

struct VcpuPlan {
    u32 id = 0;
    u64 mpidr = 0;     ///< affinity the guest sees: Aff0 = id % 16, Aff1 = id / 16
    u32 host_cpu = 0;  ///< index into HostDescription::cpus
};

/// A boot module, in host memory.
struct ModulePlan {
    HostRange host;
    std::string_view path;
    std::string_view sha256 = {};  ///< of these bytes, in hexadecimal; empty: the tree names none
};

/// A virtual interrupt and where it comes from. An emulated device has no line of the machine.
struct InterruptRoutePlan {
    u32 virtual_intid = 0;
    std::optional<u32> host_intid;
    std::string_view device;  ///< "timer", an emulated device's name, or a host device's path
    bool edge = false;        ///< of the machine's line: edge-triggered

    /// A shared line of the machine, which this domain alone may enable, route and end.
    bool is_device_line() const { return host_intid && virtual_intid >= fdt::first_spi; }
};

/// Registers of a device in a guest's address space.
struct DeviceWindowPlan {
    GuestRange guest;
    HostAddress host;
};

/// A device of the machine that a domain has. Its pages are among the domain's mappings, its
/// interrupts among the routes.
struct DevicePlan {
    std::string_view path;      ///< of the host's node; empty when only registers were named
    std::string_view asked_by;  ///< node of the partial tree that assigns it; empty: Dom0 has it
    std::span<const DeviceWindowPlan> windows;
    bool is_forced = false;  ///< it is given even where nobody holds back its DMA
    bool is_behind_smmu = false;
    bool is_coherent = false;  ///< its DMA sees what CPUs' caches hold
};

/// The guest's interrupt controller: same version as the host's.
struct GuestGicPlan {
    u8 version = 3;
    GuestRange distributor;
    GuestRange redistributors;  ///< GICv3
    GuestRange cpu_interface;   ///< GICv2: the machine's virtual one, which is among the mappings
    u32 spis = 0;               ///< number of SPIs offered, a multiple of 32
};

struct DomainPlan {
    DomainId id = DomainId::none;
    std::string_view name;  ///< the node's name
    std::string_view path;
    u64 memory_bytes = 0;  ///< private RAM, without shared regions
    bool direct_map = false;
    u32 pool = 0;      ///< index into Plan::pools
    u32 priority = 0;  ///< among those that share a CPU; larger goes first

    std::span<const MappingPlan> mappings;  ///< sorted by guest address, disjoint
    std::span<const VcpuPlan> vcpus;
    std::span<const shm::SharedViewPlan> views;
    std::span<const InterruptRoutePlan> interrupts;
    std::span<const DevicePlan> devices;        ///< in tree order
    std::span<const fdt::StreamRange> streams;  ///< of these devices, sorted, each once
    GuestGicPlan gic;
    std::span<const EmulatedDevicePlan> emulated;  ///< besides the interrupt controller
    XenPlan xen;
    std::span<const DoorbellPlan> doorbells;  ///< by region, then by the region's parties
    HealthPlan health;

    ModulePlan kernel;
    std::optional<ModulePlan> ramdisk;
    std::string_view bootargs;

    /// Where things go in guest RAM. The kernel is placed inside `kernel_window` as its own header
    /// asks, when it is loaded; nothing else lies in there.
    GuestRange kernel_window;
    GuestRange ramdisk_target;  ///< empty without ramdisk; else exactly the ramdisk's size
    GuestRange tree_target;     ///< room for the guest's tree, 2 MiB aligned start

    /// Parts of the guest's tree that were written for it, with the devices it is assigned.
    const fdt::Tree* partial_tree = nullptr;

    /// Its tree is made from the machine's.
    bool is_dom0() const { return id == DomainId::dom0; }
};

struct Plan {
    std::span<const DomainPlan> domains;
    std::span<const shm::RegionPlan> regions;
    std::span<const CpuPoolPlan> pools;
    std::span<const HostUsePlan> host_map;  ///< sorted, covers all RAM exactly
    Options options;
    const fdt::Tree* boot_tree = nullptr;  ///< for Dom0's own
    /// Its nodes, by number in tree order, that stand for devices which Dom0 has not; ascending.
    std::span<const u32> not_for_dom0;
};

/// What this domain's own tables say of caching has to stand: it has a device whose DMA may go past
/// the caches, or memory that the machine reserves.
bool chooses_caching(const DomainPlan& domain);
/// One domain does; all then do, since they may share regions. Otherwise stage 2 may force Normal
/// Write-Back (FEAT_S2FWB, Arm ARM D8.6.2).
bool guests_choose_caching(const Plan& plan);

/// The domain with this id, or nullptr.
const DomainPlan* find_domain(const Plan& plan, DomainId id);

}  // namespace isthmus::dom0less
