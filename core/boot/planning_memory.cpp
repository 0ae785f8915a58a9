// SPDX-License-Identifier: Apache-2.0
#include "core/boot/planning_memory.hpp"

#include "fdt/rules.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::core {
namespace {

[[gnu::section(".noinit")]] alignas(64) std::byte least_memory[least_arena_bytes];

}  // namespace

PlanningMemory find_planning_memory(const BootInfo& info) {
    PlanningMemory memory;
    memory.place = dom0less::find_arena(info.tree, info.image, info.tree_address);
    memory.bytes = least_memory;
    if (!memory.place.range.empty()) {
        if (const auto shown = arch::show_arena(memory.place.range)) {
            memory.bytes = *shown;
        } else {
            memory.is_out_of_reach = true;
        }
    }
    return memory;
}

void check_planning_memory(const PlanningMemory& memory, Findings& findings) {
    dom0less::check_arena_place(memory.place, findings);
    if (memory.is_out_of_reach) {
        findings.add(fdt::rules::address_size, "/", {},
                     "RAM at {}, the lowest that nobody has, is beyond this CPU's {} bits",
                     memory.place.range, arch::cpu_address_bits());
    }
}

}  // namespace isthmus::core
