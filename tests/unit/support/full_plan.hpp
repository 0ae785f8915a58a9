// SPDX-License-Identifier: Apache-2.0
// A plan in which no list is empty and nothing that may be absent is absent everywhere. No planner
// made it: it is there to be hashed, printed and changed.
#pragma once

#include <array>

#include "dom0less/plan/plan.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::test {

inline HostRange at_host(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}
inline GuestRange at_guest(u64 start, u64 size) {
    return *GuestRange::from(GuestAddress(start), size);
}

class FullPlan {
  public:
    FullPlan() {
        fill_lists();
        fill_dom0();
        fill_guest();
        plan.domains = domains;
        plan.regions = regions;
        plan.pools = pools;
        plan.host_map = host_map;
        plan.options.dtuart = "serial0";
        plan.options.inject = "map";
        plan.options.dom0_max_vcpus = 2;
        plan.boot_tree = &*boot_tree.tree;
        plan.not_for_dom0 = not_for_dom0;
    }
    FullPlan(const FullPlan&) = delete;
    FullPlan& operator=(const FullPlan&) = delete;

    dom0less::Plan plan;
    OpenedTree boot_tree{tree_with("x { y = <1>; }; z { }; w { }; v { };")};
    OpenedTree partial_tree{tree_with("a { b = <1>; }; c { };")};
    /// As the partial tree, but for one thing each.
    std::array<OpenedTree, 6> other_trees = {OpenedTree(tree_with("d { b = <1>; }; c { };")),
                                             OpenedTree(tree_with("a { d = <1>; }; c { };")),
                                             OpenedTree(tree_with("a { b = <2>; }; c { };")),
                                             OpenedTree(tree_with("a { b = <1>, <1>; }; c { };")),
                                             OpenedTree(tree_with("a { b = <1>; c { }; };")),
                                             OpenedTree(tree_with("a { b = <1>; e; }; c { };"))};

    std::vector<const fdt::Tree*> trees() const {
        std::vector<const fdt::Tree*> all;
        for (const OpenedTree& each : other_trees) {
            all.push_back(&*each.tree);
        }
        return all;
    }

  private:
    static std::string tree_with(const std::string& nodes) {
        return "/dts-v1/; / { " + nodes + " };";
    }
    void fill_lists() {
        using dom0less::HostUse;
        windows[0] = {at_guest(0x0a00'0000, 0x1000), HostAddress(0x0b00'0000)};
        devices[0] = {.path = "/net", .asked_by = "/passthrough/net", .windows = windows};
        devices[1] = {.path = "/disk", .asked_by = {}, .windows = windows, .is_behind_smmu = true};
        interrupts[0] = {33, {}, "uart", false};
        interrupts[1] = {50, 51, "/net", true};
        streams[0] = {0, 8, 4};
        vcpus[0] = {0, 0, 1};
        vcpus[1] = {17, 0x101, 2};
        views[0] = {.region = 0,
                    .guest = at_guest(0x5000'0000, 0x1'0000),
                    .offset = 0x1000,
                    .is_owner = true,
                    .clear_on_restart = true,
                    .presentation = shm::Presentation::xen,
                    .event_ports = event_ports,
                    .path = "/chosen/a/shm"};
        mappings[0] = {at_guest(0x4000'0000, 0x400'0000),
                       HostAddress(0x6000'0000),
                       mm::MappingType::ram_rw,
                       {}};
        mappings[1] = {at_guest(0x5000'0000, 0x1'0000), HostAddress(0x7000'0000),
                       mm::MappingType::foreign_ro, 0};
        host_map[0] = {.range = at_host(0x4000'0000, 0x20'0000),
                       .use = HostUse::isthmus,
                       .owner = DomainId::dom_isthmus,
                       .path = {}};
        host_map[1] = {.range = at_host(0x6000'0000, 0x400'0000),
                       .use = HostUse::domain_ram,
                       .owner = DomainId::first_guest,
                       .is_static = true,
                       .path = "/chosen/b"};
        host_map[2] = {.range = at_host(0x7000'0000, 0x1'0000),
                       .use = HostUse::shared,
                       .owner = DomainId::dom_io,
                       .region = 0,
                       .path = "/chosen/a/shm"};
        host_map[3] = {.range = at_host(0x7001'0000, 0x1'0000), .use = HostUse::heap, .path = {}};
        regions[0] = {.id = "mailbox",
                      .size = 0x1'0000,
                      .host = pieces,
                      .borrowers = borrowers,
                      .references_per_page = 3,
                      .parties = borrowers,
                      .has_doorbells = true,
                      .path = "/chosen/a/shm"};
        regions[1] = {.role = shm::RegionPlan::Role::status,
                      .subject = 0,
                      .dialect = shm::RegionPlan::Dialect::cell,
                      .id = "7",
                      .id_cell = 7,
                      .owner = DomainId::dom0,
                      .size = 0x1'0000,
                      .host = pieces,
                      .borrowers = {},
                      .parties = {},
                      .path = "/chosen/b/shm"};
        pools[0] = {.scheduler = dom0less::Options::Scheduler::null, .cpus = cpus, .path = {}};
        pools[1] = {
            .scheduler = dom0less::Options::Scheduler::rr, .cpus = cpus, .path = "/chosen/pool"};
    }
    void fill_dom0() {
        dom0less::DomainPlan& dom0 = domains[0];
        dom0.id = DomainId::dom0;
        dom0.name = "Dom0";
        dom0.path = "/chosen";
        dom0.memory_bytes = 0x400'0000;
        dom0.direct_map = true;
        dom0.mappings = mappings;
        dom0.vcpus = vcpus;
        dom0.views = views;
        dom0.interrupts = interrupts;
        dom0.devices = devices;
        dom0.streams = streams;
        dom0.gic = {2, at_guest(0x800'0000, 0x1000), {}, at_guest(0x801'0000, 0x2000), 64};
        dom0.kernel = {at_host(0x4800'0000, 0x100'0000), "/chosen/kernel", "e3b0c442"};
        dom0.ramdisk = {at_host(0x4a00'0000, 0x10'0000), "/chosen/ramdisk"};
        dom0.health = dom0less::default_health(true, false);
        dom0.bootargs = "console=hvc0";
        dom0.kernel_window = at_guest(0x4000'0000, 0x200'0000);
        dom0.ramdisk_target = at_guest(0x4200'0000, 0x10'0000);
        dom0.tree_target = at_guest(0x4220'0000, 0x20'0000);
    }
    void fill_guest() {
        dom0less::DomainPlan& guest = domains[1];
        guest = domains[0];
        guest.id = DomainId::first_guest;
        guest.name = "b";
        guest.path = "/chosen/b";
        guest.direct_map = false;
        guest.priority = 1;
        guest.gic = {3, at_guest(0x800'0000, 0x1'0000), at_guest(0x80a'0000, 0x4'0000), {}, 32};
        emulated[0] = {.name = "uart", .registers = frames, .interrupts = emulated_interrupts};
        channels[0] = {.port = 3, .peer = DomainId::dom0, .peer_port = 4, .path = "/chosen/b/e"};
        guest.xen = {.interface = dom0less::XenInterface::node,
                     .channels = channels,
                     .grants = at_guest(0x3800'0000, 0x1'0000),
                     .console = at_guest(0x43ff'f000, 0x1000),
                     .console_port = 1};
        bells[0] = {.region = 0, .peer = DomainId::dom0, .peer_bell = 0, .intid = 45};
        guest.doorbells = bells;
        guest.health = {.on_power_off = dom0less::EndAnswer::restart,
                        .on_reset = dom0less::EndAnswer::stop,
                        .on_crash = dom0less::EndAnswer::restart,
                        .on_watchdog = dom0less::EndAnswer::stop_group,
                        .on_panic = dom0less::EndAnswer::reset_machine,
                        .restart_count = 3,
                        .restart_seconds = 60,
                        .on_restart_limit = dom0less::EndAnswer::halt_machine,
                        .group = "cabin"};
        guest.emulated = emulated;
        guest.ramdisk.reset();
        guest.partial_tree = &*partial_tree.tree;
    }

    std::array<dom0less::DeviceWindowPlan, 1> windows;
    std::array<dom0less::DevicePlan, 2> devices;
    std::array<dom0less::InterruptRoutePlan, 2> interrupts;
    std::array<GuestRange, 2> frames = {at_guest(0x900'0000, 0x1000), at_guest(0x901'0000, 0x1000)};
    std::array<u32, 2> emulated_interrupts = {33, 44};
    std::array<dom0less::EmulatedDevicePlan, 1> emulated;
    std::array<dom0less::ChannelEndPlan, 1> channels;
    std::array<dom0less::DoorbellPlan, 1> bells;
    std::array<fdt::StreamRange, 1> streams;
    std::array<dom0less::VcpuPlan, 2> vcpus;
    std::array<shm::SharedViewPlan, 1> views;
    std::array<dom0less::MappingPlan, 2> mappings;
    std::array<dom0less::HostUsePlan, 4> host_map;
    std::array<HostRange, 2> pieces = {at_host(0x7000'0000, 0x8000), at_host(0x7000'8000, 0x8000)};
    std::array<u32, 2> event_ports = {0, 3};
    std::array<DomainId, 2> borrowers = {DomainId::dom0, DomainId::first_guest};
    std::array<shm::RegionPlan, 2> regions;
    std::array<u32, 2> cpus = {1, 2};
    std::array<dom0less::CpuPoolPlan, 2> pools;
    std::array<dom0less::DomainPlan, 2> domains;
    std::array<u32, 2> not_for_dom0 = {1, 3};
};

}  // namespace isthmus::test
