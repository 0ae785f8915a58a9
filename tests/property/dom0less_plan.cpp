// SPDX-License-Identifier: Apache-2.0
// What holds for every plan, whatever the tree: random machines, domains and regions.
#include <gtest/gtest.h>
// rapidcheck's GoogleTest header needs GoogleTest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "dom0less/show/plan_text.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/tree_size.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "tests/property/dom0less_arena.hpp"
#include "tests/property/dom0less_health.hpp"
#include "tests/property/dom0less_signals.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::Blob;
using test::PlannedTree;

struct RandomShared {
    u32 region;
    u64 guest;
    bool owner;
    bool read_only;
    bool host;
    bool doorbell;
    bool status;
    u32 on_restart;  ///< 0: unsaid, 1: keep, 2: clear

    /// Who may only read has nothing to clear.
    bool clears() const { return on_restart == 2 && !read_only; }
};

struct RandomDomain {
    u64 kib;
    u32 cpus;
    bool ramdisk;
    bool static_mem;
    bool direct_map;
    bool xen;
    RandomHealth health;
    std::vector<RandomShared> shared;
};

struct RandomSystem {
    std::vector<std::pair<u64, u64>> banks;
    std::vector<std::pair<u64, u64>> reserved;
    std::vector<RandomDomain> domains;
};

constexpr u64 modules_at = 0x4000'0000;
constexpr u64 regions_at = 0x4800'0000;
constexpr u64 static_at = 0x1'0000'0000;

rc::Gen<RandomShared> random_shared() {
    return rc::gen::construct<RandomShared>(
        rc::gen::inRange<u32>(0, 3),
        rc::gen::map(rc::gen::inRange<u64>(0x5'0000, 0x6'0000),
                     [](u64 page) { return page << 12; }),
        rc::gen::weightedElement<bool>({{4, false}, {1, true}}), rc::gen::arbitrary<bool>(),
        rc::gen::weightedElement<bool>({{9, true}, {1, false}}), rc::gen::arbitrary<bool>(),
        rc::gen::arbitrary<bool>(), rc::gen::weightedElement<u32>({{4, 0}, {2, 1}, {1, 2}}));
}

rc::Gen<RandomDomain> random_domain() {
    return rc::gen::construct<RandomDomain>(
        rc::gen::oneOf(
            rc::gen::map(rc::gen::inRange<u64>(2, 200), [](u64 mib) { return mib * 1024; }),
            rc::gen::map(rc::gen::inRange<u64>(1024, 70000), [](u64 n) { return n * 4; })),
        rc::gen::inRange<u32>(1, 3), rc::gen::arbitrary<bool>(),
        rc::gen::weightedElement<bool>({{2, false}, {1, true}}), rc::gen::arbitrary<bool>(),
        rc::gen::arbitrary<bool>(), random_health(),
        rc::gen::resize(3, rc::gen::container<std::vector<RandomShared>>(random_shared())));
}

/// Banks and reserved ranges anywhere, at byte granularity: they may overlap and be unaligned.
rc::Gen<std::pair<u64, u64>> random_range(u64 low, u64 high, u64 most) {
    return rc::gen::pair(rc::gen::inRange<u64>(low, high), rc::gen::inRange<u64>(1, most));
}

rc::Gen<RandomSystem> random_system() {
    return rc::gen::construct<RandomSystem>(
        rc::gen::resize(3, rc::gen::container<std::vector<std::pair<u64, u64>>>(
                               random_range(0x5000'0000, 0x2'0000'0000, 0x2000'0000))),
        rc::gen::resize(6, rc::gen::container<std::vector<std::pair<u64, u64>>>(
                               random_range(0x5000'0000, 0x2'0000'0000, 0x10'0000))),
        rc::gen::resize(4, rc::gen::container<std::vector<RandomDomain>>(random_domain())));
}

void write_machine(fdt::TreeWriter& tree, const RandomSystem& system) {
    tree.cells("#address-cells", {2});
    tree.cells("#size-cells", {2});
    tree.cells("interrupt-parent", {1});
    std::vector<u64> reg{0x4000'0000, 0x1000'0000};
    if (std::ranges::any_of(system.domains, &RandomDomain::static_mem)) {
        reg.insert(reg.end(), {static_at, 0x4000'0000});
    }
    for (const auto& [start, size] : system.banks) {
        reg.insert(reg.end(), {start, size});
    }
    tree.begin_node("memory");
    tree.text("device_type", "memory");
    tree.cells64("reg", reg);
    tree.end_node();
    tree.begin_node("reserved-memory");
    tree.cells("#address-cells", {2});
    tree.cells("#size-cells", {2});
    for (usize i = 0; i < system.reserved.size(); ++i) {
        tree.begin_node("r", i);
        tree.cells64("reg", {system.reserved[i].first, system.reserved[i].second});
        tree.end_node();
    }
    tree.end_node();
    tree.begin_node("cpus");
    tree.cells("#address-cells", {1});
    tree.cells("#size-cells", {0});
    for (u32 i = 0; i < 6; ++i) {
        tree.begin_node("cpu", i);
        tree.text("device_type", "cpu");
        tree.cells("reg", {i});
        tree.end_node();
    }
    tree.end_node();
    tree.begin_node("gic");
    tree.text("compatible", "arm,gic-v3");
    tree.empty("interrupt-controller");
    tree.cells("#interrupt-cells", {3});
    tree.cells("phandle", {1});
    tree.cells("interrupts", {1, 9, 4});
    tree.cells64("reg", {0x800'0000, 0x1'0000, 0x80a'0000, 0xf6'0000});
    tree.end_node();
    tree.begin_node("timer");
    tree.text("compatible", "arm,armv8-timer");
    tree.cells("interrupts", {1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4});
    tree.end_node();
    tree.begin_node("psci");
    tree.text("compatible", "arm,psci-1.0");
    tree.text("method", "smc");
    tree.end_node();
}

void write_module(fdt::TreeWriter& tree, std::string_view kind, u64 start, u64 size) {
    tree.begin_node(kind, start);
    tree.text("compatible", std::string("multiboot,") + std::string(kind));
    tree.cells64("reg", {start, size});
    tree.end_node();
}

void write_shared(fdt::TreeWriter& tree, const RandomShared& shared, bool direct, usize number) {
    const u64 host = regions_at + shared.region * 0x100'0000;
    const u64 size = 0x1000u << (4 * shared.region);
    tree.begin_node("shm", number);
    tree.text("compatible", "xen,domain-shared-memory-v1");
    tree.text("xen,shm-id", std::string(1, static_cast<char>('a' + shared.region)));
    if (shared.host) {
        tree.cells64("xen,shared-mem", {host, direct ? host : shared.guest, size});
    } else {
        tree.cells64("xen,shared-mem", {shared.guest, size});
    }
    if (shared.owner) {
        tree.text("role", "owner");
    }
    if (shared.doorbell) {
        tree.empty("isthmus,doorbell");
    }
    if (shared.status) {
        tree.empty("isthmus,status");
    }
    if (shared.read_only) {
        tree.text("isthmus,access", "ro");
    }
    if (shared.on_restart != 0) {
        tree.text("isthmus,on-restart", shared.clears() ? "clear" : "keep");
    }
    tree.end_node();
}

Blob write(const RandomSystem& system) {
    return test::write_tree([&](fdt::TreeWriter& tree) {
        write_machine(tree, system);
        tree.begin_node("chosen");
        tree.cells("#address-cells", {2});
        tree.cells("#size-cells", {2});
        for (usize i = 0; i < system.domains.size(); ++i) {
            const RandomDomain& domain = system.domains[i];
            tree.begin_node("dom", i);
            tree.text("compatible", "xen,domain");
            tree.cells("#address-cells", {2});
            tree.cells("#size-cells", {2});
            tree.cells64("memory", {domain.kib});
            tree.cells("cpus", {domain.cpus});
            if (domain.xen) {
                tree.text("xen,enhanced", "no-xenstore");
            }
            write_health(tree, domain.health);
            if (domain.static_mem) {
                tree.cells64("xen,static-mem", {static_at + i * 0x1000'0000, domain.kib * 1024});
                if (domain.direct_map) {
                    tree.empty("direct-map");
                }
            }
            write_module(tree, "kernel", modules_at + i * 0x100'0000, 0x12'3456);
            if (domain.ramdisk) {
                write_module(tree, "ramdisk", modules_at + i * 0x100'0000 + 0x80'0000, 0x6'5432);
            }
            for (usize j = 0; j < domain.shared.size(); ++j) {
                write_shared(tree, domain.shared[j], domain.static_mem && domain.direct_map, j);
            }
            tree.end_node();
        }
        tree.end_node();
    });
}

std::string show(const PlannedTree& planned) {
    class Sink final : public TextSink {
      public:
        void write(std::string_view part) override { text += part; }
        std::string text;
    } sink;
    if (planned.plan) {
        print_plan(sink, *planned.plan, planned.host);
        print_host_map(sink, *planned.plan);
    }
    return sink.text + planned.lines();
}

void check_host_map(const PlannedTree& planned) {
    const auto& map = planned.plan->host_map;
    usize next = 0;
    for (const fdt::MemoryBank& bank : planned.host.memory) {
        HostAddress cursor = bank.range.start();
        while (cursor < bank.range.end()) {
            RC_ASSERT(next < map.size());
            RC_ASSERT(map[next].range.start() == cursor);
            RC_ASSERT(map[next].range.is_aligned(page_size) && !map[next].range.empty());
            cursor = map[next++].range.end();
        }
        RC_ASSERT(cursor == bank.range.end());
    }
    RC_ASSERT(next == map.size());
}

/// The RAM where kernel, ramdisk and tree belong: one stretch, whatever the host has.
GuestRange images_bank(const DomainPlan& domain) {
    const u64 start = domain.direct_map
                          ? static_at + (static_cast<u64>(domain.id) - 1) * 0x1000'0000
                          : guest_layout::ram_bank0.start().raw();
    return *GuestRange::from(GuestAddress(start), domain.memory_bytes);
}

void check_domain(const PlannedTree& planned, const DomainPlan& domain) {
    u64 ram = 0;
    for (usize i = 0; i < domain.mappings.size(); ++i) {
        const MappingPlan& mapping = domain.mappings[i];
        RC_ASSERT(mapping.guest.is_aligned(page_size) && mapping.host.is_aligned(page_size));
        if (i > 0) {
            RC_ASSERT(domain.mappings[i - 1].guest.end() <= mapping.guest.start());
        }
        const bool by_isthmus =
            mapping.region && planned.plan->regions[*mapping.region].is_system();
        RC_ASSERT(!domain.direct_map || by_isthmus ||
                  mapping.guest.start().raw() == mapping.host.raw());
        const HostRange host = *HostRange::from(mapping.host, mapping.guest.size());
        const HostUsePlan& use = use_at(planned, host.start());
        RC_ASSERT(use.range.contains(host));
        if (mapping.region) {
            RC_ASSERT(use.use == HostUse::shared && use.region == *mapping.region);
            const bool own = planned.plan->regions[*mapping.region].owner == domain.id;
            RC_ASSERT(own != mm::is_foreign(mapping.type));
        } else {
            RC_ASSERT(use.use == HostUse::domain_ram && use.owner == domain.id);
            ram += mapping.guest.size();
        }
    }
    RC_ASSERT(ram == domain.memory_bytes);
    const GuestRange bank = images_bank(domain);
    RC_ASSERT(bank.contains(domain.kernel_window) && bank.contains(domain.tree_target));
    RC_ASSERT(!domain.kernel_window.overlaps(domain.ramdisk_target));
    RC_ASSERT(!domain.kernel_window.overlaps(domain.tree_target));
    RC_ASSERT(!domain.ramdisk_target.overlaps(domain.tree_target));
    if (domain.ramdisk) {
        RC_ASSERT(bank.contains(domain.ramdisk_target));
        RC_ASSERT(domain.ramdisk_target.size() == domain.ramdisk->host.size());
    }
}

/// What is said of a region's bytes, and what is usual where nothing is.
void check_views(const RandomDomain& random, const Plan& plan, const DomainPlan& domain) {
    for (const shm::SharedViewPlan& view : domain.views) {
        const auto& region = plan.regions[view.region];
        if (region.is_system()) {
            RC_ASSERT(!view.writable && !view.clear_on_restart);
            continue;  // no node of the guest names it
        }
        const auto node = std::ranges::find_if(random.shared, [&](const RandomShared& shared) {
            return region.id == std::string(1, static_cast<char>('a' + shared.region));
        });
        RC_ASSERT(node != random.shared.end());
        const bool usual = view.writable && region.parties.size() == 1;
        RC_ASSERT(view.clear_on_restart == (node->on_restart != 0 ? node->clears() : usual));
    }
}

void check_vcpus(const Plan& plan) {
    std::vector<bool> taken(6);
    for (const DomainPlan& domain : plan.domains) {
        for (const VcpuPlan& vcpu : domain.vcpus) {
            RC_ASSERT(!taken.at(vcpu.host_cpu));
            taken.at(vcpu.host_cpu) = true;
        }
    }
}

void check_references(const Plan& plan) {
    for (u32 i = 0; i < plan.regions.size(); ++i) {
        u32 foreign = 0;
        for (const DomainPlan& domain : plan.domains) {
            for (const shm::SharedViewPlan& view : domain.views) {
                foreign += view.region == i && !view.is_owner ? 1u : 0u;
            }
        }
        RC_ASSERT(plan.regions[i].references_per_page == 1 + foreign);
    }
}

RC_GTEST_PROP(PlanProperty, EveryPlanIsConsistent, ()) {
    const RandomSystem system = *random_system();
    const PlannedTree planned(write(system));
    check_arena(planned);
    RC_ASSERT(planned.plan.has_value() != planned.findings.has_errors());
    RC_CLASSIFY(planned.plan.has_value(), "planned");
    RC_CLASSIFY(planned.plan && std::ranges::any_of(planned.plan->domains, &DomainPlan::direct_map),
                "direct-mapped");
    RC_CLASSIFY(planned.plan && std::ranges::any_of(planned.plan->regions,
                                                    [](const shm::RegionPlan& region) {
                                                        return region.has_doorbells &&
                                                               region.parties.size() > 1;
                                                    }),
                "doorbells");
    RC_CLASSIFY(
        planned.plan && std::ranges::any_of(planned.plan->regions, &shm::RegionPlan::is_system),
        "status pages");
    if (!planned.plan) {
        return;
    }
    check_host_map(planned);
    check_vcpus(*planned.plan);
    check_references(*planned.plan);
    check_system_regions(*planned.plan);
    std::vector<std::byte> buffer(guest_tree_bytes);
    for (const DomainPlan& domain : planned.plan->domains) {
        check_domain(planned, domain);
        check_doorbells(*planned.plan, domain);
        check_console(domain);
        const auto tree = write_guest_tree(*planned.plan, domain, planned.host, buffer);
        RC_ASSERT(tree.has_value() && tree->size() <= most_tree_bytes(tree_parts(domain)));
        const RandomDomain& random = system.domains[static_cast<usize>(domain.id) - 1];
        check_health(random.health, domain.health);
        check_views(random, *planned.plan, domain);
    }
}

RC_GTEST_PROP(PlanProperty, TheSameTreeGivesTheSamePlan, ()) {
    const Blob blob = write(*random_system());
    RC_ASSERT(show(PlannedTree(blob)) == show(PlannedTree(blob)));
}

RC_GTEST_PROP(PlanProperty, DamagedTreesAreReadOrRefused, ()) {
    Blob blob = write(*random_system());
    const auto flips = *rc::gen::container<std::vector<std::pair<usize, u8>>>(
        rc::gen::pair(rc::gen::inRange<usize>(40, blob.size()), rc::gen::arbitrary<u8>()));
    for (const auto& [at, value] : flips) {
        blob[at] = static_cast<std::byte>(value);
    }
    const PlannedTree planned(blob);
    check_arena(planned);
    RC_ASSERT(planned.plan.has_value() != planned.findings.has_errors());
}

}  // namespace
}  // namespace isthmus::dom0less
