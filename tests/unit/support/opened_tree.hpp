// SPDX-License-Identifier: Apache-2.0
// A tree for a test: written with the sequential writer or compiled from source by dtc, and opened.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fdt/tree.hpp"
#include "fdt/tree_writer.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/text.hpp"

namespace isthmus::test {

using Blob = std::vector<std::byte>;

/// Compiles device-tree source with dtc; throws with dtc's message when it does not compile.
Blob compile_dts(const std::string& source);
/// What dtc says about a blob when it reads it back with all its checks; empty when it is content.
std::string dtc_complaints(const Blob& blob);
/// Device-tree source of a blob, as dtc prints it.
std::string decompile(const Blob& blob);

/// A blob written by `fill`, which starts inside the root node.
Blob write_tree(const std::function<void(fdt::TreeWriter&)>& fill);

/// One finding as its console line.
std::string to_text(const Finding& finding);

/// A blob with arena and findings of its own, opened.
class OpenedTree {
  public:
    explicit OpenedTree(Blob bytes, std::size_t arena_bytes = 4 * 1024 * 1024);
    explicit OpenedTree(const std::string& source) : OpenedTree(compile_dts(source)) {}
    OpenedTree(const OpenedTree&) = delete;
    OpenedTree& operator=(const OpenedTree&) = delete;

    /// All findings' rule names, in order, separated by spaces.
    std::string rules() const;
    /// All findings as console lines.
    std::string lines() const;
    bool has_rule(std::string_view name) const;

    fdt::Node at(std::string_view path) const { return *tree->find(path); }

    Blob blob;
    std::vector<std::byte> memory;
    Arena arena;
    Findings findings;
    std::optional<fdt::Tree> tree;
};

}  // namespace isthmus::test
