// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/built_plan.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/boot/steps.hpp"
#include "core/memory/machine_memory.hpp"
#include "dom0less/memory/heap_need.hpp"
#include "tests/unit/support/fake_machine.hpp"
#include "tests/unit/support/kernel_bytes.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::test {
namespace {

constexpr HostAddress tree_at(FakeMachine::ram_start + 2 * MiB);

void account(const fdt::HostDescription& host, BuiltPlan& result) {
    const dom0less::HeapNeed need = dom0less::count_heap(core::plan(), host);
    result.counted = need.total() - need.loading;
    result.own_counted = need.own_tables;
    result.own_taken = FakeMachine::heap_tables() * page_size;
    result.taken = fake().heap_most_taken * page_size;
    result.capacity = dom0less::heap_capacity(core::plan(), host);
    result.domains = core::domains().size();
}

void boot_here(const Blob& tree, BuiltPlan& result) {
    FakeMachine& machine = fake();
    machine.restart();
    machine.on_idle = [] { throw GuestEntered{}; };  // nobody on the boot CPU, and all is built
    const HostRange image = *HostRange::from(HostAddress(FakeMachine::ram_start), 2 * MiB);
    const PlannedTree planned(tree, image);
    const std::vector<std::byte> kernel = kernel_bytes(0, 1 * MiB, 0xa, 4096);
    for (const dom0less::DomainConfig& domain : planned.config.domains) {
        if (domain.kernel && domain.kernel->host.start() >= image.end()) {
            std::memcpy(machine.ram(domain.kernel->host.start()), kernel.data(), kernel.size());
        }
    }
    try {
        core::boot({tree, tree_at, image});
    } catch (const GuestEntered&) {
        account(planned.host, result);
        result.end = BuiltPlan::End::entered;
    } catch (const MachineStopped&) {
        result.end = BuiltPlan::End::refused;
    }
    result.early_tables = FakeMachine::early_tables_most();
    const std::string said = machine.take_output();
    const usize shown = std::min(said.size(), result.said.size() - 1);
    std::memcpy(result.said.data(), said.data() + said.size() - shown, shown);
}

}  // namespace

BuiltPlan build_apart(const Blob& tree) {
    void* shared =
        mmap(nullptr, sizeof(BuiltPlan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        std::abort();
    }
    auto* result = new (shared) BuiltPlan;
    const pid_t child = fork();
    if (child == 0) {
        boot_here(tree, *result);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    BuiltPlan copy = *result;
    if (status != 0) {
        copy.end = BuiltPlan::End::crashed;
    }
    munmap(shared, sizeof(BuiltPlan));
    return copy;
}

}  // namespace isthmus::test
