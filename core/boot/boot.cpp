// SPDX-License-Identifier: Apache-2.0
// The boot story: from a device tree to running guests. What can fail, fails with findings before
// anything is built; docs/boot.md walks through it.
#include "core/boot/boot.hpp"
#include "core/arm/serrors.hpp"
#include "core/arm/xen/guest.hpp"
#include "core/audit/audit.hpp"
#include "core/boot/cpus.hpp"
#include "core/boot/early_console.hpp"
#include "core/boot/inject.hpp"
#include "core/boot/machine_checks.hpp"
#include "core/boot/planning_memory.hpp"
#include "core/boot/steps.hpp"
#include "core/console/console.hpp"
#include "core/console/input.hpp"
#include "core/device/dma.hpp"
#include "core/device/doorbells.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/flight_recorder.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/shared_work.hpp"
#include "dom0less/planner.hpp"
#include "dom0less/read/arguments.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/late.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

/// Everything read and planned lives here.
constinit Late<Arena> the_arena;
/// What outlives boot(), whose stack the first guest's entry gives away.
constinit Late<fdt::Tree> the_tree;
constinit Late<fdt::HostDescription> the_host;
constinit Late<dom0less::Plan> the_plan;

/// Interrupts and all CPUs, or nothing.
void wake_machine(const dom0less::Plan& plan, const fdt::HostDescription& host) {
    if (!start_interrupts(host)) {
        start_nothing("the interrupt controller does not obey");
    }
    step("interrupt controller is on");
    if (plan.options.flight_recorder) {
        must("flight recorders", open_flight_recorders(host));
    }
    guard_boot_cpu(host);
    start_cpus(host);
    if (!all_cpus_online(plan, host)) {
        start_nothing("a CPU that the plan needs did not come up");
    }
    step("CPUs are up");
}

/// The first words on the tree's console: what this is, on which CPU, and what firmware left.
void introduce(const BootInfo& info, const fdt::HostDescription& host, usize tree_bytes,
               u64 serror) {
    say_hello(info, host, tree_bytes);
    identify_boot_cpu(host);
    report_firmware_serror(serror);
}

/// The rules that only the machine can apply, and those about what lies in its memory.
void check_by_looking(const dom0less::Plan& plan, const fdt::HostDescription& host,
                      Findings& findings) {
    check_modules(plan, *the_arena, findings);
    choose_caching(plan);
    check_smmus(plan, host, findings);
    check_addresses(plan, host, findings);
    check_interrupt_controller(plan, host, findings);
}

/// Regions, domains, and what their devices reach.
void build_guests(const dom0less::Plan& plan, const fdt::HostDescription& host) {
    must("shared regions", build_regions(plan));
    adopt_domains(must("domains", build_domains(plan, host)));
    connect_doorbells(domains());
    for (Domain& domain : domains()) {
        xen::connect_channels(domain);
    }
    if (!hold_devices(plan, host, domains())) {
        start_nothing("an SMMU does not obey");
    }
    show_regions(plan);
}

/// Listens to the console, and enters the first guest.
[[noreturn]] void run(const dom0less::Options& options, const fdt::HostDescription& host) {
    start_input(options.conswitch);
    connect_console(host);
    show_guards(host);
    must("the console's queue", queue_console(host));
    dismiss_cpus();
    start_domains();
    schedule();
}

}  // namespace

void boot(const BootInfo& info) {
    const PlanningMemory memory = find_planning_memory(info);
    Arena& arena = the_arena.make(memory.bytes);
    Findings findings(arena);
    check_planning_memory(memory, findings);
    step("RAM to plan in: {}", memory.place.range);
    const u64 serror = arch::take_serror();

    // Read: bytes to typed values.
    const auto opened = fdt::Tree::open(info.tree, arena, findings);
    if (!opened) {
        report_findings(findings);  // on the early console, if there is one: no tree, no other
        arch::halt();
    }
    const fdt::Tree& tree = the_tree.make(*opened);
    step("boot tree sound: {} bytes", tree.total_size());
    const dom0less::Options options = dom0less::read_options(tree, arena, findings);
    const fdt::HostDescription& host =
        the_host.make(fdt::read_host(tree, options.dtuart, arena, findings));
    open_console(host, options);
    introduce(info, host, tree.total_size(), serror);
    start_clock(host, findings);
    BootModules modules(memory.lent);
    const dom0less::SystemConfig config =
        dom0less::read_config({tree, host, options, &modules}, arena, findings);

    // Plan: all rules, no hardware. Kernels are looked at now, too, where they lie.
    const auto planned = dom0less::make_plan(
        {host, config, options, info.image, memory.place.boot_tree, memory.place.range}, arena,
        findings);
    dom0less::Digest digest{};
    if (planned) {
        adopt_plan(the_plan.make(*planned));
        digest = dom0less::digest_plan(*the_plan);
        dom0less::check_digest(tree, digest, arena, findings);
        check_by_looking(*the_plan, host, findings);
    }
    report_findings(findings);
    if (!planned || findings.has_errors()) {
        start_nothing("the findings above say why");
    }
    const dom0less::Plan& plan = *the_plan;
    show_plan(plan, host, digest, arena);

    // Apply: the plan has counted everything, so only a bug of ours can fail here.
    must("machine memory", build_machine_memory(plan, host));
    step("heap stands");
    wake_machine(plan, host);
    build_guests(plan, host);
    inject_fault(options.inject);

    // Audit: what was built is what was planned, or nothing runs.
    if (!audit()) {
        start_nothing("what was built is not what was planned");
    }

    // Run.
    run(options, host);
}

void boot_only_to_say(const BootInfo& info, const char* why) {
    Arena& arena = the_arena.make(find_planning_memory(info).bytes);
    Findings findings(arena);
    step("{}", why);
    if (const auto tree = fdt::Tree::open(info.tree, arena, findings)) {
        const dom0less::Options options = dom0less::read_options(*tree, arena, findings);
        open_console(fdt::read_host(*tree, options.dtuart, arena, findings), options);
        log("{}. Stopped.", why);
    }
    arch::halt();
}

}  // namespace isthmus::core
