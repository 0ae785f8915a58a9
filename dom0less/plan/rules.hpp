// SPDX-License-Identifier: Apache-2.0
// The rules of domains and of the plan as a whole (docs/bindings.md, "Rules"). Names are stable.
#pragma once

#include "isthmus/rule.hpp"

namespace isthmus::dom0less::rules {

inline constexpr Rule option_unknown{"opt-unknown", Severity::warning};
inline constexpr Rule option_value{"opt-value", Severity::warning};
/// A scheduler of Xen's that is not here: the nearest one takes its place.
inline constexpr Rule sched_nearest{"sched-nearest", Severity::warning};
/// Nobody has named a scheduler, and vCPUs are more than CPUs.
inline constexpr Rule sched_turns{"sched-turns", Severity::note};

/// Registers of the machine that cannot be where its tree says.
inline constexpr Rule device_overlap{"host-device-overlap", Severity::error};

inline constexpr Rule none{"dom-none", Severity::warning};
inline constexpr Rule limit{"dom-limit", Severity::error};
inline constexpr Rule name{"dom-name", Severity::error};
inline constexpr Rule cells{"dom-cells", Severity::error};
inline constexpr Rule memory_missing{"dom-memory-missing", Severity::error};
inline constexpr Rule memory_size{"dom-memory-size", Severity::error};
inline constexpr Rule memory_small{"dom-memory-small", Severity::error};
inline constexpr Rule cpus{"dom-cpus", Severity::error};
inline constexpr Rule cpu_shortage{"dom-cpu-shortage", Severity::error};
inline constexpr Rule affinity{"dom-affinity", Severity::error};
inline constexpr Rule cpupool{"dom-cpupool", Severity::error};
inline constexpr Rule cpupool_cpus{"cpupool-cpus", Severity::error};
inline constexpr Rule cpupool_sched{"cpupool-sched", Severity::error};
inline constexpr Rule priority{"dom-priority", Severity::error};
inline constexpr Rule nr_spis{"dom-nr-spis", Severity::error};
inline constexpr Rule kernel_missing{"dom-kernel-missing", Severity::error};
inline constexpr Rule kernel_format{"dom-kernel-format", Severity::error};
inline constexpr Rule kernel_gzip{"dom-kernel-gzip", Severity::error};
inline constexpr Rule kernel_uimage{"dom-kernel-uimage", Severity::error};
inline constexpr Rule module_digest{"dom-module-digest", Severity::error};
inline constexpr Rule kernel_size{"dom-kernel-size", Severity::error};
inline constexpr Rule bootargs{"dom-bootargs", Severity::error};
inline constexpr Rule module_duplicate{"dom-module-duplicate", Severity::error};
inline constexpr Rule module_range{"dom-module-range", Severity::error};
inline constexpr Rule module_overlap{"dom-module-overlap", Severity::error};
inline constexpr Rule static_mem_range{"dom-static-mem-range", Severity::error};
inline constexpr Rule static_mem_size{"dom-static-mem-size", Severity::error};
inline constexpr Rule static_mem_overlap{"dom-static-mem-overlap", Severity::error};
inline constexpr Rule static_mem_memreserve{"dom-static-mem-memreserve", Severity::warning};
inline constexpr Rule static_heap{"dom-static-heap", Severity::error};
inline constexpr Rule direct_map{"dom-direct-map", Severity::error};
inline constexpr Rule out_of_memory{"dom-out-of-memory", Severity::error};

/// Devices that a domain is assigned.
inline constexpr Rule dev_tree{"dev-tree", Severity::error};
inline constexpr Rule dev_path{"dev-path", Severity::error};
inline constexpr Rule dev_reg{"dev-reg", Severity::error};
inline constexpr Rule dev_property{"dev-property", Severity::error};
inline constexpr Rule dev_own{"dev-own", Severity::error};
inline constexpr Rule dev_twice{"dev-twice", Severity::error};
inline constexpr Rule dev_range{"dev-range", Severity::error};
inline constexpr Rule dev_iommu{"dev-iommu", Severity::error};
inline constexpr Rule dev_smmu{"dev-smmu", Severity::error};
inline constexpr Rule dev_dma{"dev-dma", Severity::warning};
inline constexpr Rule dev_address{"dev-address", Severity::warning};
inline constexpr Rule dev_interrupt{"dev-interrupt", Severity::error};
inline constexpr Rule dev_guest_overlap{"dev-guest-overlap", Severity::error};
inline constexpr Rule dev_guest_range{"dev-guest-range", Severity::error};
inline constexpr Rule dev_direct_map{"dev-direct-map", Severity::error};
inline constexpr Rule dev_goes_along{"dev-goes-along", Severity::warning};
inline constexpr Rule dom0_device{"dom0-device", Severity::warning};

/// Static event channels.
inline constexpr Rule evtchn_property{"evtchn-property", Severity::error};
inline constexpr Rule evtchn_port{"evtchn-port", Severity::error};
inline constexpr Rule evtchn_port_twice{"evtchn-port-twice", Severity::error};
inline constexpr Rule evtchn_peer{"evtchn-peer", Severity::error};
inline constexpr Rule evtchn_one_sided{"evtchn-one-sided", Severity::error};
inline constexpr Rule evtchn_same_domain{"evtchn-same-domain", Severity::error};

/// What follows when a guest ends.
inline constexpr Rule health_answer{"health-answer", Severity::error};
inline constexpr Rule health_limit{"health-limit", Severity::error};
inline constexpr Rule health_limit_unused{"health-limit-unused", Severity::warning};
inline constexpr Rule health_group{"health-group", Severity::error};
inline constexpr Rule health_lonely{"health-lonely", Severity::warning};
inline constexpr Rule health_dma{"health-dma", Severity::error};
inline constexpr Rule health_watchdog{"health-watchdog", Severity::warning};
inline constexpr Rule health_panic{"health-panic", Severity::warning};

/// The plan is not the one that the tree names.
inline constexpr Rule plan_digest{"plan-digest", Severity::error};

/// A property that is known, with a value that is not.
inline constexpr Rule value{"dom-value", Severity::error};
/// A command line that asks for consoles none of which the domain has.
inline constexpr Rule silent{"dom-silent", Severity::warning};
/// Known, and ignoring it would build something else than asked for.
inline constexpr Rule unsupported{"dom-unsupported", Severity::error};
/// Known, and harmless to ignore.
inline constexpr Rule ignored{"dom-ignored", Severity::warning};
inline constexpr Rule unknown_property{"dom-unknown-property", Severity::warning};

}  // namespace isthmus::dom0less::rules
