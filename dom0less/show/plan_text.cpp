// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/plan_text.hpp"

#include "dom0less/plan/plan.hpp"
#include "dom0less/show/plan_text_devices.hpp"
#include "dom0less/show/plan_text_health.hpp"
#include "fdt/words.hpp"

namespace isthmus::dom0less {
namespace {

using Text = TextBuffer<256>;

std::string_view owner_name(const Plan& plan, DomainId id) {
    if (const DomainPlan* domain = find_domain(plan, id)) {
        return domain->name;
    }
    switch (id) {
        case DomainId::dom_io:
            return "dom_io";
        case DomainId::dom_isthmus:
            return "Isthmus";
        default:
            return "-";
    }
}

std::string_view describe(mm::MappingType type) {
    switch (type) {
        case mm::MappingType::ram_rw:
            return "RAM";
        case mm::MappingType::ram_ro:
            return "own ro";
        case mm::MappingType::shared_rw:
            return "own rw";
        case mm::MappingType::device:
            return "device";
        case mm::MappingType::device_nc:
            return "prefetch";
        case mm::MappingType::foreign_rw:
            return "foreign rw";
        case mm::MappingType::foreign_ro:
            return "foreign ro";
        case mm::MappingType::reserved_rw:
            return "reserved";
    }
    return {};
}

std::string_view describe(HostUse use) {
    switch (use) {
        case HostUse::isthmus:
            return "Isthmus";
        case HostUse::boot_tree:
            return "boot tree";
        case HostUse::module:
            return "module";
        case HostUse::reserved:
            return "reserved";
        case HostUse::memreserve:
            return "kept out";
        case HostUse::domain_ram:
            return "RAM";
        case HostUse::shared:
            return "shared";
        case HostUse::heap:
            return "heap";
        case HostUse::unused:
            return "unused";
        case HostUse::arena:
            return "planning";
    }
    return {};
}

/// "\"name\"" of a text id, the bare number of a cell.
Text region_name(const shm::RegionPlan& region) {
    Text text;
    const bool is_text = region.dialect == shm::RegionPlan::Dialect::text;
    print(text, is_text ? "\"{}\"" : "{}", region.id);
    return text;
}

u32 number_of(const VcpuPlan& vcpu) {
    return vcpu.host_cpu;
}
u32 number_of(u32 cpu) {
    return cpu;
}

/// "0-3,5": CPUs in the order of the list; "-" for none.
template <class T>
Text cpu_list(std::span<const T> list) {
    Text text;
    usize i = 0;
    while (i < list.size()) {
        const u32 first = number_of(list[i]);
        u32 last = first;
        while (++i < list.size() && number_of(list[i]) == last + 1) {
            ++last;
        }
        print(text, first == last ? "{}" : "{}-{}", first, last);
        text.write(i < list.size() ? "," : "");
    }
    text.write(list.empty() ? "-" : "");
    return text;
}

/// Their names; "-" for none.
Text emulated_list(const DomainPlan& domain) {
    Text text;
    for (const EmulatedDevicePlan& device : domain.emulated) {
        print(text, text.view().empty() ? "{}" : ",{}", device.name);
    }
    text.write(domain.emulated.empty() ? "-" : "");
    return text;
}

void print_domains(TextSink& sink, const Plan& plan) {
    print(sink, "{-4} {-16} {-10} {-5} {-9} {-8} {-23} {}\n", "dom", "name", "memory", "vCPUs",
          "on CPUs", "emulated", "kernel", "ramdisk");
    for (const DomainPlan& domain : plan.domains) {
        Text row;
        print(row, "d{-3} {-16} ", static_cast<u32>(domain.id), domain.name);
        print(row, "{-10} {-5} {-9} {-8} ", byte_size(domain.memory_bytes), domain.vcpus.size(),
              cpu_list(domain.vcpus).view(), emulated_list(domain).view());
        print(row, "{-23} ", domain.kernel.host);
        if (domain.ramdisk) {
            print(row, "{}", domain.ramdisk->host);
        } else {
            row.write("-");
        }
        sink.write(row.view());
        sink.write("\n");
    }
}

/// Only where CPUs are divided or shared: else each vCPU simply has its own.
void print_pools(TextSink& sink, const Plan& plan) {
    if (plan.pools.size() == 1 && plan.pools[0].scheduler == Options::Scheduler::null) {
        return;
    }
    print(sink, "{-18} {-9} {-9} {-9} {}\n", "pool", "CPUs", "scheduler", "slice", "domains");
    for (usize i = 0; i < plan.pools.size(); ++i) {
        const CpuPoolPlan& pool = plan.pools[i];
        const bool shares = pool.scheduler == Options::Scheduler::rr;
        Text slice;
        print(slice, shares ? "{} ms" : "-", plan.options.slice_ms);
        print(sink, "{-18} {-9} {-9} {-9}", pool.path.empty() ? "other CPUs" : pool.path,
              cpu_list(pool.cpus).view(), scheduler_name(pool.scheduler), slice.view());
        for (const DomainPlan& domain : plan.domains) {
            if (domain.pool == i) {
                print(sink, domain.priority == 0 ? " {}" : " {} (priority {})", domain.name,
                      domain.priority);
            }
        }
        sink.write("\n");
    }
}

Text borrower_list(const Plan& plan, const shm::RegionPlan& region) {
    Text text;
    for (usize i = 0; i < region.borrowers.size(); ++i) {
        print(text, i == 0 ? "{}" : ",{}", owner_name(plan, region.borrowers[i]));
    }
    if (region.borrowers.empty()) {
        text.write("-");
    }
    return text;
}

void print_regions(TextSink& sink, const Plan& plan) {
    if (plan.regions.empty()) {
        return;
    }
    print(sink, "{-18} {-7} {-9} {-23} {-12} ", "region", "dialect", "size", "host", "owner");
    print(sink, "{-4} {}\n", "refs", "borrowers");
    for (const shm::RegionPlan& region : plan.regions) {
        const bool is_text = region.dialect == shm::RegionPlan::Dialect::text;
        for (usize i = 0; i < region.host.size(); ++i) {
            if (i > 0) {
                print(sink, "{-36} {}\n", "", region.host[i]);
                continue;
            }
            print(sink, "{-18} {-7} {-9} {-23} {-12} ", region_name(region).view(),
                  is_text ? "text" : "cell", byte_size(region.size), region.host[i],
                  owner_name(plan, region.owner));
            print(sink, "{-4} {}{}\n", region.references_per_page,
                  borrower_list(plan, region).view(), region.has_doorbells ? ", doorbells" : "");
            if (region.has_subject()) {
                print(sink, "{-18} of {}, which Isthmus alone writes\n", "",
                      region_name(plan.regions[region.subject]).view());
            } else if (region.is_system()) {
                print(sink, "{-18} of all domains, which Isthmus alone writes\n", "");
            }
        }
    }
}

/// What Dom0 sees of the machine's own is summed up below.
void print_mappings(TextSink& sink, const Plan& plan) {
    print(sink, "{-16} {-25} {-13} {-9} {-10} {}\n", "who sees", "guest", "at host", "size", "as",
          "region");
    for (const DomainPlan& domain : plan.domains) {
        for (const MappingPlan& mapping : domain.mappings) {
            if (domain.is_dom0() && is_passed_through(domain, mapping)) {
                continue;
            }
            print(sink, "{-16} {-25} {-13} ", domain.name, mapping.guest, mapping.host);
            print(sink, "{-9} {-10} ", byte_size(mapping.guest.size()), describe(mapping.type));
            if (mapping.region) {
                sink.write(region_name(plan.regions[*mapping.region]).view());
            } else {
                sink.write("-");
            }
            sink.write("\n");
        }
    }
}

}  // namespace

void print_plan(TextSink& sink, const Plan& plan, const fdt::HostDescription& host) {
    u64 ram = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        ram += bank.range.size();
    }
    print(sink, "plan for {}: {} CPUs, {} of RAM, GICv{}\n",
          host.model.empty() ? "an unnamed machine" : fdt::printable(host.model), host.cpus.size(),
          byte_size(ram), host.gic ? host.gic->version : u8{0});
    if (plan.domains.empty()) {
        sink.write("no guests\n");
        return;
    }
    print_domains(sink, plan);
    print_pools(sink, plan);
    print_endings(sink, plan);
    print_regions(sink, plan);
    print_mappings(sink, plan);
    print_devices(sink, plan);
}

void print_host_map(TextSink& sink, const Plan& plan) {
    print(sink, "{-25} {-10} {-10} {-16} {-7} {}\n", "host RAM", "size", "use", "owner", "static",
          "asked for by");
    for (const HostUsePlan& entry : plan.host_map) {
        print(sink, "{-25} {-10} {-10} {-16} {-7} ", entry.range, byte_size(entry.range.size()),
              describe(entry.use), owner_name(plan, entry.owner), entry.is_static);
        print(sink, "{}\n", entry.path.empty() ? "-" : entry.path);
    }
}

void print_arena_use(TextSink& sink, const Arena& arena) {
    print(sink, "read and planned in {} of {}\n", byte_size(align_up(arena.used(), KiB)),
          byte_size(arena.capacity()));
}

}  // namespace isthmus::dom0less
