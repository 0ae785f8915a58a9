// SPDX-License-Identifier: Apache-2.0
#include "core/boot/steps.hpp"

#include <cstring>

#include "core/boot/early_console.hpp"
#include "core/console/console.hpp"
#include "core/console/transmit.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/module_view.hpp"
#include "core/memory/region_account.hpp"
#include "dom0less/kernel/check.hpp"
#include "dom0less/plan/module_digest.hpp"
#include "dom0less/show/plan_text.hpp"
#include "isthmus/arch/console.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/version.hpp"

namespace isthmus::core {

void open_console(const fdt::HostDescription& host, const dom0less::Options& options) {
    set_log_levels(options.log_level, options.guest_log_level);
    set_log_stamps(options.stamps);
    step("machine read: {} CPUs, console {}", host.cpus.size(),
         host.console ? host.console->path : "none");
    arch::close_console();  // the early one
    if (!host.console) {
        return;
    }
    const fdt::ConsoleUart& uart = *host.console;
    const Result<void> opened =
        arch::init_console({uart.driver, uart.registers, uart.register_shift, uart.io_width});
    static_cast<void>(opened);  // without its registers there is nowhere to say so
}

void say_hello(const BootInfo& info, const fdt::HostDescription& host, usize tree_bytes) {
    log("Isthmus {} on {}", version, host.model);
    log("image {}, boot tree {} of {} bytes", info.image, info.tree_address, tree_bytes);
}

std::span<const std::byte> BootModules::copy(HostRange module, usize most, Arena& arena) {
    if (module.overlaps(lent_)) {
        return {};
    }
    const HostRange part = module.intersection(*HostRange::from(module.start(), most));
    ModuleView view(part);
    const auto bytes = view.open();
    const std::span<u64> copy = arena.allocate<u64>(align_up(part.size(), 8) / 8);
    if (!bytes || copy.empty()) {
        return {};
    }
    std::memcpy(copy.data(), bytes->data(), bytes->size());
    return std::as_bytes(copy).first(bytes->size());
}

void check_modules(const dom0less::Plan& plan, Arena& arena, Findings& findings) {
    dom0less::KernelChecker checker(arena, findings);
    for (const dom0less::DomainPlan& domain : plan.domains) {
        ModuleView module(domain.kernel.host);
        const std::span<const std::byte> kernel = must("kernel module", module.open());
        dom0less::check_module_digest(domain.kernel, kernel, arena, findings);
        checker.check(domain, kernel);
    }
    for (const dom0less::DomainPlan& domain : plan.domains) {
        if (domain.ramdisk && !domain.ramdisk->sha256.empty()) {
            ModuleView module(domain.ramdisk->host);
            dom0less::check_module_digest(*domain.ramdisk, must("ramdisk", module.open()), arena,
                                          findings);
        }
    }
}

void choose_caching(const dom0less::Plan& plan) {
    if (dom0less::guests_choose_caching(plan)) {
        arch::forgo_forced_write_back();
    }
}

Result<void> queue_console(const fdt::HostDescription& host) {
    const unsigned order = mm::order_for(transmit_queue_bytes(domains().size()));
    const HostAddress pages = ISTHMUS_TRY(allocate_pages(order));
    start_transmit_queue({arch::host_object<char>(pages), page_size << order},
                         host.console && host.console->intid.has_value());
    return {};
}

void report_findings(const Findings& findings) {
    if (findings.items().empty()) {
        return;
    }
    if (findings.has_errors()) {
        unsilence_log();
    }
    LogText out(LogKind::warning);
    for (const Finding& finding : findings.items()) {
        print_finding(out, finding);
        out.write("\n");
    }
    print(out, "{} errors, {} warnings", findings.errors(), findings.warnings());
    if (findings.dropped() != 0) {
        print(out, "; {} of them not shown", findings.dropped());
    }
    out.write("\n");
}

void start_nothing(const char* why) {
    log_as(LogKind::error, "nothing is started: {}", why);
    arch::halt();
}

void show_plan(const dom0less::Plan& plan, const fdt::HostDescription& host,
               const dom0less::Digest& digest, const Arena& arena) {
    if (plan.options.log_level >= LogLevel::normal) {
        LogText out;
        dom0less::print_plan(out, plan, host);
        dom0less::print_arena_use(out, arena);
        print(out, "plan digest {}\n", dom0less::digest_text(digest).view());
    }
}

void show_regions(const dom0less::Plan& plan) {
    if (plan.options.log_level >= LogLevel::normal) {
        LogText out;
        print_regions(out, true);
    }
}

arch::InterruptController describe_controller(const fdt::HostDescription& host) {
    const fdt::Gic& gic = *host.gic;
    return {
        .version = gic.version,
        .distributor = gic.distributor,
        .redistributors = gic.redistributors,
        .translators = gic.translators,
        .redistributor_stride = gic.redistributor_stride,
        .cpu_interface = gic.cpu_interface,
        .hypervisor_interface = gic.hypervisor_interface,
        .maintenance_intid = gic.maintenance_intid,
        .virtual_timer_intid = host.timer->virtual_timer,
        .hypervisor_timer_intid = host.timer->hypervisor,
    };
}

Result<void> start_interrupts(const fdt::HostDescription& host) {
    ISTHMUS_TRY(arch::init_interrupts(describe_controller(host)));
    return arch::init_cpu_interrupts();
}

}  // namespace isthmus::core
