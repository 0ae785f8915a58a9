// SPDX-License-Identifier: Apache-2.0
// The guest's device tree, as far as a test guest looks: everything it knows of its machine comes
// from here, so the same binary runs on Isthmus, on other hypervisors and on bare QEMU.
#pragma once

#include <optional>
#include <string_view>

#include "isthmus/range.hpp"
#include "isthmus/types.hpp"

namespace isthmus::guest {

class Tree {
  public:
    constexpr Tree() = default;
    explicit Tree(const void* blob) : blob_(blob) {}

    const void* blob() const { return blob_; }
    bool valid() const;
    u32 size() const;

    /// /chosen/bootargs; empty when there are none.
    std::string_view bootargs() const;
    /// The text after "NAME=" in bootargs up to the next space, or `otherwise`.
    std::string_view option(std::string_view name, std::string_view otherwise = {}) const;
    /// The same as a number (decimal, or hexadecimal with 0x).
    u64 number_option(std::string_view name, u64 otherwise) const;

    /// The first node with this compatible string; negative when there is none.
    int find_compatible(std::string_view compatible) const;
    /// Entry `index` of a node's `reg`, in the cells of its parent. No `ranges` are applied: guests
    /// get flat trees.
    std::optional<GuestRange> reg(int node, u32 index = 0) const;
    /// Entry `index` of `interrupts` as an INTID (3-cell GIC specifiers).
    std::optional<u32> interrupt(int node, u32 index = 0) const;
    /// Bank `index` over all nodes with device_type "memory".
    std::optional<GuestRange> memory(u32 index) const;
    /// MPIDR affinity of the n-th /cpus node.
    std::optional<u64> cpu(u32 index) const;
    /// First text of a property; empty when it is absent.
    std::string_view text(int node, const char* property) const;

  private:
    const void* blob_ = nullptr;
};

}  // namespace isthmus::guest
