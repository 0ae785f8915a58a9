// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/partial_tree_module.hpp"

#include <cstring>

#include "dom0less/plan/module_digest.hpp"
#include "dom0less/plan/plan.hpp"
#include "dom0less/plan/rules.hpp"
#include "fdt/cells.hpp"
#include "fdt/node_names.hpp"
#include "fdt/tree_writer.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;

/// Devicetree specification, 5.2: a tree begins with these two cells.
constexpr u32 magic = 0xd00d'feed;
constexpr usize head_bytes = 8;
/// Cells for addresses and sizes in the root of a guest's tree.
constexpr u32 root_cells = 2;

/// Nobody else reports what is wrong with its place, and reading there does no harm.
bool is_in_place(const fdt::HostDescription& host, HostRange module) {
    for (const fdt::ReservedRange& reserved : host.reserved) {
        if (reserved.range.overlaps(module)) {
            return false;
        }
    }
    for (const fdt::MemoryBank& bank : host.memory) {
        if (!module.empty() && bank.range.contains(module)) {
            return true;
        }
    }
    return false;
}

/// The module's tree, in a copy that is as long as the tree says it is; empty with a finding.
std::span<const std::byte> copy_blob(ModuleReader& modules, const ModuleConfig& module,
                                     Arena& arena, Findings& findings) {
    const auto bytes = modules.copy(module.host, head_bytes, arena);
    if (bytes.empty()) {
        findings.add(rules::dev_tree, module.path, {}, "cannot be looked into");
        return {};
    }
    const Property head{{}, bytes};
    if (bytes.size() < head_bytes || head.cell(0) != magic) {
        findings.add(rules::dev_tree, module.path, {}, "holds no device tree");
        return {};
    }
    const u32 size = head.cell(1);
    if (size > limits::partial_tree_bytes || size > module.host.size()) {
        findings.add(rules::dev_tree, module.path, {},
                     "its device tree has {} bytes, but the module {} and this build reads {}",
                     size, module.host.size(), limits::partial_tree_bytes);
        return {};
    }
    const auto blob = modules.copy(module.host, size, arena);
    if (blob.empty()) {
        findings.add(rules::dev_tree, module.path, {}, "cannot be looked into");
    }
    return blob;
}

/// Says of the module what is wrong with the tree in it.
void report_reason(const ModuleConfig& module, const Findings& inner, Arena& arena,
                   Findings& findings) {
    TextBuffer<200> reason;
    if (!inner.items().empty()) {
        const Finding& first = inner.items()[0];
        print_args(reason, first.message, first.args.items());
    }
    findings.add(rules::dev_tree, module.path, {}, "its device tree cannot be read: {}",
                 arena.copy(reason.view()));
}

/// Names that the writer of the guest's tree refuses.
bool has_long_name(const Node& node) {
    bool has = node.name().size() > fdt::TreeWriter::max_name;
    for (const Property& property : node.properties()) {
        has = has || property.name.size() > fdt::TreeWriter::max_name;
    }
    return has;
}

/// /passthrough becomes a child of the guest's root, which has two cells for each number.
bool speaks_of_other_cells(const Node& passthrough) {
    const auto ranges = passthrough.property("ranges");
    const fdt::CellCounts cells = fdt::child_cells(passthrough.parent());
    return ((ranges && !ranges->empty()) || passthrough.has("reg")) &&
           (cells.address != root_cells || cells.size != root_cells);
}

class ShapeCheck {
  public:
    ShapeCheck(const ModuleConfig& module, const fdt::Tree& tree, Arena& arena, Findings& findings)
        : module_(module), tree_(tree), arena_(arena), findings_(findings) {}

    /// The tree has what is asked for, and can become part of a guest's.
    void run() {
        const auto passthrough = tree_.root().child("passthrough");
        if (!passthrough) {
            findings_.add(rules::dev_tree, module_.path, {}, "its device tree has no /passthrough");
            return;
        }
        if (speaks_of_other_cells(*passthrough)) {
            report(*passthrough,
                   "its addresses are those of a root whose #address-cells and "
                   "#size-cells are not 2, as a guest's are");
        }
        if (const auto gic = partial_gic(tree_)) {
            check_gic(*gic);
        }
        for (const u32 number : fdt::nodes_named_twice(tree_, arena_)) {
            report(tree_.node(number), "a second node of this name: no path leads to it");
        }
        for (u32 i = 0; i < tree_.node_count(); ++i) {
            if (has_long_name(tree_.node(i))) {
                report(tree_.node(i), "its name, or that of a property, is too long to be copied");
            }
        }
    }

  private:
    void report(const Node& node, std::string_view message) {
        findings_.add(rules::dev_tree, path_in_module(module_, node, arena_), {}, message);
    }

    void check_gic(const Node& gic) {
        const auto cells = gic.property("#interrupt-cells");
        if (cells && cells->single_cell() != fdt::gic_specifier_cells) {
            report(gic, "#interrupt-cells is not 3, as that of a guest's interrupt controller is");
        }
        for (u32 i = 0; i < tree_.node_count(); ++i) {
            const Node other = tree_.node(i);
            if (gic.phandle() != 0 && other.phandle() == gic.phandle() && !(other == gic)) {
                report(other, "has the phandle of the interrupt controller");
            }
        }
    }

    const ModuleConfig& module_;
    const fdt::Tree& tree_;
    Arena& arena_;
    Findings& findings_;
};

}  // namespace

const fdt::Tree* open_partial_tree(const ConfigInput& input, const DomainConfig& domain,
                                   Arena& arena, Findings& findings) {
    const ModuleConfig& module = *domain.device_tree;
    if (!is_in_place(input.host, module.host)) {
        return nullptr;
    }
    if (input.modules == nullptr) {
        findings.add(rules::dev_tree, module.path, {}, "cannot be looked into");
        return nullptr;
    }
    const auto blob = copy_blob(*input.modules, module, arena, findings);
    const auto place = arena.allocate<std::optional<fdt::Tree>>(1);
    if (blob.empty() || place.empty()) {
        return nullptr;
    }
    check_module_digest({module.host, module.path, module.sha256}, blob, arena, findings);
    Findings inner(arena);
    place[0] = fdt::Tree::open(blob, arena, inner);
    if (!place[0]) {
        report_reason(module, inner, arena, findings);
        return nullptr;
    }
    ShapeCheck(module, *place[0], arena, findings).run();
    return &*place[0];
}

std::string_view path_in_module(const ModuleConfig& module, const fdt::Node& node, Arena& arena) {
    const std::string_view inner = node.path();
    const std::span<char> path = arena.allocate<char>(module.path.size() + 1 + inner.size());
    if (path.empty()) {
        return module.path;
    }
    std::memcpy(path.data(), module.path.data(), module.path.size());
    path[module.path.size()] = ':';
    std::memcpy(path.subspan(module.path.size() + 1).data(), inner.data(), inner.size());
    return {path.data(), path.size()};
}

std::optional<fdt::Node> partial_gic(const fdt::Tree& partial) {
    for (const Node child : partial.root().children()) {
        if (child.base_name() == "gic") {
            return child;
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::dom0less
