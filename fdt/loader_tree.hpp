// SPDX-License-Identifier: Apache-2.0
// A boot tree that the EFI loader completes, in a buffer, over libfdt: overlays, the places of the
// modules that it has loaded, RAM, and what firmware keeps of it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"

namespace isthmus::fdt {

/// A node below /chosen with `xen,uefi-binary` and without `reg`.
struct FileModule {
    int node = 0;           ///< for set_reg(), until the tree changes
    std::string_view file;  ///< what the property says; any characters
};

/// Errors below: out_of_memory when the buffer is full, invalid_argument for anything else that
/// libfdt says.
class LoaderTree {
  public:
    /// Copies `blob`, which may be any bytes at a multiple of 8, into `buffer`, at one likewise.
    static Result<LoaderTree> open(std::span<const std::byte> blob, std::span<std::byte> buffer);

    /// Applies a compiled overlay, any bytes at a multiple of 8; they are changed. After an error
    /// the tree is of no use.
    Result<void> apply_overlay(std::span<std::byte> overlay);

    /// Has a file loaded for the node of that full path: sets `xen,uefi-binary`, and takes a `reg`
    /// away. Error: not_found when there is no such node.
    Result<void> name_file(std::string_view path, std::string_view file);
    /// The first module of all that wait for a file.
    std::optional<FileModule> waiting_module() const;
    /// Gives a module its place, in the cells of its parent. Error: out_of_range when they cannot
    /// hold it.
    Result<void> set_reg(int node, HostRange range);
    /// The full path of a node, cut to what fits into `buffer`.
    std::string_view path_of(int node, std::span<char> buffer) const;

    /// A node under the root has `device_type = "memory"`.
    bool has_memory() const;
    /// Adds a memory node with these ranges.
    Result<void> add_memory(std::span<const HostRange> ranges);
    /// Adds a node for each range to /reserved-memory, which is made where it is missing.
    Result<void> reserve(std::span<const HostRange> ranges);

    /// All of the tree, without spare room in it.
    Result<std::span<std::byte>> finish();

  private:
    explicit LoaderTree(std::span<std::byte> buffer) : buffer_(buffer) {}
    Result<void> put_ranges(int node, int parent, std::span<const HostRange> ranges);

    std::span<std::byte> buffer_;
};

}  // namespace isthmus::fdt
