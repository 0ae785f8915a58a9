// SPDX-License-Identifier: Apache-2.0
// Isthmus's own map as the layout has it (layout.hpp), over any table memory: the machine's in
// el2_map.cpp, the tests' on the host, where it is seen how many table pages a plan really takes.
#pragma once

#include "arch/arm64/map/early_tables.hpp"
#include "arch/arm64/map/el2_descriptor.hpp"
#include "isthmus/arch/host_map.hpp"
#include "mm/page_table.hpp"

namespace isthmus::arch {

/// Not locked. `Tables` is a mm::TableMemory.
template <class Tables>
class OwnMap {
  public:
    using Table = mm::PageTable<El2Format, Tables>;
    static constexpr mm::TableGeometry geometry{0, 48};

    Tables& tables() { return tables_; }
    HostAddress root() const { return root_; }
    Table table() { return Table(tables_, root_, geometry); }

    /// An empty map. Error: out_of_memory.
    Result<void> start() {
        root_ = ISTHMUS_TRY(tables_.allocate_table());
        return {};
    }
    /// `size` bytes of the image from `offset` on. All of these: errors as mm::PageTable::map.
    Result<void> map_image(HostAddress image, u64 offset, u64 size, El2Access access) {
        return map_pages(image_base + offset, *HostRange::from(image + offset, size), access);
    }
    /// Pages around the boot tree, `offset` bytes into its window.
    Result<void> map_boot_tree(u64 offset, HostRange pages) {
        return map_pages(boot_tree_base + offset, pages, El2Access::read_only);
    }
    Result<void> map_stacks(usize slot, HostAddress stack, HostAddress emergency_stack) {
        ISTHMUS_TRY(map(stack_top(slot).raw() - stack_size, *HostRange::from(stack, stack_size),
                        El2Access::read_write));
        return map(emergency_stack_top(slot).raw() - stack_size,
                   *HostRange::from(emergency_stack, stack_size), El2Access::read_write);
    }

    /// The tables that lead to the windows, with no page in them. Returns the last-level one.
    Result<HostAddress> make_windows(HostAddress any_page) {
        ISTHMUS_TRY(map(window_base, *HostRange::from(any_page, page_size), El2Access::read_only));
        const HostAddress table = last_table(window_base);
        tables_.write(table, 0, 0);
        return table;
    }

    /// Shows device registers. Small ones lie side by side with a page between them, so that they
    /// share tables; large ones where blocks can be used. Errors: as map, out_of_range (the window
    /// is full).
    Result<HypAddress> map_device(HostRange registers) {
        const HostRange pages = registers.outer_aligned(page_size);
        const u64 slot = pages.size() < 2 * MiB ? next_device_
                                                : align_up(next_device_, 2 * MiB) +
                                                      (pages.start().raw() & (2 * MiB - 1));
        return map_device_at(slot, registers);
    }
    /// The first device, where the boot map shows it (boot_tables.hpp).
    Result<HypAddress> map_early_device(HostRange registers) {
        return map_device_at(
            device_base + (registers.start().align_down(page_size).raw() & (2 * MiB - 1)),
            registers);
    }
    /// As map_device was given it, and returned. The place of the last one is free again.
    Result<void> unmap_device(HostRange registers, HypAddress at) {
        const u64 size = registers.outer_aligned(page_size).size();
        const u64 slot = at.align_down(page_size).raw();
        next_device_ = next_device_ == slot + size + page_size ? slot : next_device_;
        return table().unmap(hyp_range(slot, size), [](const typename Table::Leaf&) {});
    }

    /// Whole blocks of 2 MiB.
    Result<HypAddress> map_arena(HostRange range) {
        ISTHMUS_TRY(map(arena_base, range, El2Access::read_write));
        return HypAddress(arena_base);
    }

    /// RAM, at its own address behind ram_base. Errors: as map, out_of_range (too far up).
    Result<void> map_ram(HostRange range, HostAccess access) {
        if (range.end().raw() > host_address_limit) {
            return fail(Error::out_of_range);
        }
        return map(ram_base + range.start().raw(), range,
                   access == HostAccess::read_only ? El2Access::read_only : El2Access::read_write);
    }
    Result<void> unmap_ram(HostRange range) {
        return table().unmap(hyp_range(ram_base + range.start().raw(), range.size()),
                             [](const typename Table::Leaf&) {});
    }

  private:
    static HypRange hyp_range(u64 start, u64 size) {
        return *HypRange::from(HypAddress(start), size);
    }
    Result<void> map(u64 at, HostRange range, El2Access access) {
        return table().map(hyp_range(at, range.size()), range.start(),
                           {El2Memory::normal_wb, access});
    }
    /// Page by page, as the boot map shows them: between the roots no translation changes its size
    /// (boot_tables.hpp). Nobody walks these tables yet: where one is there, entries are written.
    Result<void> map_pages(u64 at, HostRange pages, El2Access access) {
        HostAddress last;
        for (u64 offset = 0; offset < pages.size(); offset += page_size) {
            const HostRange page = *HostRange::from(pages.start() + offset, page_size);
            if (offset == 0 || is_aligned(at + offset, 2 * MiB)) {
                ISTHMUS_TRY(map(at + offset, page, access));
                last = last_table(at + offset);
            } else {
                tables_.write(
                    last, ((at + offset) >> page_shift) % mm::table_entries,
                    El2Format::leaf(page.start(), mm::last_level, {El2Memory::normal_wb, access}));
            }
        }
        return {};
    }
    /// The last-level table of a mapped address.
    HostAddress last_table(u64 address) const {
        HostAddress table = root_;
        for (unsigned level = 0; level < mm::last_level; ++level) {
            const u64 index = (address >> mm::entry_shift(level)) % mm::table_entries;
            table = El2Format::address(tables_.read(table, index));
        }
        return table;
    }
    Result<HypAddress> map_device_at(u64 slot, HostRange registers) {
        const HostRange pages = registers.outer_aligned(page_size);
        if (pages.size() > device_window || slot + pages.size() > device_base + device_window) {
            return fail(Error::out_of_range);
        }
        ISTHMUS_TRY(table().map(hyp_range(slot, pages.size()), pages.start(),
                                {El2Memory::device_ngnre, El2Access::read_write}));
        next_device_ = slot + pages.size() + page_size;
        return HypAddress(slot + (registers.start() - pages.start()));
    }

    Tables tables_;
    HostAddress root_;
    u64 next_device_ = device_base;
};

}  // namespace isthmus::arch
