// SPDX-License-Identifier: Apache-2.0
// Isthmus's own lasting map: image segments with W^X, stacks between guard pages, devices, the boot
// tree read-only, and RAM where arch::map_host shows it. Layout: layout.hpp.
#pragma once

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"

namespace isthmus::arch {

/// Builds the map and switches this CPU to it. Once, on the boot CPU, from its boot map. `image`:
/// where it lies in host memory; `tree_pages`: what the boot map shows of the tree.
void build_el2_map(HostAddress image, HostRange tree_pages);
/// The root, for the other CPUs' TTBR0_EL2; 0 before there is one.
u64 el2_map_root();

/// Shows device registers; they keep their place. Error: out_of_memory, out_of_range.
Result<HypAddress> map_device(HostRange registers);
/// The same for the first `small_device_limit` bytes (layout.hpp): what is looked at before the
/// heap stands. Its small_device() says which.
Result<HypAddress> map_small_device(HostRange registers);
/// Registers that nobody will look at any more, as map_device was given them and returned; before
/// other CPUs are up. What is mapped next takes the place of what came last.
void unmap_device(HostRange registers, HypAddress at);
/// The stacks of a slot (layout.hpp): `stack_size` bytes of pages each.
Result<void> map_stacks(usize slot, HostAddress stack, HostAddress emergency_stack);
/// The last-level table under `window_base` (layout.hpp); entry n is CPU n's, and its alone to
/// write.
u64* window_entries();
/// The image in host memory, where it was loaded at `start`: all of it is in its file.
HostRange image_at(HostAddress start);

}  // namespace isthmus::arch
