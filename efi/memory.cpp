// SPDX-License-Identifier: Apache-2.0
#include "efi/memory.hpp"

#include <cstring>

#include "fdt/tree_walk.hpp"

namespace isthmus::efi {
namespace {

/// Of EFI_MEMORY_DESCRIPTOR.
constexpr usize type_at = 0;
constexpr usize start_at = 8;
constexpr usize pages_at = 24;
constexpr usize attributes_at = 32;
constexpr usize shortest_descriptor = 40;

/// EFI_MEMORY_TYPE.
constexpr u32 loader_code = 1;
constexpr u32 boot_services_data = 4;
constexpr u32 runtime_code = 5;
constexpr u32 runtime_data = 6;
constexpr u32 conventional = 7;
constexpr u32 acpi_tables = 9;
constexpr u32 acpi_nvs = 10;

/// Attributes.
constexpr u64 write_back = u64{1} << 3;
constexpr u64 specific_purpose = u64{1} << 18;
constexpr u64 runtime = u64{1} << 63;

constexpr HostRange all = *HostRange::from(HostAddress(0), u64{1} << limits::host_address_bits);

template <class T>
T number(std::span<const std::byte> descriptor, usize at) {
    T value{};
    std::memcpy(&value, descriptor.data() + at, sizeof(T));
    return value;
}

bool is_usable(u32 type, u64 attributes) {
    const bool is_boots = type >= loader_code && type <= boot_services_data;
    return (is_boots || type == conventional) && (attributes & write_back) != 0 &&
           (attributes & (specific_purpose | runtime)) == 0;
}

bool is_ram(u32 type) {
    return type == runtime_code || type == runtime_data || type == acpi_tables || type == acpi_nvs;
}

/// The parts of `bank` between usable ranges, which are sorted.
void add_gaps(HostRange bank, std::span<const HostRange> usable, Ranges& kept) {
    HostAddress start = bank.start();
    for (const HostRange& range : usable) {
        const HostRange part = range.intersection(bank);
        if (!part.empty()) {
            kept.add(HostRange::between(start, part.start()).value_or(HostRange()));
            start = part.end();
        }
    }
    kept.add(HostRange::between(start, bank.end()).value_or(HostRange()));
}

}  // namespace

void read_memory_map(const MemoryMap& map, FirmwareMemory& memory) {
    if (map.descriptor_size < shortest_descriptor) {
        return;
    }
    std::span<const std::byte> rest = map.descriptors;
    for (; rest.size() >= map.descriptor_size; rest = rest.subspan(map.descriptor_size)) {
        const auto pages = number<u64>(rest, pages_at);
        const auto whole =
            pages > all.pages()
                ? std::nullopt
                : HostRange::from(HostAddress(number<u64>(rest, start_at)), pages * page_size);
        const HostRange range = whole.value_or(HostRange()).intersection(all);
        const auto type = number<u32>(rest, type_at);
        const auto attributes = number<u64>(rest, attributes_at);
        if (is_usable(type, attributes)) {
            memory.usable.add_if_room(range);
        }
        if (is_usable(type, attributes) || is_ram(type)) {
            memory.ram.add_if_room(range);
        }
        if (type != conventional || !is_usable(type, attributes)) {
            memory.in_use.add(range);
        }
    }
}

void find_kept(std::span<const std::byte> tree, const FirmwareMemory& memory, Ranges& kept) {
    auto walk = fdt::TreeWalk::open(tree);
    while (walk && walk->next()) {
        const auto type = walk->depth() == 1 ? walk->property(1, "device_type") : std::nullopt;
        if (!type || type->text() != "memory") {
            continue;
        }
        const auto reg = walk->property(1, "reg");
        const fdt::CellCounts cells = walk->cells(0);
        if (!reg || !reg->is_cells() || !cells.are_readable()) {
            continue;
        }
        for (usize i = 0; i + cells.entry() <= reg->cell_count(); i += cells.entry()) {
            const auto bank = HostRange::from(HostAddress(reg->cells(i, cells.address)),
                                              reg->cells(i + cells.address, cells.size));
            add_gaps(bank.value_or(HostRange()), memory.usable.items(), kept);
        }
    }
}

}  // namespace isthmus::efi
