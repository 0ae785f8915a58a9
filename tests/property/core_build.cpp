// SPDX-License-Identifier: Apache-2.0
// A plan that is accepted is a plan that is built: documented limits and random systems, from their
// tree to the first guest by core's own code, with the table code of Isthmus's map, and no page
// more than was counted.
#include <gtest/gtest.h>
// rapidcheck's GoogleTest header needs GoogleTest first.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "arch/arm64/map/early_tables.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "tests/unit/support/built_plan.hpp"
#include "tests/unit/support/fake_machine.hpp"

namespace isthmus::core {
namespace {

using test::BuiltPlan;
using test::compile_dts;

constexpr u64 ram = test::FakeMachine::ram_start;
constexpr u64 kernel_at = ram + 3 * MiB;  ///< for all; behind image and boot tree

struct Piece {
    u64 start;
    u64 size;
};

std::string hex(u64 value) {
    TextBuffer<40> text;
    print(text, "{x} {x}", value >> 32, value & 0xffff'ffff);
    return std::string(text.view());
}

std::string reg(const std::vector<Piece>& pieces) {
    std::string text;
    for (const Piece& piece : pieces) {
        text += hex(piece.start) + " " + hex(piece.size) + " ";
    }
    return "<" + text + ">";
}

struct Machine {
    std::vector<Piece> banks{{ram, 1 * GiB}};
    std::vector<Piece> reserved;
    usize cpus = 2;
    bool gicv2 = false;
    std::string options = "sched=rr";
};

std::string gic(const Machine& machine) {
    const std::string common =
        "interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>; ";
    return machine.gicv2
               ? "gic: gic@8000000 { compatible = \"arm,gic-400\"; " + common +
                     "reg = <0 0x8000000 0 0x1000 0 0x8010000 0 0x2000 0 0x8030000 0 0x2000 "
                     "0 0x8040000 0 0x2000>; };\n"
               : "gic: gic@8000000 { compatible = \"arm,gic-v3\"; " + common +
                     "reg = <0 0x8000000 0 0x10000 0 0x20000000 0 0x1000000>; };\n";
}

std::string source(const Machine& machine, const std::string& domains) {
    std::string cpus;
    for (usize i = 0; i < machine.cpus; ++i) {
        const u64 mpidr = i % 16 | i / 16 << 8;
        cpus += "cpu@" + std::to_string(i) +
                " { device_type = \"cpu\"; compatible = \"arm,cortex-a57\"; reg = <" +
                std::to_string(mpidr) + ">; enable-method = \"psci\"; };\n";
    }
    std::string reserved;
    for (usize i = 0; i < machine.reserved.size(); ++i) {
        reserved += "r" + std::to_string(i) + " { reg = " + reg({machine.reserved[i]}) + "; };\n";
    }
    return R"(/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>; model = "test machine";
    memory { device_type = "memory"; reg = )" +
           reg(machine.banks) + R"(; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; )" +
           reserved + "};\n    cpus { #address-cells = <1>; #size-cells = <0>; " + cpus + "};\n" +
           gic(machine) + R"(
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };
    psci { compatible = "arm,psci-1.0"; method = "smc"; };
    pl011@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; };
    chosen {
        #address-cells = <2>; #size-cells = <2>; stdout-path = "/pl011@9000000";
        xen,xen-bootargs = ")" +
           machine.options + "\";\n" + domains + "    };\n};\n";
}

std::string domain(usize number, u64 kib, usize cpus, const std::string& more = {}) {
    return "d" + std::to_string(number) +
           " { compatible = \"xen,domain\"; #address-cells = <2>; #size-cells = <2>; memory = <" +
           hex(kib) + ">; cpus = <" + std::to_string(cpus) + ">; vpl011; " + more +
           " kernel { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = " +
           reg({{kernel_at, 4096}}) + "; }; };\n";
}

/// Of region `number` a node; `host` 0: chosen by the planner.
std::string view(usize number, u64 host, u64 guest, u64 size) {
    const std::string where = host == 0 ? "" : hex(host) + " ";
    return "s" + std::to_string(number) +
           " { compatible = \"xen,domain-shared-memory-v1\"; xen,shm-id = \"r" +
           std::to_string(number) + "\"; xen,shared-mem = <" + where + hex(guest) + " " +
           hex(size) + ">; };\n";
}

/// Null-terminated text of what was said.
std::string said(const BuiltPlan& built) {
    return built.said.data();
}

/// What was counted is enough, and is what was taken at most.
void expect_counted(const BuiltPlan& built) {
    EXPECT_LE(built.early_tables, arch::early::pages);
    EXPECT_LE(built.own_taken, built.own_counted) << said(built);
    EXPECT_LE(built.taken, built.counted + dom0less::guest_tree_bytes) << said(built);
    EXPECT_LE(built.counted + dom0less::guest_tree_bytes, built.capacity) << said(built);
}

void expect_built(const Machine& machine, const std::string& domains, usize count) {
    const BuiltPlan built = test::build_apart(compile_dts(source(machine, domains)));
    ASSERT_EQ(built.end, BuiltPlan::End::entered) << said(built);
    EXPECT_EQ(built.domains, count);
    expect_counted(built);
}

TEST(BuiltLimits, MostDomains) {
    std::string domains;
    for (usize i = 0; i < limits::domains; ++i) {
        domains += domain(i, 6 * 1024, 1);
    }
    expect_built({}, domains, limits::domains);
}

TEST(BuiltLimits, MostVcpusOfOneOnMostCpus) {
    Machine machine;
    machine.cpus = limits::cpus;
    expect_built(machine, domain(0, 64 * 1024, limits::vcpus_per_domain), 1);
    machine.options.clear();  // each on a CPU of its own
    expect_built(machine, domain(0, 64 * 1024, limits::vcpus_per_domain), 1);
}

TEST(BuiltLimits, MostVcpusInAll) {
    std::string domains;
    for (usize i = 0; i < limits::domains; ++i) {
        domains += domain(i, 6 * 1024, limits::vcpus_per_domain);
    }
    expect_built({}, domains, limits::domains);
}

TEST(BuiltLimits, MostBanksAndReservedRanges) {
    Machine machine;
    machine.banks.clear();
    for (u64 i = 0; i < limits::memory_banks; ++i) {
        machine.banks.push_back({ram + i * 8 * MiB, 8 * MiB - 3 * page_size});
    }
    machine.banks[0].size = 12 * MiB;
    machine.banks[1] = {ram + 12 * MiB + page_size, 4 * MiB - 2 * page_size};
    machine.banks.back().size = 8 * MiB;
    for (u64 i = 0; i < limits::reserved_ranges; ++i) {
        machine.reserved.push_back({ram + 64 * MiB + i * 3 * MiB + page_size, page_size});
    }
    machine.banks[6].size = 8 * MiB;  // one piece for the heap
    machine.banks[5].size = 8 * MiB;
    machine.banks[4].size = 8 * MiB;
    machine.banks[3].size = 8 * MiB;
    machine.banks[2].size = 8 * MiB;
    expect_built(machine, domain(0, 100 * 1024 + 4, 1) + domain(1, 99 * 1024, 1), 2);
}

std::string sharers(usize domains, usize regions) {
    std::string text;
    for (usize i = 0; i < domains; ++i) {
        std::string views;
        for (usize r = 0; r < regions; ++r) {
            views += view(r, ram + 512 * MiB + r * page_size, 0x7000'0000 + r * 4 * MiB, page_size);
        }
        text += domain(i, 6 * 1024, 1);
        text.insert(text.rfind("};\n"), views);
    }
    return text;
}

TEST(BuiltLimits, MostNodesOfOneRegionAndInAll) {
    expect_built({}, sharers(limits::shm_nodes_per_region, 64), 64);
}

TEST(BuiltLimits, MostRegions) {
    expect_built({}, sharers(limits::shm_nodes / limits::shm_regions, limits::shm_regions), 16);
}

TEST(BuiltLimits, OneMoreIsNamed) {
    const auto refused = [](const std::string& domains, std::string_view rule,
                            std::string_view words, const Machine& machine = {}) {
        const BuiltPlan built = test::build_apart(compile_dts(source(machine, domains)));
        EXPECT_EQ(built.end, BuiltPlan::End::refused) << said(built);
        EXPECT_NE(said(built).find(rule), std::string::npos) << said(built);
        EXPECT_NE(said(built).find(words), std::string::npos) << said(built);
    };
    std::string domains;
    for (usize i = 0; i <= limits::domains; ++i) {
        domains += domain(i, 6 * 1024, 1);
    }
    refused(domains, "error[dom-limit] /chosen/d64", "more than 64 domains");
    refused(sharers(limits::domains, 65), "error[shm-limit] /chosen/d63/s1 ",
            "more than 4096 nodes in all");
    refused(sharers(2, 257), "error[shm-limit] /chosen/d0/s256", "more than 256 regions");
    refused(domain(0, 8192, 129), "error[dom-cpus] /chosen/d0", "128");
    Machine large;
    large.banks.push_back({8 * GiB, 1023 * GiB});
    refused(domain(0, 8192, 1), "error[host-memory-limit]", "1023 GiB", large);
    large.banks[1] = {u64{1} << 46, 1 * GiB};
    refused(domain(0, 8192, 1), "error[host-memory-reg]", "46 bits", large);
    // Everything at its limit at once is more than the arena has: that is said, too.
    std::string all = sharers(limits::domains, 64);
    for (usize at = 0; (at = all.find("cpus = <1>", at)) != std::string::npos;) {
        all.replace(at, 10, "cpus = <128>");
    }
    refused(all, "error[dom-limit] /chosen", "which this build plans with");
}

struct RandomDomain {
    u64 pages;
    u32 cpus;
    u32 static_pieces;
    bool direct;
    u32 views;
    std::string services;  ///< that boot builds beside its memory: properties
};

rc::Gen<RandomDomain> random_domain() {
    return rc::gen::construct<RandomDomain>(
        rc::gen::inRange<u64>(1100, 30'000), rc::gen::inRange<u32>(1, 5),
        rc::gen::weightedElement<u32>({{3, 0}, {1, 1}, {1, 7}}), rc::gen::arbitrary<bool>(),
        rc::gen::inRange<u32>(0, 4),
        rc::gen::element<std::string>("", "", "xen,enhanced; ",
                                      "isthmus,watchdog; isthmus,pvpanic; ",
                                      "xen,enhanced; isthmus,watchdog; "));
}

rc::Gen<Piece> random_piece(u64 most_pages) {
    return rc::gen::construct<Piece>(
        rc::gen::map(rc::gen::inRange<u64>(6 * MiB / page_size, 480 * MiB / page_size),
                     [](u64 page) { return ram + page * page_size; }),
        rc::gen::map(rc::gen::inRange<u64>(1, most_pages),
                     [](u64 pages) { return pages * page_size; }));
}

/// Static RAM from 640 MiB on, in pieces that touch nothing; regions from 512 MiB on.
std::string random_text(const std::vector<RandomDomain>& domains) {
    std::string text;
    u64 next = ram + 640 * MiB + page_size;
    for (usize i = 0; i < domains.size(); ++i) {
        const RandomDomain& one = domains[i];
        std::vector<Piece> pieces;
        u64 kib = one.pages * 4;
        if (one.static_pieces != 0) {
            kib = 0;
            for (u32 piece = 0; piece < one.static_pieces; ++piece) {
                const u64 size = piece == 0 ? 6 * MiB : (one.pages % 700 + 1) * page_size;
                const u64 start = piece == 0 ? align_up(next, 2 * MiB) : next;
                pieces.push_back({start, size});
                next = start + size + page_size;
                kib += size / KiB;
            }
        }
        std::string views;
        for (u32 v = 0; v < one.views; ++v) {
            const u64 host = v % 2 == 0 ? ram + 512 * MiB + v * 4 * MiB : 0;
            const u64 guest = v % 2 == 0 && one.direct ? host : 0xa000'0000 + v * 0x51'0000;
            views += view(v, host, guest, (v * 300 + 1) * page_size);
        }
        const std::string more =
            one.services + (pieces.empty()
                                ? ""
                                : "xen,static-mem = " + reg(pieces) + ";" +
                                      (one.direct && one.views == 0 ? " direct-map;" : ""));
        text += domain(i, kib, one.cpus, more);
        text.insert(text.rfind("};\n"), views);
    }
    return text;
}

RC_GTEST_PROP(BuiltPlans, WhatIsAcceptedIsBuiltWithWhatWasCounted, ()) {
    Machine machine;
    machine.reserved = *rc::gen::resize(
        60, rc::gen::container<std::vector<Piece>>(random_piece(*rc::gen::element<u64>(2, 2000))));
    machine.cpus = *rc::gen::inRange<usize>(1, 6);
    machine.gicv2 = *rc::gen::arbitrary<bool>();
    machine.banks[0].size = *rc::gen::element(1 * GiB, 800 * MiB, 1 * GiB - 5 * page_size);
    const auto domains =
        *rc::gen::resize(12, rc::gen::container<std::vector<RandomDomain>>(random_domain()));
    const BuiltPlan built = test::build_apart(compile_dts(source(machine, random_text(domains))));
    RC_CLASSIFY(built.end == BuiltPlan::End::entered, "built");
    RC_LOG() << said(built);
    RC_ASSERT(built.end != BuiltPlan::End::crashed);
    if (built.end == BuiltPlan::End::entered) {
        RC_ASSERT(built.early_tables <= arch::early::pages);
        RC_ASSERT(built.own_taken <= built.own_counted);
        RC_ASSERT(built.taken <= built.counted + dom0less::guest_tree_bytes);
        RC_ASSERT(built.counted + dom0less::guest_tree_bytes <= built.capacity);
    }
}

}  // namespace
}  // namespace isthmus::core
