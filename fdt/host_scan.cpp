// SPDX-License-Identifier: Apache-2.0
#include "fdt/host_scan.hpp"

#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "fdt/words.hpp"

namespace isthmus::fdt {
namespace {

/// Guests get the pages of GICV, which therefore must be none of RAM's.
void check_vcpu_interface(const HostDescription& host, Findings& findings) {
    for (const MemoryBank& bank : host.memory) {
        if (host.gic && host.gic->version == 2 && bank.range.overlaps(host.gic->vcpu_interface)) {
            findings.add_other(rules::gic_reg, host.gic->path, "reg", bank.path,
                               "entry 3 (virtual CPU interface), {}, lies in the RAM of {}",
                               host.gic->vcpu_interface, bank.path);
        }
    }
}

}  // namespace

HostDescription read_host(const Tree& tree, std::string_view dtuart, Arena& arena,
                          Findings& findings) {
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
    check_vcpu_interface(host, findings);
    host.timer = scan_timer(tree, findings);
    host.psci = scan_psci(tree, findings);
    host.console = scan_console(tree, dtuart, findings);
    host.smmus = scan_smmu(tree, arena, findings);
    return host;
}

}  // namespace isthmus::fdt
