// SPDX-License-Identifier: Apache-2.0
#include "core/boot/machine_checks.hpp"

#include <bit>

#include "core/boot/steps.hpp"
#include "fdt/rules.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/counter_erratum.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::core {
namespace {

unsigned bits_of(u64 end) {
    return end == 0 ? 0 : static_cast<unsigned>(std::bit_width(end - 1));
}

unsigned needed_bits(const dom0less::Plan& plan) {
    unsigned bits = 0;
    const auto include = [&](u64 end) { bits = bits_of(end) > bits ? bits_of(end) : bits; };
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        include(use.range.end().raw());
    }
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const dom0less::MappingPlan& mapping : domain.mappings) {
            include(mapping.guest.end().raw());
            include(mapping.host.raw() + mapping.guest.size());
        }
    }
    return bits;
}

/// RAM that nobody is given: firmware's.
bool is_left_alone(dom0less::HostUse use) {
    return use == dom0less::HostUse::reserved || use == dom0less::HostUse::memreserve;
}

struct LpiCheck {
    const dom0less::Plan& plan;
    std::string_view path;
    Findings& findings;
    HostRange told;  ///< every redistributor may have the same one

    void look(HostRange table) {
        for (const dom0less::HostUsePlan& use : plan.host_map) {
            if (use.range.overlaps(table) && !is_left_alone(use.use) && table != told) {
                findings.add(fdt::rules::gic_lpi, path, {},
                             "firmware has turned LPIs or an ITS on, they stay on, and their table "
                             "{} is in RAM that would be used: it has to stand in "
                             "/reserved-memory",
                             table);
                told = table;
            }
        }
    }
    static void visit(void* context, HostRange table) {
        static_cast<LpiCheck*>(context)->look(table);
    }
};

}  // namespace

void start_clock(const fdt::HostDescription& host, Findings& findings) {
    if (!host.timer) {
        return;
    }
    arch::init_counter(host.timer->clock_frequency, host.timer->errata);
    if (arch::counter_frequency() < fdt::least_clock_frequency) {
        findings.add(fdt::rules::timer_frequency, host.timer->path, "clock-frequency",
                     "absent, and firmware has left CNTFRQ_EL0 at {}: nothing says how fast the "
                     "counter runs",
                     arch::counter_frequency());
    }
}

void check_addresses(const dom0less::Plan& plan, const fdt::HostDescription& host,
                     Findings& findings) {
    const unsigned needed = needed_bits(plan);
    const bool tree_says = host.timer->clock_frequency != 0;
    arch::require_of_cpus(needed, !tree_says);
    if (arch::cpu_address_bits() < needed) {
        findings.add(fdt::rules::address_size, "/cpus", {},
                     "RAM, devices and guests take up {} bits of address, of which the boot CPU "
                     "has {}",
                     needed, arch::cpu_address_bits());
    }
}

void check_interrupt_controller(const dom0less::Plan& plan, const fdt::HostDescription& host,
                                Findings& findings) {
    LpiCheck check{plan, host.gic->path, findings, {}};
    const Result<void> opened =
        arch::find_interrupts(describe_controller(host), LpiCheck::visit, &check);
    if (!opened) {
        findings.add(fdt::rules::gic_reg, host.gic->path, "reg",
                     "no GICv{} answers there (error {})", u32{host.gic->version},
                     static_cast<u32>(opened.error()));
    }
}

}  // namespace isthmus::core
