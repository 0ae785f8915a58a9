// SPDX-License-Identifier: Apache-2.0
// Another boot story for the hypervisor's own objects: every tree of an archive is planned at EL2,
// and the machine is switched off. The boot loader brings the archive as a ramdisk.
#include "core/boot/steps.hpp"
#include "core/console/console.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/host_map.hpp"
#include "tests/twin/plan_archive.hpp"

namespace isthmus::core {
namespace {

alignas(64) std::byte machine_memory[1 * MiB];

u64 chosen_number(const fdt::Tree& tree, std::string_view name) {
    const auto chosen = tree.find("/chosen");
    const auto property = chosen ? chosen->property(name) : std::nullopt;
    const auto number = property ? property->number() : std::nullopt;
    check(number.has_value(), "the boot loader brings no archive");
    return *number;
}

/// The archive, shown in Isthmus's map.
std::span<const std::byte> show_archive(const fdt::Tree& tree) {
    const auto place = HostRange::between(HostAddress(chosen_number(tree, "linux,initrd-start")),
                                          HostAddress(chosen_number(tree, "linux,initrd-end")));
    check(place.has_value(), "the archive ends before it starts");
    must("archive", arch::map_host(place->outer_aligned(2 * MiB), arch::HostAccess::read_only));
    return {arch::host_pointer(place->start()), place->size()};
}

}  // namespace

void boot(const BootInfo& info) {
    Arena arena(machine_memory);
    Findings findings(arena);
    const auto tree = fdt::Tree::open(info.tree, arena, findings);
    if (!tree) {
        arch::halt();
    }
    open_console(fdt::read_host(*tree, {}, arena, findings), {});
    {
        LogText out;
        twin::plan_archive(show_archive(*tree), out);
    }
    arch::power_off();
}

void boot_only_to_say(const BootInfo&, const char*) {
    arch::halt();
}

}  // namespace isthmus::core
