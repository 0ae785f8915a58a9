// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/guest_tree.hpp"

#include "dom0less/read/partial_tree.hpp"
#include "dom0less/tree/dom0_tree.hpp"
#include "dom0less/tree/parts.hpp"
#include "dom0less/tree/passthrough.hpp"
#include "dom0less/tree/shared.hpp"
#include "dom0less/tree/signals.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::TreeWriter;

void write_cpus(TreeWriter& tree, const DomainPlan& domain, const fdt::HostDescription& host) {
    tree.begin_node("cpus");
    tree.cells("#address-cells", {1});
    tree.cells("#size-cells", {0});
    for (const VcpuPlan& vcpu : domain.vcpus) {
        write_cpu(tree, vcpu, host);
    }
    tree.end_node();
}

void write_gic(TreeWriter& tree, const GuestGicPlan& gic, u32 phandle) {
    const bool v3 = gic.version != 2;
    const GuestRange& second = v3 ? gic.redistributors : gic.cpu_interface;
    tree.begin_node("interrupt-controller", gic.distributor.start().raw());
    tree.cells("#address-cells", {0});
    tree.cells("#interrupt-cells", {3});
    tree.empty("interrupt-controller");
    tree.text("compatible", v3 ? "arm,gic-v3" : "arm,gic-400");
    if (v3) {
        tree.cells("#redistributor-regions", {1});
    }
    tree.cells64("reg", {gic.distributor.start().raw(), gic.distributor.size(),
                         second.start().raw(), second.size()});
    tree.cells("linux,phandle", {phandle});
    tree.cells("phandle", {phandle});
    tree.end_node();
}

/// Everything of a guest that gets a tree of its own.
void write_own_tree(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                    const fdt::HostDescription& host) {
    TreeContext context;
    context.gic_phandle = domain.partial_tree != nullptr ? partial_gic_phandle(*domain.partial_tree)
                                                         : guest_layout::gic_phandle;
    context.clock_phandle = choose_clock_phandle(domain, domain.partial_tree, context.gic_phandle);
    tree.cells("#address-cells", {2});
    tree.cells("#size-cells", {2});
    tree.text("compatible", "isthmus,guest");
    tree.text("model", "Isthmus guest");
    if (domain.partial_tree != nullptr) {
        tree.cells("interrupt-parent", {context.gic_phandle});  // for nodes that name none
    }
    tree.begin_node("chosen");
    write_chosen(tree, domain, {});
    tree.end_node();
    write_cpus(tree, domain, host);
    write_memory(tree, domain, context.cells);
    write_reserved_memory(tree, plan, domain, context);
    write_gic(tree, domain.gic, context.gic_phandle);
    tree.begin_node("timer");
    tree.text("compatible", "arm,armv8-timer");
    write_timer_interrupts(tree, context);
    write_clock(tree, host);
    tree.end_node();
    write_psci(tree);
    write_hypervisor(tree, domain, context);
    write_emulated(tree, plan, domain, context);
    write_pmem(tree, domain, context.cells);
    if (domain.partial_tree != nullptr) {
        write_partial_tree(tree, *domain.partial_tree);
    }
}

}  // namespace

Result<std::span<const std::byte>> write_guest_tree(const Plan& plan, const DomainPlan& domain,
                                                    const fdt::HostDescription& host,
                                                    std::span<std::byte> buffer) {
    TreeWriter tree(buffer);
    if (domain.is_dom0()) {
        write_dom0_tree(tree, plan, domain, host);
    } else {
        write_own_tree(tree, plan, domain, host);
    }
    return tree.finish();
}

}  // namespace isthmus::dom0less
