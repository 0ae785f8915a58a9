// SPDX-License-Identifier: Apache-2.0
// The generic timer: binding "arm,armv8-timer" (or "arm,armv7-timer").
#include "fdt/interrupts.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/counter_erratum.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fdt {
namespace {

/// By name where the tree names them, else by the binding's order.
u32 timer_intid(const Tree& tree, const Node& node, std::string_view name, usize index) {
    const auto intid = node.has("interrupt-names") ? interrupt_intid(tree, node, name)
                                                   : interrupt_intid(tree, node, index);
    return intid.value_or(0);
}

void require(u32 intid, const Node& node, std::string_view what, Findings& findings) {
    if (intid < first_ppi || intid >= first_spi) {
        findings.add(rules::timer_interrupt, node.path(), "interrupts",
                     "the {} timer's private interrupt is absent or unreadable", what);
    }
}

/// How fast the counter runs, where firmware does not say it, and what is wrong with it.
void read_clock(const Node& node, Timer& timer, Findings& findings) {
    if (const auto frequency = node.property("clock-frequency")) {
        timer.clock_frequency = frequency->single_cell().value_or(0);
        if (timer.clock_frequency < least_clock_frequency) {
            findings.add(rules::timer_frequency, node.path(), "clock-frequency",
                         "not one cell with {} Hz or more", least_clock_frequency);
            timer.clock_frequency = 0;
        }
    }
    for (const NamedCounterErratum& named : named_counter_errata) {
        timer.errata = node.has(named.property) ? timer.errata | named.erratum : timer.errata;
    }
}

}  // namespace

std::optional<Timer> scan_timer(const Tree& tree, Findings& findings) {
    for (usize i = 0; i < tree.node_count(); ++i) {
        const Node node = tree.node(i);
        const bool matches =
            node.is_compatible("arm,armv8-timer") || node.is_compatible("arm,armv7-timer");
        if (!matches || !node.is_enabled()) {
            continue;
        }
        Timer timer;
        timer.path = node.path();
        timer.secure_physical = timer_intid(tree, node, "sec-phys", 0);
        timer.physical = timer_intid(tree, node, "phys", 1);
        timer.virtual_timer = timer_intid(tree, node, "virt", 2);
        timer.hypervisor = timer_intid(tree, node, "hyp-phys", 3);
        read_clock(node, timer, findings);
        require(timer.virtual_timer, node, "virtual", findings);
        require(timer.hypervisor, node, "hypervisor", findings);
        return timer;
    }
    findings.add(rules::no_timer, "/", {}, "no generic timer is described");
    return std::nullopt;
}

}  // namespace isthmus::fdt
