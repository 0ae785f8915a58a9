// SPDX-License-Identifier: Apache-2.0
// The stages that the boot story (boot.cpp) names. Boot CPU only, in the story's order.
#pragma once

#include "core/boot/boot.hpp"
#include "core/domain/domain.hpp"
#include "dom0less/plan/plan.hpp"
#include "dom0less/read/system_config.hpp"
#include "dom0less/show/digest.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/log.hpp"
#include "isthmus/panic.hpp"
#include "isthmus/rule.hpp"

namespace isthmus::core {

/// The UART of the tree, when there is a driver for it; else Isthmus is silent.
void open_console(const fdt::HostDescription& host, const dom0less::Options& options);
void say_hello(const BootInfo& info, const fdt::HostDescription& host, usize tree_bytes);

/// Boot modules that hold configuration, where the boot loader put them.
class BootModules final : public dom0less::ModuleReader {
  public:
    /// `lent`: what lies there may be written over; such a module cannot be looked into.
    explicit BootModules(HostRange lent) : lent_(lent) {}

    std::span<const std::byte> copy(HostRange module, usize most, Arena& arena) override;

  private:
    HostRange lent_;
};

/// Looks at kernels and ramdisks where their modules lie: dom-module-digest, and for each kernel
/// the rules dom-kernel-... A compressed one is decompressed to nowhere, with memory from the
/// arena.
void check_modules(const dom0less::Plan& plan, Arena& arena, Findings& findings);

/// From now on nobody waits for the console's UART. Error: out_of_memory.
Result<void> queue_console(const fdt::HostDescription& host);

/// Whether guests' tables may force their memory to be cached, before one is made, or an SMMU is
/// asked whether it can walk them.
void choose_caching(const dom0less::Plan& plan);

/// One line each, errors first seen first, and a count.
void report_findings(const Findings& findings);

/// The end of a boot that must not go on: says why, and stops.
[[noreturn]] void start_nothing(const char* why);

/// The plan's table, what it was made in, its digest; each region as it was built. Nothing when the
/// log is quiet.
void show_plan(const dom0less::Plan& plan, const fdt::HostDescription& host,
               const dom0less::Digest& digest, const Arena& arena);
void show_regions(const dom0less::Plan& plan);

/// As arch asks for it. The tree has a controller and a timer.
arch::InterruptController describe_controller(const fdt::HostDescription& host);
/// The machine's interrupt controller and the private interrupts Isthmus lives on.
Result<void> start_interrupts(const fdt::HostDescription& host);

/// Gives the pages of every region their owner and references, and clears them.
Result<void> build_regions(const dom0less::Plan& plan);

/// Builds every domain, ready to start. Error: out_of_memory, or what the parts say.
Result<std::span<Domain>> build_domains(const dom0less::Plan& plan,
                                        const fdt::HostDescription& host);

/// The value of a step that the plan has made sure of; anything else is our own bug.
template <class T>
T must(const char* what, Result<T> result) {
    if (!result) {
        log("building failed: {}, error {}", what, static_cast<u32>(result.error()));
        panic("the plan could not be applied");
    }
    if constexpr (!std::is_void_v<T>) {
        return *result;
    }
}

}  // namespace isthmus::core
