// SPDX-License-Identifier: Apache-2.0
// An identity map for a guest: RAM and shared regions are normal cacheable memory, all else is
// device memory. Without it every access is a device access.
#pragma once

namespace isthmus::guest {

/// Builds the map from the tree and turns the MMU and caches on. The first CPU calls it once.
void enable_mmu();
/// Turns the MMU of another CPU on, with the map that enable_mmu() built; nothing without one.
void enable_mmu_here();

}  // namespace isthmus::guest
