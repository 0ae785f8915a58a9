// SPDX-License-Identifier: Apache-2.0
#include "core/audit/audit.hpp"

#include <algorithm>
#include <array>

#include "core/audit/channels.hpp"
#include "core/audit/doorbells.hpp"
#include "core/audit/emulated.hpp"
#include "core/audit/report.hpp"
#include "core/audit/streams.hpp"
#include "core/device/device_lines.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/region_account.hpp"
#include "core/run/shared_work.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

using dom0less::HostUse;
using dom0less::HostUsePlan;
using dom0less::MappingPlan;

const char* kind_text(mm::MapDifference::Kind kind) {
    switch (kind) {
        case mm::MapDifference::Kind::missing:
            return "is planned and not mapped";
        case mm::MapDifference::Kind::unplanned:
            return "is mapped and not planned";
        case mm::MapDifference::Kind::host:
            return "is mapped to other memory";
        case mm::MapDifference::Kind::type:
            return "is mapped as something else";
        case mm::MapDifference::Kind::rights:
            return "has a descriptor whose rights are not those of its type";
    }
    return "differs";
}

/// Its CPUs, and SMMUs for its devices, translate by the tables that the audit looks at, under a
/// number (VMID) of its own.
void audit_control(const Domain& domain, usize index, AuditReport& report) {
    const arch::GuestControl& found = domain.control;
    const arch::GuestControl planned =
        arch::make_guest_control(static_cast<u16>(index + 1), domain.map->table().root());
    if (found.vttbr != planned.vttbr || found.vtcr != planned.vtcr) {
        report.differ("audit: {} runs by VTTBR_EL2 {x} and VTCR_EL2 {x}: planned {x} and {x}",
                      domain.plan->name, found.vttbr, found.vtcr, planned.vttbr, planned.vtcr);
    }
}

/// A part of the tables of one domain against its plan, both ways.
void audit_tables(const Domain& domain, GuestRange part, AuditReport& report) {
    const auto differs = [&](const mm::MapDifference& difference) {
        report.differ("audit: {} {} {}: planned host {}, found {}, descriptor {x}",
                      domain.plan->name, difference.guest, kind_text(difference.kind),
                      difference.expected_host, difference.found_host, difference.descriptor);
    };
    const mm::AuditCount count =
        mm::audit_map(domain.map->table(), domain.plan->mappings, part, differs);
    report.count.leaves += count.leaves;
    report.count.pages += count.pages;
}

bool may_reach(const HostUsePlan& use, const MappingPlan& mapping, DomainId id) {
    if (mapping.type == mm::MappingType::reserved_rw) {
        return use.use == HostUse::reserved && id == DomainId::dom0;
    }
    if (use.use == HostUse::domain_ram) {
        return use.owner == id && is_private_ram(mapping);
    }
    return use.use == HostUse::shared && mapping.region && use.region == *mapping.region;
}

/// A mapping reaches the domain's own RAM, or a region it has a view of: nothing else of RAM.
void audit_reach(const Domain& domain, AuditReport& report) {
    for (const MappingPlan& mapping : domain.plan->mappings) {
        const HostRange reached = host_range(mapping);
        for (const HostUsePlan& use : plan().host_map) {
            if (use.range.overlaps(reached) && !may_reach(use, mapping, domain.plan->id)) {
                report.differ("audit: {} reaches {}, which is not its own", domain.plan->name,
                              use.range.intersection(reached));
            }
        }
        report.shared_pages += mapping.region ? mapping.guest.pages() : 0;
    }
}

/// GICV: each CPU has its own there.
bool is_cpu_interface(const Domain& domain, const MappingPlan& mapping) {
    return mapping.type == mm::MappingType::device &&
           mapping.guest == domain.plan->gic.cpu_interface;
}

/// Two domains reach one page only as views of one region, or as their CPU's interface.
void audit_pairs(const Domain& first, const Domain& second, AuditReport& report) {
    for (const MappingPlan& one : first.plan->mappings) {
        for (const MappingPlan& other : second.plan->mappings) {
            const bool same_region = one.region && other.region && *one.region == *other.region;
            const bool interfaces = is_cpu_interface(first, one) && is_cpu_interface(second, other);
            if (!same_region && !interfaces && host_range(one).overlaps(host_range(other))) {
                report.differ("audit: {} and {} both reach {}", first.plan->name, second.plan->name,
                              host_range(one).intersection(host_range(other)));
            }
        }
    }
}

/// Owner and count of every page that the domain has for itself.
void audit_ram(const Domain& domain, AuditReport& report) {
    for (const HostUsePlan& use : plan().host_map) {
        if (!is_ram_of(use, domain.plan->id)) {
            continue;
        }
        const u64 planned = mm::page_word::allocated(use.owner, 1, use.is_static);
        u64 wrong = 0;
        for (const mm::PageInfo& page : frames().frames(use.range)) {
            wrong += page.word(Order::relaxed) != planned ? 1u : 0u;  // nobody changes them yet
        }
        if (wrong != 0) {
            report.differ("audit: {} pages of {} have another owner or count than {}, 1", wrong,
                          use.range, owner_name(use.owner));
        }
    }
}

void audit_regions(AuditReport& report) {
    for (u32 number = 0; number < plan().regions.size(); ++number) {
        const RegionAccount account = account_region(number);
        if (account.wrong_pages != 0) {
            report.differ("audit: region {}: {} pages have another owner or count than planned",
                          plan().regions[number].id, account.wrong_pages);
        }
    }
}

/// A region that Isthmus writes, and guests only read.
bool is_system_region(std::optional<u32> region) {
    return region && plan().regions[*region].is_system();
}

/// What Isthmus may see of RAM for good: itself, its plan, the boot tree, the heap, and the regions
/// that it writes for guests to read.
struct OwnMap {
    AuditReport& report;

    static bool is_own(const HostUsePlan& entry) {
        const HostUse use = entry.use;
        return use == HostUse::isthmus || use == HostUse::arena || use == HostUse::boot_tree ||
               use == HostUse::heap || (use == HostUse::shared && is_system_region(entry.region));
    }
    void check_one(const arch::OwnMapping& mapping) const {
        bool in_image = false;
        for (const HostUsePlan& use : plan().host_map) {
            if (use.range.overlaps(mapping.host) && !is_own(use)) {
                report.differ("audit: Isthmus's own map shows {}, which is not its own",
                              use.range.intersection(mapping.host));
            }
            in_image =
                in_image || (use.use == HostUse::isthmus && use.range.contains(mapping.host));
        }
        for (const Domain& domain : domains()) {
            for (const MappingPlan& reached : domain.plan->mappings) {
                const bool only_reads =
                    is_system_region(reached.region) && reached.type == mm::MappingType::foreign_ro;
                if (!only_reads && host_range(reached).overlaps(mapping.host)) {
                    report.differ("audit: {} reaches {}, which Isthmus uses itself",
                                  domain.plan->name,
                                  host_range(reached).intersection(mapping.host));
                }
            }
        }
        if (mapping.executable && (mapping.writable || !in_image)) {
            report.differ("audit: Isthmus's own map could execute {}", mapping.host);
        }
    }
    static void visit(void* context, const arch::OwnMapping& mapping) {
        static_cast<const OwnMap*>(context)->check_one(mapping);
    }
};

/// Each line of the machine comes to the one domain that the plan gives it to.
void audit_lines(const Domain& domain, AuditReport& report) {
    for (const dom0less::InterruptRoutePlan& route : domain.plan->interrupts) {
        if (route.is_device_line() && line_owner(*route.host_intid) != &domain) {
            report.differ("audit: interrupt {} of {} does not come to {}", *route.host_intid,
                          route.device, domain.plan->name);
        }
    }
}

void audit_caching(const Domain& domain, AuditReport& report) {
    if (arch::forces_write_back() && dom0less::chooses_caching(*domain.plan)) {
        report.differ(
            "audit: stage 2 forces all memory to be cached, also that of {}, whose "
            "devices may go past the caches",
            domain.plan->name);
    }
}

/// What is one domain's, and what it and those behind it both reach.
void audit_domain(usize index, AuditReport& report) {
    const std::span<const Domain> all = domains();
    const Domain& domain = all[index];
    audit_domain_but_map(domain, report);
    audit_tables(domain, domain.map->table().whole(), report);
    for (const Domain& other : all.subspan(index + 1)) {
        audit_pairs(domain, other, report);
    }
    audit_ram(domain, report);
}

/// All CPUs look at once, each at its domains, and only count.
struct SharedAudit {
    std::array<AuditReport, limits::domains> reports{};

    static void look(void* context, usize index) {
        AuditReport& report = static_cast<SharedAudit*>(context)->reports[index];
        report.only_counts = true;
        audit_domain(index, report);
    }
};

/// If there is a difference this CPU looks again, at one after the other, and says what it is.
void audit_domains(AuditReport& report) {
    SharedAudit shared;
    work_on_domains(SharedAudit::look, &shared);
    for (const AuditReport& part : shared.reports) {
        report.add(part);
    }
    if (const u64 found = report.differences; found != 0) {
        report = {};
        for (usize index = 0; index < domains().size(); ++index) {
            audit_domain(index, report);
        }
        report.differences = std::max(report.differences, found);
    }
}

}  // namespace

void audit_domain_but_map(const Domain& domain, AuditReport& report) {
    audit_control(domain, static_cast<usize>(&domain - domains().data()), report);
    audit_caching(domain, report);
    audit_reach(domain, report);
    audit_lines(domain, report);
    audit_emulated(domain, report);
    audit_doorbells(domain, report);
    audit_channels(domain, report);
}

std::optional<GuestAddress> audit_map_piece(const Domain& domain, GuestAddress from,
                                            AuditReport& report) {
    constexpr u64 looked_at_once = 128 * page_size;
    const auto part =
        mm::next_audit_part(domain.map->table(), domain.plan->mappings, from, looked_at_once);
    if (!part) {
        return std::nullopt;
    }
    audit_tables(domain, *part, report);
    return part->end();
}

bool audit() {
    const u64 began = arch::counter();
    AuditReport report;
    audit_domains(report);
    audit_regions(report);
    OwnMap own{report};
    arch::visit_own_map(OwnMap::visit, &own);
    audit_streams(domains(), report);
    const u64 ticks = arch::counter() - began;
    const u64 microseconds = ticks * 1'000'000 / arch::counter_frequency();
    if (report.differences != 0) {
        log("audit: {} differences between the plan and what was built", report.differences);
        return false;
    }
    TextBuffer<32> streams;  // where there are any
    if (report.streams != 0) {
        print(streams, ", {} streams", report.streams);
    }
    log("audit: ok, {} mappings, {} pages, {} shared{}, in {} us ({} ticks)", report.count.leaves,
        report.count.pages, report.shared_pages, streams.view(), microseconds, ticks);
    return true;
}

}  // namespace isthmus::core
