// SPDX-License-Identifier: Apache-2.0
#include "dom0less/tree/dom0_tree.hpp"

#include "dom0less/read/host_nodes.hpp"
#include "dom0less/tree/dom0_gic_node.hpp"
#include "dom0less/tree/shared.hpp"
#include "dom0less/tree/signals.hpp"
#include "fdt/gic_node.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;
using fdt::Property;
using fdt::TreeWriter;

/// One that no node of the tree has.
u32 free_phandle(const fdt::Tree& tree) {
    u32 largest = 0;
    for (usize i = 0; i < tree.node_count(); ++i) {
        const u32 each = tree.node(i).phandle();
        largest = each > largest && each != ~u32{0} ? each : largest;
    }
    return largest + 1;
}

bool is_timer(const Node& node) {
    return node.is_compatible("arm,armv8-timer") || node.is_compatible("arm,armv7-timer");
}

bool names_interrupt(std::string_view property) {
    return property == "interrupts" || property == "interrupts-extended" ||
           property == "interrupt-names" || property == "interrupt-parent";
}

class Dom0Tree {
  public:
    Dom0Tree(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
             const fdt::HostDescription& host)
        : tree_(tree), plan_(plan), domain_(domain), host_(host), source_(*plan.boot_tree) {
        context_.cells = fdt::child_cells(source_.root());
        if (const auto gic = source_.find(host.gic->path)) {
            const auto cells = gic->property("#interrupt-cells");
            context_.interrupt_cells = cells ? cells->single_cell().value_or(3) : 3;
            context_.gic_phandle = gic->phandle();
        }
        if (context_.gic_phandle == 0) {
            context_.gic_phandle = free_phandle(source_);
        }
        context_.clock_phandle = choose_clock_phandle(domain, &source_, context_.gic_phandle);
    }

    void write() {
        const Node root = source_.root();
        copy_properties(root);
        write_memory(tree_, domain_, context_.cells);
        bool has_reserved = false;
        for (const Node child : root.children()) {
            has_reserved = has_reserved || child.name() == "reserved-memory";
            write_child_of_root(child);
        }
        if (!has_reserved) {
            write_reserved_memory(tree_, plan_, domain_, context_);
        }
        write_psci(tree_);
        write_hypervisor(tree_, domain_, context_);
        write_emulated(tree_, plan_, domain_, context_);
        write_pmem(tree_, domain_, context_.cells);
    }

  private:
    void write_child_of_root(const Node& node) {
        const std::string_view name = node.name();
        const bool has_ours = domain_.xen.interface == XenInterface::node;
        if (node.text("device_type") == "memory" || (has_ours && name == "hypervisor")) {
            return;
        }
        if (name == "chosen") {
            write_chosen_node(node);
        } else if (name == "cpus") {
            write_cpus();
        } else if (name == "aliases") {
            write_aliases(node);
        } else if (name == "reserved-memory") {
            write_reserved(node);
        } else {
            copy(node);
        }
    }

    bool is_withheld(const Node& node) const {
        const u32 number = node.number();
        for (const u32 each : plan_.not_for_dom0) {
            if (each >= number) {
                return each == number;
            }
        }
        return false;
    }

    /// The node and all below it. Depth is bounded by what Tree::open accepts.
    // NOLINTNEXTLINE(misc-no-recursion)
    void copy(const Node& node) {
        if (fdt::gic_version(node) != 0 && node.path() == host_.gic->path) {
            write_dom0_gic(tree_, node, domain_.gic, context_.gic_phandle);
        } else if (is_timer(node)) {
            write_timer(node);
        } else if (!is_withheld(node) && !is_replaced(node)) {
            tree_.begin_node(node.name());
            copy_properties(node);
            for (const Node child : node.children()) {
                copy(child);
            }
            tree_.end_node();
        }
    }

    void copy_properties(const Node& node) {
        for (const Property& property : node.properties()) {
            if (!leads_to_ours(property)) {
                tree_.bytes(property.name, property.value);
            }
        }
    }

    /// Ways to an IOMMU or a controller of message-signalled interrupts that Dom0 has not: drivers
    /// then do without. The masks of maps mean nothing without them.
    bool leads_to_ours(const Property& property) const {
        const std::string_view name = property.name;
        const bool is_list = name == "iommus" || name == "msi-parent";
        const bool is_map = name == "iommu-map" || name == "msi-map";
        const usize at = is_map ? 1 : 0;
        if ((!is_list && !is_map) || !property.is_cells() || property.cell_count() <= at) {
            return false;
        }
        const auto target = source_.find_phandle(property.cell(at));
        return !target || is_own_device(*target, host_);
    }

    void write_chosen_node(const Node& node) {
        tree_.begin_node("chosen");
        write_chosen(tree_, domain_, host_.console ? "" : node.text("stdout-path"));
        for (const std::string_view name : {"kaslr-seed", "rng-seed"}) {
            if (const auto seed = node.property(name)) {
                tree_.bytes(name, seed->value);
            }
        }
        tree_.end_node();
    }

    /// vCPUs have the phandles of CPUs, in order, for those who ask how near a CPU is to something,
    /// or what to cool.
    void write_cpus() {
        tree_.begin_node("cpus");
        tree_.cells("#address-cells", {1});
        tree_.cells("#size-cells", {0});
        for (const VcpuPlan& vcpu : domain_.vcpus) {
            const auto node =
                vcpu.id < host_.cpus.size() ? source_.find(host_.cpus[vcpu.id].path) : std::nullopt;
            write_cpu(tree_, vcpu, host_, node ? &*node : nullptr);
        }
        tree_.end_node();
    }

    void write_aliases(const Node& node) {
        tree_.begin_node("aliases");
        for (const Property& property : node.properties()) {
            const std::string_view path = property.text().value_or(std::string_view{});
            const auto target = path.starts_with('/') ? source_.find(path) : std::nullopt;
            const bool is_console =
                target && host_.console && target->path() == host_.console->path;
            const auto own_console = console_path(domain_);
            if (is_console && !own_console.view().empty()) {
                tree_.text(property.name, own_console.view());
            } else if (!target || !is_withheld(*target)) {
                tree_.bytes(property.name, property.value);
            }
        }
        tree_.end_node();
    }

    void write_reserved(const Node& node) {
        tree_.begin_node(node.name());
        copy_properties(node);
        TreeContext inside = context_;
        inside.cells = fdt::child_cells(node);
        write_regions(tree_, plan_, domain_, inside);
        for (const Node child : node.children()) {
            copy(child);
        }
        tree_.end_node();
    }

    void write_timer(const Node& node) {
        tree_.begin_node(node.name());
        for (const Property& property : node.properties()) {
            if (!names_interrupt(property.name)) {
                tree_.bytes(property.name, property.value);
            }
        }
        write_timer_interrupts(tree_, context_);
        tree_.end_node();
    }

    TreeWriter& tree_;
    const Plan& plan_;
    const DomainPlan& domain_;
    const fdt::HostDescription& host_;
    const fdt::Tree& source_;
    TreeContext context_;
};

}  // namespace

void write_dom0_tree(TreeWriter& tree, const Plan& plan, const DomainPlan& domain,
                     const fdt::HostDescription& host) {
    Dom0Tree(tree, plan, domain, host).write();
}

}  // namespace isthmus::dom0less
