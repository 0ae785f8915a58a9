// SPDX-License-Identifier: Apache-2.0
// Another boot story for the hypervisor's own objects: every tree of an archive is planned at EL2,
// and the machine is switched off. The boot loader brings the archive as a ramdisk.
#include "core/boot/planning_memory.hpp"
#include "core/boot/steps.hpp"
#include "core/console/console.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/finding.hpp"
#include "tests/twin/plan_archive.hpp"

namespace isthmus::core {
namespace {

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

/// The end of RAM, which nobody has.
std::span<std::byte> show_room(const fdt::HostDescription& host) {
    constexpr u64 size = align_up(twin::room_bytes, 2 * MiB);
    const HostAddress end = host.memory.back().range.end().align_down(2 * MiB);
    must("room", arch::map_host(*HostRange::from(end - size, size), arch::HostAccess::read_write));
    return {arch::host_pointer(end - size), size};
}

}  // namespace

void boot(const BootInfo& info) {
    Arena arena(find_planning_memory(info).bytes);
    Findings findings(arena);
    const auto tree = fdt::Tree::open(info.tree, arena, findings);
    if (!tree) {
        arch::halt();
    }
    const fdt::HostDescription host = fdt::read_host(*tree, {}, arena, findings);
    open_console(host, {});
    {
        LogText out;
        twin::plan_archive(show_archive(*tree), show_room(host), out);
    }
    arch::power_off();
}

void boot_only_to_say(const BootInfo&, const char*) {
    arch::halt();
}

}  // namespace isthmus::core
