// SPDX-License-Identifier: Apache-2.0
// The parts of reading one `xen,domain` node. Internal to the room.
#pragma once

#include "dom0less/read/system_config.hpp"

namespace isthmus::dom0less {

/// Everything of one domain but its shared-memory nodes.
DomainConfig read_domain(const fdt::Node& node, Arena& arena, Findings& findings);
/// Likewise of Dom0, whose kernel module /chosen has. It gets the CPUs that `others` leave over.
DomainConfig read_dom0(const fdt::Node& chosen, const ConfigInput& input,
                       std::span<const DomainConfig> others, std::span<const CpuPoolConfig> pools,
                       Arena& arena, Findings& findings);

/// What modules are that do not say it.
enum class ModuleGuess : u8 {
    none,
    kernel_then_ramdisk,  ///< the first is the kernel, the next the ramdisk, unless others say so
};

/// Kernel, ramdisk, partial tree: rules dom-module-*, dom-kernel-missing, dom-bootargs.
void read_modules(const fdt::Node& node, ModuleGuess guess, DomainConfig& domain,
                  Findings& findings);
/// The ramdisk that a boot loader has left in `linux,initrd-start` and `-end` of /chosen, where no
/// module is one. Rule dom-module-range.
void read_left_ramdisk(const fdt::Node& chosen, DomainConfig& domain, Findings& findings);
/// Rule dom-module-range: a module that is not wholly in the machine's RAM. It then has no place:
/// what it would be in the way of, or would leave no room for, is not to blame.
void check_modules_in_ram(const fdt::HostDescription& host, DomainConfig& domain,
                          Findings& findings);
/// The command line of a kernel: up to 2047 characters of `property`. Rule dom-bootargs.
std::string_view read_bootargs(const fdt::Node& node, std::string_view property,
                               Findings& findings);
/// It may stand on the console as the name of somebody: what the Devicetree Specification allows in
/// a node's name (v0.4, 2.2.1), at most limits::name_length characters.
bool is_plain_name(std::string_view name);
bool is_module(const fdt::Node& node);
bool is_device_tree_module(const fdt::Node& node);
bool is_kernel_module(const fdt::Node& node);
/// "multiboot,module" and nothing that says what for.
bool is_plain_module(const fdt::Node& node);

/// The command line asks for Xen's console: `console=hvc0`, or another of its kind.
bool names_xen_console(std::string_view bootargs);
/// Rule dom-silent, of the kernel's command line.
void check_console(const DomainConfig& domain, Findings& findings);

/// `xen,static-mem` or `xen,static-heap`: a list of host ranges, page-aligned, in the cells that
/// hold for properties of `node`. Nothing, with a finding of `rule`, when it cannot be read.
std::optional<std::span<const HostRange>> read_host_ranges(const fdt::Node& node,
                                                           std::string_view property, u64 alignment,
                                                           const Rule& rule, Arena& arena,
                                                           Findings& findings);

/// The `xen,vcpu` children: rule dom-affinity.
std::span<const AffinityConfig> read_affinities(const fdt::Node& node, u32 vcpus, Arena& arena,
                                                Findings& findings);

/// The `xen,cpupool` nodes under /chosen: rules cpupool-cpus, cpupool-sched.
std::span<const CpuPoolConfig> read_cpupools(const fdt::Tree& tree, const fdt::Node& chosen,
                                             Arena& arena, Findings& findings);

/// What is known but not built, or not known at all: dom-unsupported, dom-ignored, dom-value,
/// dom-unknown-property. For a domain's node and for /chosen.
void check_domain_features(const fdt::Node& node, Findings& findings);
void check_chosen_features(const fdt::Node& chosen, Findings& findings);

}  // namespace isthmus::dom0less
