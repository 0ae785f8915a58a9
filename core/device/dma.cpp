// SPDX-License-Identifier: Apache-2.0
#include "core/device/dma.hpp"

#include "core/device/dma_faults.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "dom0less/memory/heap_need.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/smmu.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::core {
namespace {

constinit std::array<Smmu, limits::smmus> all_smmus;

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
                                   all_smmus[index].path,
                                   "the SMMU {} {}: if the device may reach all of memory, say so "
                                   "by xen,force-assign-without-iommu",
                                   all_smmus[index].path, why);
                good = false;
            }
        }
        if (good) {
            findings.add_other(dom0less::rules::dev_dma, domain.path, {}, all_smmus[index].path,
                               "the SMMU {} {}: its devices may reach all of memory",
                               all_smmus[index].path, why);
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

constinit StreamList list;

/// Rule dev-smmu, of an SMMU that will be used: a limit of this build, or its stream table, whose
/// shape only the machine knows, is larger than was set aside and than the heap has to spare.
void check_streams(const dom0less::Plan& plan, usize index, u64& spare, Findings& findings) {
    const auto streams = collect(plan, index, list);
    const std::string_view path = all_smmus[index].path;
    if (!streams) {
        findings.add(dom0less::rules::dev_smmu, path, {},
                     "devices behind it have more than {} ranges of stream IDs",
                     limits::smmu_streams);
        return;
    }
    const u64 bytes = page_size << mm::order_for(arch::smmu_memory_bytes(index, *streams));
    const u64 planned = dom0less::stream_bytes(plan, index);
    const u64 more = bytes > planned ? bytes - planned : 0;
    if (more > spare) {
        findings.add(dom0less::rules::dev_smmu, path, {},
                     "its queues and stream table have {}, but {} are set aside for {} ranges of "
                     "stream IDs and {} are to spare",
                     byte_size(bytes), byte_size(planned), streams->size(), byte_size(spare));
    }
    spare -= more < spare ? more : spare;
}

Result<void> start(const dom0less::Plan& plan, usize index) {
    const auto streams = ISTHMUS_TRY(collect(plan, index, list));
    const u64 bytes = arch::smmu_memory_bytes(index, streams);
    const HostAddress memory = ISTHMUS_TRY(allocate_pages(mm::order_for(bytes)));
    return arch::init_smmu(index, streams, *HostRange::from(memory, bytes));
}

}  // namespace

std::span<const Smmu> smmus() {
    return all_smmus;
}

void check_smmus(const dom0less::Plan& plan, const fdt::HostDescription& host, Findings& findings) {
    const u64 need = dom0less::count_heap(plan, host).total();
    const u64 capacity = dom0less::heap_capacity(plan, host);
    u64 spare = capacity > need ? capacity - need : 0;
    for (usize index = 0; index < host.smmus.size(); ++index) {
        Smmu& smmu = all_smmus[index];
        const fdt::Smmu& found = host.smmus[index];
        smmu = {false, false, found.event_intid, found.event_edge, found.path};
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
        } else {
            check_streams(plan, index, spare, findings);
        }
    }
}

Result<void> hold_devices(const dom0less::Plan& plan, const fdt::HostDescription& host,
                          std::span<const Domain> domains) {
    for (usize index = 0; index < host.smmus.size(); ++index) {
        if (all_smmus[index].is_used) {
            ISTHMUS_TRY(start(plan, index));
        }
    }
    for (const Domain& domain : domains) {
        ISTHMUS_TRY(attach_devices(domain));
    }
    listen_to_smmus();
    return {};
}

Result<void> attach_devices(const Domain& domain) {
    for (const fdt::StreamRange& range : domain.plan->streams) {
        if (all_smmus[range.smmu].is_used) {
            ISTHMUS_TRY(
                arch::attach_streams(range.smmu, {range.first, range.count}, domain.control));
        }
    }
    return {};
}

bool detach_devices(const Domain& domain) {
    bool held = true;
    for (const dom0less::DevicePlan& device : domain.plan->devices) {
        held = held && device.is_behind_smmu;
    }
    for (const fdt::StreamRange& range : domain.plan->streams) {
        held = all_smmus[range.smmu].is_used &&
               arch::detach_streams(range.smmu, {range.first, range.count}).has_value() && held;
    }
    return held && arch::invalidate_dma(domain.control.vttbr).has_value();
}

}  // namespace isthmus::core
