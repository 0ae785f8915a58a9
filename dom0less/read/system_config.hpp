// SPDX-License-Identifier: Apache-2.0
// What /chosen asks for: domains, their modules and their shared-memory nodes, as typed values.
// Nothing is judged across nodes here; that is the planner's.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "dom0less/plan/emulated.hpp"
#include "dom0less/plan/options.hpp"
#include "dom0less/read/channels.hpp"
#include "dom0less/read/health.hpp"
#include "dom0less/read/host_devices.hpp"
#include "fdt/tree.hpp"
#include "isthmus/domain_id.hpp"
#include "isthmus/range.hpp"
#include "shm/node_config.hpp"

namespace isthmus::dom0less {

/// A boot module: a kernel or a ramdisk in host memory.
struct ModuleConfig {
    HostRange host;
    std::string_view path;
    std::string_view bootargs;
    std::string_view sha256 = {};  ///< `isthmus,sha256`, or empty
};

/// A `xen,vcpu` child: the physical CPUs that may run one vCPU, as indexes in tree order.
struct AffinityConfig {
    struct Span {
        u32 first;
        u32 last;
    };
    u32 vcpu = 0;
    std::span<const Span> cpus;
    std::string_view path;

    bool allows(u32 cpu) const {
        for (const Span& span : cpus) {
            if (span.first <= cpu && cpu <= span.last) {
                return true;
            }
        }
        return false;
    }
};

/// One `xen,cpupool` node.
struct CpuPoolConfig {
    std::string_view path;
    u32 phandle = 0;                              ///< 0: none
    std::span<const std::string_view> cpus;       ///< paths of nodes, as `cpupool-cpus` names them
    std::optional<Options::Scheduler> scheduler;  ///< `cpupool-sched`; else that of `sched=`
};

/// One `xen,reg` entry: registers of the machine and where the guest sees them.
struct DeviceWindowConfig {
    HostRange host;
    GuestAddress guest;
};

/// A node of a domain's partial tree that stands for a device of the machine.
struct AssignedDeviceConfig {
    std::string_view path;           ///< of the module, ':', and of the node in the partial tree
    std::optional<u32> host_device;  ///< `xen,path`, as an index into SystemConfig::devices
    std::span<const DeviceWindowConfig> windows;
    bool is_forced = false;  ///< `xen,force-assign-without-iommu`
};

/// An emulated device that a domain is to have.
struct EmulatedConfig {
    EmulatedKind kind = EmulatedKind::uart;
    std::string_view asked_by;  ///< a property of the domain's node; empty: Dom0 has it unasked
};

/// One `xen,domain` node, or Dom0, which /chosen itself describes. A value that could not be read
/// is 0 or empty, and a finding says why.
struct DomainConfig {
    DomainId id = DomainId::none;
    std::string_view name;
    std::string_view path;
    u64 memory_bytes = 0;
    u32 cpus = 0;
    std::span<const EmulatedConfig> emulated;  ///< in the order of the kinds
    bool direct_map = false;
    std::optional<u32> nr_spis;
    bool has_static_mem = false;
    std::span<const HostRange> static_mem;  ///< in the order of the property
    std::optional<ModuleConfig> kernel;
    std::optional<ModuleConfig> ramdisk;
    std::span<const AffinityConfig> affinities;
    std::optional<u32> cpupool;  ///< phandle of `domain-cpupool`
    u32 priority = 0;
    std::span<const shm::NodeConfig> shared;
    /// Of Xen's interface (docs/signals.md). Dom0 has it where its command line asks for Xen's
    /// console, or an event channel ends there.
    bool has_xen_interface = false;
    std::span<const ChannelEndConfig> channels;
    std::optional<ModuleConfig> device_tree;  ///< the `multiboot,device-tree` module
    const fdt::Tree* partial_tree = nullptr;  ///< what it holds
    std::span<const AssignedDeviceConfig> assigned;
    bool no_passthrough = false;  ///< `passthrough = "disabled"`
    HealthConfig health;
    bool statistics = false;  ///< `isthmus,statistics`: it borrows the statistics region

    /// Dom0 has RAM at its host addresses without naming it, and all devices that nobody else has.
    bool is_dom0() const { return id == DomainId::dom0; }
};

struct SystemConfig {
    /// No shared-memory node was left out for an error; else rules that miss one stay silent.
    bool all_shared_readable = true;
    bool all_channels_readable = true;      ///< likewise of ends of event channels
    const fdt::Tree* tree = nullptr;        ///< where all of this was read
    std::span<const DomainConfig> domains;  ///< Dom0 first, then in tree order
    std::span<const HostDevice> devices;    ///< empty when nobody may have one
    std::span<const CpuPoolConfig> pools;   ///< in tree order
    bool has_static_heap = false;
    std::span<const HostRange> static_heap;  ///< `xen,static-heap`; empty: all free RAM
};

/// Lets the reader look into boot modules, which hold more of the configuration.
class ModuleReader {
  public:
    /// A copy of the module's first bytes, `most` at most, in `arena`; empty when it cannot be had.
    virtual std::span<const std::byte> copy(HostRange module, usize most, Arena& arena) = 0;

  protected:
    ~ModuleReader() = default;
};

struct ConfigInput {
    const fdt::Tree& tree;  ///< outlives the configuration, and the plan made of it
    const fdt::HostDescription& host;
    const Options& options;
    ModuleReader* modules = nullptr;  ///< nullptr: none can be looked into
};

/// Reads /chosen. Rules: shm-* of single nodes (shm/node_config.hpp), dom-* of single properties
/// (dom0less/plan/rules.hpp) and dev-* of partial trees.
SystemConfig read_config(const ConfigInput& input, Arena& arena, Findings& findings);

}  // namespace isthmus::dom0less
