// SPDX-License-Identifier: Apache-2.0
// The firmware's power interface: binding "arm,psci*".
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fdt {

std::optional<Psci> scan_psci(const Tree& tree, Findings& findings) {
    for (usize i = 0; i < tree.node_count(); ++i) {
        const Node node = tree.node(i);
        Psci psci;
        psci.version_0_2_or_later =
            node.is_compatible("arm,psci-0.2") || node.is_compatible("arm,psci-1.0");
        if ((!psci.version_0_2_or_later && !node.is_compatible("arm,psci")) || !node.is_enabled()) {
            continue;
        }
        psci.path = node.path();
        const std::string_view method = node.text("method");
        if (method != "smc" && method != "hvc") {
            findings.add(rules::psci_method, node.path(), "method",
                         "absent, or neither \"smc\" nor \"hvc\"");
            return std::nullopt;
        }
        psci.conduit = method == "smc" ? Psci::Conduit::smc : Psci::Conduit::hvc;
        return psci;
    }
    findings.add(rules::no_psci, "/", {}, "no PSCI firmware interface is described");
    return std::nullopt;
}

}  // namespace isthmus::fdt
