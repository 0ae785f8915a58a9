// SPDX-License-Identifier: Apache-2.0
#include "core/boot/cpus.hpp"

#include "core/arm/serrors.hpp"
#include "core/boot/early_console.hpp"
#include "core/console/console.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/scheduler.hpp"
#include "core/run/shared_work.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

Result<void> start_cpu(usize index, u64 mpidr) {
    const unsigned order = mm::order_for(arch::stack_bytes);
    const HostAddress stack = ISTHMUS_TRY(allocate_pages(order));
    const HostAddress emergency_stack = ISTHMUS_TRY(allocate_pages(order));
    return arch::start_cpu(index, mpidr, stack, emergency_stack);
}

bool is_online(usize index) {
    return per_cpu(index).online.load() != 0;
}

/// PSCI 0.2 is the first with CPU_ON under a number of its own (Arm DEN 0022, 5.1). With one CPU
/// nothing is asked for.
bool has_cpu_on(usize cpus) {
    constexpr u32 least = 0x2;
    if (cpus <= 1) {
        return true;
    }
    const u32 version = arch::firmware_version();
    step("PSCI {}.{}", version >> 16, version & 0xffff);
    const bool known = static_cast<i32>(version) > 0 && version >= least;
    if (!known) {
        log("the firmware's answer to PSCI_VERSION is {x}, not 0.2 or later: no other CPU is "
            "started",
            version);
    }
    return known;
}

bool is_planned(const dom0less::Plan& plan, usize index) {
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const dom0less::VcpuPlan& vcpu : domain.vcpus) {
            if (vcpu.host_cpu == index) {
                return true;
            }
        }
    }
    return false;
}

bool is_guarded_alike(usize first, usize other) {
    const PerCpu& one = per_cpu(first);
    const PerCpu& two = per_cpu(other);
    return is_online(first) == is_online(other) && one.midr == two.midr &&
           one.speculation == two.speculation;
}

void show_guard(usize first, usize last) {
    const arch::Speculation& here = per_cpu(first).speculation;
    LogText out;
    print(out, "speculation on CPU {}", first);
    if (last != first) {
        print(out, "-{}", last);
    }
    print(out, ", MIDR {x}: branch targets (v2): {}; ", per_cpu(first).midr,
          targets_in_words(here));
    print(out, "branch history (BHB): {}; store bypass (v4): {}\n", history_in_words(here),
          store_bypass_in_words(here));
}

}  // namespace

void identify_boot_cpu(const fdt::HostDescription& host) {
    for (usize index = 0; index < host.cpus.size(); ++index) {
        if (host.cpus[index].mpidr == arch::cpu_affinity()) {
            arch::become_cpu(index);
            return;
        }
    }
    log("the boot CPU, affinity {x}, is not among the CPUs of the tree: stopped",
        arch::cpu_affinity());
    arch::halt();
}

void start_cpus(const fdt::HostDescription& host) {
    const usize self = arch::cpu_index();
    per_cpu(self).online.store(1);
    if (!has_cpu_on(host.cpus.size())) {
        return;
    }
    for (usize index = 0; index < host.cpus.size(); ++index) {
        const fdt::HostCpu& cpu = host.cpus[index];
        if (index == self) {
            continue;
        }
        if (cpu.enable_method != fdt::HostCpu::EnableMethod::psci) {
            log("CPU {} ({}) is not started: its enable-method is not psci", index, cpu.path);
        } else if (const Result<void> started = start_cpu(index, cpu.mpidr); !started) {
            log("CPU {} ({}) does not start: error {}", index, cpu.path,
                static_cast<u32>(started.error()));
        }
    }
}

bool all_cpus_online(const dom0less::Plan& plan, const fdt::HostDescription& host) {
    const u64 patience = arch::counter() + arch::counter_frequency();
    bool complete = true;
    for (usize index = 0; index < host.cpus.size(); ++index) {
        const bool started = host.cpus[index].enable_method == fdt::HostCpu::EnableMethod::psci ||
                             index == arch::cpu_index();
        while (started && !is_online(index) && arch::counter() < patience) {
            arch::relax();
        }
        if (!is_online(index)) {
            log("CPU {} ({}) did not come up", index, host.cpus[index].path);
            complete = complete && !is_planned(plan, index);
        }
    }
    arch::settle_cpus();
    return complete;
}

void guard_boot_cpu(const fdt::HostDescription& host) {
    if (host.psci && host.psci->conduit == fdt::Psci::Conduit::smc &&
        host.psci->version_0_2_or_later) {
        arch::find_firmware_calls();
    }
    arch::guard_this_cpu();
}

void show_guards(const fdt::HostDescription& host) {
    usize first = 0;
    for (usize index = 1; index <= host.cpus.size(); ++index) {
        if (index < host.cpus.size() && is_guarded_alike(first, index)) {
            continue;
        }
        if (is_online(first)) {
            show_guard(first, index - 1);
        }
        first = index;
    }
}

void secondary_main(usize index) {
    report_firmware_serror(arch::take_serror());
    arch::guard_this_cpu();
    if (const Result<void> ready = arch::init_cpu_interrupts(); !ready) {
        log("CPU {} is not used: its part of the interrupt controller does not obey "
            "(error {})",
            index, static_cast<u32>(ready.error()));
        arch::halt();
    }
    step("CPU {} is up", index);
    per_cpu(index).online.store(1);
    serve_boot_cpu();
    schedule();
}

}  // namespace isthmus::core
