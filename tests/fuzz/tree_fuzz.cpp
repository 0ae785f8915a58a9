// SPDX-License-Identifier: Apache-2.0
// Any bytes as a tree. What is accepted is what libfdt reads too: the same nodes with the same
// parents, paths, properties and values. Then the machine's description is read from it.
#include <libfdt.h>

#include <algorithm>
#include <string>

#include "fdt/host_scan.hpp"
#include "isthmus/finding.hpp"
#include "tests/fuzz/support/boot.hpp"
#include "tests/fuzz/support/tree_mutator.hpp"

namespace {

using namespace isthmus;
using fuzz::require;

/// Paths are compared in trees up to this size: libfdt walks from the start for each.
constexpr usize compared_paths = 200;

void compare_properties(const void* blob, int offset, const fdt::Node& node) {
    usize next = 0;
    int property = 0;
    fdt_for_each_property_offset(property, blob, offset) {
        const char* name = nullptr;
        int length = 0;
        const void* value = fdt_getprop_by_offset(blob, property, &name, &length);
        require(value != nullptr && next < node.properties().size());
        const fdt::Property& ours = node.properties()[next++];
        require(ours.name == name && ours.value.data() == value &&
                ours.value.size() == static_cast<usize>(length));
    }
    require(next == node.properties().size());
}

void compare_path(const void* blob, int offset, const fdt::Node& node, const Arena& arena) {
    std::string path(limits::tree_depth * 256, '\0');
    const std::string_view ours = node.path();
    if (fdt_get_path(blob, offset, path.data(), static_cast<int>(path.size())) == 0) {
        require(ours == path.c_str() || ours.size() >= limits::path_length || arena.exhausted());
    }
}

void compare(const void* blob, const fdt::Tree& tree, const Arena& arena) {
    usize next = 0;
    for (int offset = 0; offset >= 0; offset = fdt_next_node(blob, offset, nullptr)) {
        require(next < tree.node_count());
        const fdt::Node node = tree.node(next);
        require(node.name() == fdt_get_name(blob, offset, nullptr) || next == 0);
        compare_properties(blob, offset, node);
        if (tree.node_count() <= compared_paths) {
            compare_path(blob, offset, node, arena);
        }
        ++next;
    }
    require(next == tree.node_count());
}

/// Each node is its parent's child exactly once; looking things up finds something that fits.
void check_links(const fdt::Tree& tree) {
    usize children = 0;
    for (usize i = 0; i < tree.node_count(); ++i) {
        const fdt::Node node = tree.node(i);
        for (const fdt::Node child : node.children()) {
            require(child.parent() == node && !child.is_root());
            ++children;
        }
        const auto phandle = node.property("phandle");
        if (phandle && tree.node_count() <= compared_paths) {
            const auto found = tree.find_phandle(phandle->single_cell().value_or(0));
            require(!found || found->has("phandle") || found->has("linux,phandle"));
        }
    }
    require(children + 1 == tree.node_count());
}

/// What scan_memory promises.
void check_memory(const fdt::HostDescription& host) {
    HostAddress last(0);
    for (const fdt::MemoryBank& bank : host.memory) {
        require(!bank.range.empty() && bank.range.start() >= last);
        require(bank.range.start().raw() % page_size == 0 && bank.range.size() % page_size == 0);
        last = bank.range.end();
    }
}

}  // namespace

ISTHMUS_FUZZ_TREES();

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input(data, size);
    fuzz::Boot boot(input);
    if (boot.tree) {
        const auto blob = input.blob();
        // libfdt's own full check is the reference: what it refuses, nobody may read.
        require(fdt_check_full(blob.data(), blob.size()) == 0);
        compare(blob.data(), *boot.tree, boot.arena);
        check_links(*boot.tree);
        boot.host = fdt::read_host(*boot.tree, {}, boot.arena, boot.findings);
        if (!boot.arena.exhausted()) {
            check_memory(boot.host);
        }
    }
    boot.print_findings();
    return 0;
}
