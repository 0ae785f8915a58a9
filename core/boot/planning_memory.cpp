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
    const bool is_found = !memory.place.range.empty();
    const HostRange range = is_found ? memory.place.range : memory.place.last_resort;
    if (range.empty()) {
        return memory;
    }
    if (const auto shown = arch::show_arena(range)) {
        memory.bytes = *shown;
        memory.lent = is_found ? HostRange() : range;
    } else {
        memory.is_out_of_reach = is_found;
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
