// SPDX-License-Identifier: Apache-2.0
// A tree taken through the whole planner, for tests of dom0less and of what builds on it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "dom0less/memory/arena_place.hpp"
#include "dom0less/planner.hpp"
#include "dom0less/read/arguments.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "fdt/host_scan.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::test {

/// A machine with 1 GiB of RAM at 0x40000000, 4 CPUs, GICv3, timer, PSCI and a PL011; `chosen` is
/// put into /chosen, which has two cells for addresses and sizes, `more` into the root.
inline std::string machine(const std::string& chosen, const std::string& more = {}) {
    std::string cpus;
    for (int i = 0; i < 4; ++i) {
        const std::string n = std::to_string(i);
        cpus += "cpu" + n + ": cpu@" + n +
                " { device_type = \"cpu\"; compatible = \"arm,cortex-a57\"; reg = <" + n +
                ">; enable-method = \"psci\"; };\n";
    }
    return R"(/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>; model = "test machine";
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
    cpus { #address-cells = <1>; #size-cells = <0>; )" +
           cpus + R"(};
    gic: interrupt-controller@8000000 {
        compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
        reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0xf60000>; interrupts = <1 9 4>;
    };
    timer { compatible = "arm,armv8-timer"; interrupts = <1 13 4 1 14 4 1 11 4 1 10 4>; };
    psci { compatible = "arm,psci-1.0"; method = "smc"; };
    uart0: pl011@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; };
    )" + more +
           R"(
    chosen {
        #address-cells = <2>; #size-cells = <2>; stdout-path = "/pl011@9000000";
        )" +
           chosen + "\n    };\n};\n";
}

/// A domain with a kernel module of its own at 0x50000000 + number * 16 MiB; `body` is put
/// into it, properties first.
inline std::string domain(int number, const std::string& body, int mib = 64, int cpus = 1) {
    const std::string n = std::to_string(number);
    const std::string kernel = "5" + n + "000000";
    return "domU" + n +
           " { compatible = \"xen,domain\"; #address-cells = <2>; #size-cells = <2>;\n" +
           "memory = <0 " + std::to_string(mib * 1024) + ">; cpus = <" + std::to_string(cpus) +
           ">; vpl011;\n" + body + "\nmodule@" + kernel +
           " { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <0 0x" + kernel +
           " 0 0x800000>; bootargs = \"test\"; };\n};\n";
}

/// A shared-memory node with a text id; `more` holds further properties.
inline std::string shm(const std::string& name, const std::string& id, const std::string& mem,
                       const std::string& more = {}) {
    return name + " { compatible = \"xen,domain-shared-memory-v1\"; xen,shm-id = \"" + id +
           "\"; xen,shared-mem = <" + mem + ">; " + more + " };\n";
}

/// What boot modules hold, by host address.
using Modules = std::map<u64, Blob>;

class ModulesInMemory final : public dom0less::ModuleReader {
  public:
    explicit ModulesInMemory(Modules modules) : modules_(std::move(modules)) {}

    std::span<const std::byte> copy(HostRange module, usize most, Arena& arena) override {
        const auto found = modules_.find(module.start().raw());
        if (found == modules_.end()) {
            return {};
        }
        const usize size = std::min<u64>({found->second.size(), module.size(), most});
        const std::span<u64> copy = arena.allocate<u64>(align_up(size, 8) / 8);
        if (copy.empty()) {
            return {};
        }
        std::memcpy(copy.data(), found->second.data(), size);
        return std::as_bytes(copy).first(size);
    }

  private:
    Modules modules_;
};

class PlannedTree : public OpenedTree {
  public:
    explicit PlannedTree(Blob bytes, HostRange image = {},
                         std::size_t arena_bytes = 4 * 1024 * 1024, Modules held = {})
        : OpenedTree(std::move(bytes), arena_bytes), modules(std::move(held)) {
        place = dom0less::find_arena(blob, image, {});
        dom0less::check_arena_place(place, findings);
        if (tree) {
            options = dom0less::read_options(*tree, arena, findings);
            host = fdt::read_host(*tree, options.dtuart, arena, findings);
            config = dom0less::read_config({*tree, host, options, &modules}, arena, findings);
            plan = dom0less::make_plan({host, config, options, image, {}, place.range}, arena,
                                       findings);
        }
    }
    explicit PlannedTree(const std::string& source, HostRange image = {})
        : PlannedTree(compile_dts(source), image) {}
    PlannedTree(const std::string& source, Modules held)
        : PlannedTree(compile_dts(source), {}, 4 * 1024 * 1024, std::move(held)) {}

    ModulesInMemory modules;
    dom0less::ArenaPlace place;
    dom0less::Options options;
    fdt::HostDescription host;
    dom0less::SystemConfig config;
    std::optional<dom0less::Plan> plan;
};

/// The tree of domain number `index`, as that guest is given it; empty, and a failure, when it
/// cannot be written.
inline Blob guest_tree_of(const PlannedTree& planned, std::size_t index) {
    Blob buffer(dom0less::guest_tree_bytes);
    const auto written = dom0less::write_guest_tree(*planned.plan, planned.plan->domains[index],
                                                    planned.host, buffer);
    EXPECT_TRUE(written);
    buffer.resize(written ? written->size() : 0);
    return buffer;
}

}  // namespace isthmus::test
