// SPDX-License-Identifier: Apache-2.0
#include "tools/convert/convert.hpp"

#include <algorithm>
#include <iostream>

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "tools/boot_tree.hpp"
#include "tools/commands.hpp"
#include "tools/convert/convert_tree.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

constexpr std::size_t boot_cpu_at = 28;  // boot_cpuid_phys of the header

void tell_changes(const std::vector<NodeChange>& changes) {
    StreamSink sink(std::cerr);
    for (const NodeChange& change : changes) {
        print(sink, "{}: <{x}> is \"{}\" now\n", std::string_view(change.path), change.cell,
              std::string_view(change.id));
    }
    print(sink, "{} {} converted; guests find such a region by a text as xen,id\n", changes.size(),
          changes.size() == 1 ? "node" : "nodes");
}

/// What the user has to see to himself: nothing that was signed off is changed without a word.
void tell_leftovers(const Bytes& blob, const std::string& output) {
    const BootTree tree(blob, {}, {});
    for (const Finding& finding : tree.findings().items()) {
        if (finding.rule == &dom0less::rules::plan_digest) {
            std::cerr << "isthmus: isthmus,plan-digest names another plan; that of the new tree is "
                      << dom0less::digest_text(tree.digest()).view() << '\n';
        }
    }
    const auto boot_cpu = std::span(blob).subspan(boot_cpu_at, 4);
    if (is_source(output) &&
        std::ranges::any_of(boot_cpu, [](std::byte byte) { return byte != std::byte{0}; })) {
        std::cerr << "isthmus: source has no place for the header's boot CPU; give it to dtc with "
                     "-b\n";
    }
}

}  // namespace

int convert(const Arguments& arguments) {
    const std::string& file = arguments.operands.front();
    const auto blob = read_tree(file);
    if (!blob) {
        std::cerr << "isthmus: " << blob.error() << '\n';
        return exit_errors;
    }
    const auto memory = std::make_unique<std::byte[]>(limits::arena_bytes);
    Arena arena(std::span(memory.get(), limits::arena_bytes));
    Findings findings(arena);
    const auto tree = fdt::Tree::open(*blob, arena, findings);
    const auto changes = tree ? find_changes(*tree, arena, findings) : std::vector<NodeChange>{};
    print_findings(std::cerr, findings);
    if (findings.has_errors()) {
        std::cerr << "isthmus: nothing was written\n";
        return exit_errors;
    }
    const auto converted = changes.empty() ? blob : apply_changes(*blob, changes);
    if (!converted) {
        std::cerr << "isthmus: " << converted.error() << '\n';
        return exit_errors;
    }
    if (!write_tree(arguments.output, *converted)) {
        return exit_errors;
    }
    if (changes.empty()) {
        std::cerr << "isthmus: no region of " << file << " has a number; the tree is unchanged\n";
    } else {
        tell_changes(changes);
    }
    tell_leftovers(*converted, arguments.output);
    return exit_clean;
}

}  // namespace isthmus::tools
