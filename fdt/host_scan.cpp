// SPDX-License-Identifier: Apache-2.0
#include "fdt/host_scan.hpp"

#include "fdt/node_names.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fdt {
namespace {

void check_names(const Tree& tree, Arena& arena, Findings& findings) {
    for (const u32 number : nodes_named_twice(tree, arena)) {
        const Node node = tree.node(number);
        findings.add(rules::node_twice, node.path(), {},
                     "the second of {}'s nodes with this name: no path leads to it",
                     node.parent().path());
    }
}

}  // namespace

HostDescription read_host(const Tree& tree, std::string_view dtuart, Arena& arena,
                          Findings& findings) {
    check_names(tree, arena, findings);
    HostDescription host;
    host.model = tree.root().text("model");
    if (host.model.empty()) {
        host.model = tree.root().text("compatible");
    }
    host.model = printable(host.model);
    host.memory = scan_memory(tree, arena, findings);
    host.reserved = scan_reserved(tree, arena, findings);
    host.cpus = scan_cpus(tree, arena, findings);
    host.gic = scan_gic(tree, arena, findings);
    host.timer = scan_timer(tree, findings);
    host.psci = scan_psci(tree, findings);
    host.console = scan_console(tree, dtuart, findings);
    host.smmus = scan_smmu(tree, arena, findings);
    return host;
}

}  // namespace isthmus::fdt
