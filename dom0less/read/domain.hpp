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

/// Kernel and ramdisk: rules dom-module-*, dom-kernel-missing, dom-bootargs.
void read_modules(const fdt::Node& node, DomainConfig& domain, Findings& findings);
/// The command line of a kernel: up to 2047 characters of `property`. Rule dom-bootargs.
std::string_view read_bootargs(const fdt::Node& node, std::string_view property,
                               Findings& findings);
bool is_module(const fdt::Node& node);
bool is_device_tree_module(const fdt::Node& node);
bool is_kernel_module(const fdt::Node& node);

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

/// What is known but not built, or not known at all: dom-unsupported, dom-ignored,
/// dom-unknown-property. For a domain's node and for /chosen.
void check_domain_features(const fdt::Node& node, Findings& findings);
void check_chosen_features(const fdt::Node& chosen, Findings& findings);

}  // namespace isthmus::dom0less
