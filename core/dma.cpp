// SPDX-License-Identifier: Apache-2.0
#include "core/dma.hpp"

#include "core/domain.hpp"
#include "core/machine_memory.hpp"
#include "dom0less/rules.hpp"
#include "isthmus/log.hpp"
#include "isthmus/smmu.hpp"

namespace isthmus::core {
namespace {

constexpr u32 logged_faults = 32;

struct Smmu {
    bool is_needed = false;  ///< a device that somebody has is behind it
    bool is_used = false;    ///< it translates
    u32 intid = 0;
    bool edge = false;
    std::string_view path;
    u32 faults = 0;  ///< shown, or counted; by the boot CPU alone
};
constinit std::array<Smmu, limits::smmus> smmus;

template <class Visit>
void visit_streams(const dom0less::Plan& plan, usize smmu, Visit&& visit) {
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const fdt::StreamRange& range : domain.streams) {
            if (range.smmu == smmu) {
                visit(domain, range);
            }
        }
    }
}

bool uses(const dom0less::DomainPlan& domain, usize smmu) {
    for (const fdt::StreamRange& range : domain.streams) {
        if (range.smmu == smmu) {
            return true;
        }
    }
    return false;
}

HostAddress end_of_ram(const fdt::HostDescription& host) {
    return host.memory.empty() ? HostAddress() : host.memory.back().range.end();
}

/// Where its CPUs' tables force cacheability and it cannot, those are made without.
Result<arch::SmmuSupport> probe(usize index, const fdt::HostDescription& host) {
    const fdt::Smmu& found = host.smmus[index];
    const arch::SmmuSupport support = ISTHMUS_TRY(
        arch::probe_smmu(index, {found.registers, found.is_coherent, end_of_ram(host)}));
    if (support != arch::SmmuSupport::no_forced_write_back) {
        return support;
    }
    arch::forgo_forced_write_back();
    return arch::smmu_support(index);
}

/// Devices that were assigned with nothing but this SMMU to hold them back, and those that have it
/// besides.
void report(const dom0less::Plan& plan, usize index, std::string_view why, Findings& findings) {
    for (const dom0less::DomainPlan& domain : plan.domains) {
        if (!uses(domain, index)) {
            continue;
        }
        bool good = true;
        for (const dom0less::DevicePlan& device : domain.devices) {
            if (device.is_behind_smmu && !device.is_forced) {
                findings.add_other(dom0less::rules::dev_smmu, device.asked_by, {},
                                   smmus[index].path,
                                   "the SMMU {} {}: if the device may reach all of memory, say so "
                                   "by xen,force-assign-without-iommu",
                                   smmus[index].path, why);
                good = false;
            }
        }
        if (good) {
            findings.add_other(dom0less::rules::dev_dma, domain.path, {}, smmus[index].path,
                               "the SMMU {} {}: its devices may reach all of memory",
                               smmus[index].path, why);
        }
    }
}

using StreamList = std::array<arch::StreamIds, limits::smmu_streams>;

Result<std::span<const arch::StreamIds>> collect(const dom0less::Plan& plan, usize smmu,
                                                 StreamList& list) {
    usize count = 0;
    bool fits = true;
    visit_streams(plan, smmu, [&](const dom0less::DomainPlan&, const fdt::StreamRange& range) {
        fits = fits && count < list.size();
        if (fits) {
            list[count++] = {range.first, range.count};
        }
    });
    if (!fits) {
        return fail(Error::out_of_memory);
    }
    return std::span<const arch::StreamIds>(list.data(), count);
}

Result<void> start(const dom0less::Plan& plan, usize index) {
    static constinit StreamList list;
    const auto streams = ISTHMUS_TRY(collect(plan, index, list));
    const u64 bytes = arch::smmu_memory_bytes(index, streams);
    const HostAddress memory = ISTHMUS_TRY(allocate_pages(mm::order_for(bytes)));
    return arch::init_smmu(index, streams, *HostRange::from(memory, bytes));
}

Result<void> attach(const Domain& domain) {
    for (const fdt::StreamRange& range : domain.plan->streams) {
        if (smmus[range.smmu].is_used) {
            ISTHMUS_TRY(
                arch::attach_streams(range.smmu, {range.first, range.count}, domain.control));
        }
    }
    return {};
}

void listen() {
    for (const Smmu& smmu : smmus) {
        if (smmu.is_used && smmu.intid != 0) {
            arch::prepare_interrupt(smmu.intid, arch::cpu_index(),
                                    smmu.edge ? arch::Trigger::edge : arch::Trigger::level);
            arch::set_interrupt_enabled(smmu.intid, true);
        }
    }
}

void show_fault(void* context, const arch::DmaFault& fault) {
    Smmu& smmu = *static_cast<Smmu*>(context);
    if (smmu.faults++ >= logged_faults) {
        return;
    }
    if (fault.has_access) {
        log("{}: stream {x} {} {x}: {}", smmu.path, fault.stream,
            fault.is_write ? "writes to" : "reads from", fault.address, fault.name);
    } else {
        log("{}: stream {x}: {}", smmu.path, fault.stream, fault.name);
    }
}

void show_events(usize index) {
    Smmu& smmu = smmus[index];
    arch::DmaEvents events;
    do {
        events = arch::take_dma_events(index, show_fault, &smmu);
        if (events.errors != 0) {
            log("{}: errors {x} of its own", smmu.path, events.errors);
        }
        // What a device does without end must not keep this CPU: past the lines shown, one look.
    } while (events.has_more && smmu.faults < logged_faults);
}

}  // namespace

void check_smmus(const dom0less::Plan& plan, const fdt::HostDescription& host, Findings& findings) {
    for (usize index = 0; index < host.smmus.size(); ++index) {
        Smmu& smmu = smmus[index];
        const fdt::Smmu& found = host.smmus[index];
        smmu = {false, false, found.event_intid, found.event_edge, found.path, 0};
        visit_streams(plan, index, [&](const dom0less::DomainPlan&, const fdt::StreamRange&) {
            smmu.is_needed = true;
        });
        if (!smmu.is_needed) {
            continue;
        }
        const auto support = probe(index, host);
        smmu.is_used = support && *support == arch::SmmuSupport::usable;
        if (!smmu.is_used) {
            report(plan, index,
                   support ? arch::smmu_support_text(*support) : "has registers out of reach",
                   findings);
        }
    }
}

Result<void> hold_devices(const dom0less::Plan& plan, const fdt::HostDescription& host,
                          std::span<const Domain> domains) {
    for (usize index = 0; index < host.smmus.size(); ++index) {
        if (smmus[index].is_used) {
            ISTHMUS_TRY(start(plan, index));
        }
    }
    for (const Domain& domain : domains) {
        ISTHMUS_TRY(attach(domain));
    }
    listen();
    return {};
}

bool on_smmu_interrupt(u32 intid) {
    bool found = false;
    for (usize index = 0; index < smmus.size(); ++index) {
        if (smmus[index].is_used && smmus[index].intid == intid) {
            show_events(index);
            found = true;
        }
    }
    return found;
}

bool detach_devices(const Domain& domain) {
    bool held = true;
    for (const dom0less::DevicePlan& device : domain.plan->devices) {
        held = held && device.is_behind_smmu;
    }
    for (const fdt::StreamRange& range : domain.plan->streams) {
        held = smmus[range.smmu].is_used &&
               arch::detach_streams(range.smmu, {range.first, range.count}).has_value() && held;
    }
    return held && arch::invalidate_dma(domain.control.vttbr).has_value();
}

}  // namespace isthmus::core
