// SPDX-License-Identifier: Apache-2.0
// The parts of the boot scan, one a theme. Internal to the room; read_host() calls them in order.
#pragma once

#include "fdt/host_description.hpp"
#include "fdt/tree.hpp"

namespace isthmus::fdt {

/// RAM banks: sorted, disjoint, clipped to whole pages.
std::span<const MemoryBank> scan_memory(const Tree& tree, Arena& arena, Findings& findings);
/// The reservation block, then /reserved-memory's children with `reg`.
std::span<const ReservedRange> scan_reserved(const Tree& tree, Arena& arena, Findings& findings);
std::span<const HostCpu> scan_cpus(const Tree& tree, Arena& arena, Findings& findings);
std::optional<Gic> scan_gic(const Tree& tree, Arena& arena, Findings& findings);
std::optional<Timer> scan_timer(const Tree& tree, Findings& findings);
std::optional<Psci> scan_psci(const Tree& tree, Findings& findings);
std::optional<ConsoleUart> scan_console(const Tree& tree, std::string_view dtuart,
                                        Findings& findings);
/// SMMUs, of any number: a machine needs none.
std::span<const Smmu> scan_smmu(const Tree& tree, Arena& arena, Findings& findings);

/// SPIs up to the highest that a node names, present or not.
u32 scan_lines(const Tree& tree, Arena& arena);

}  // namespace isthmus::fdt
