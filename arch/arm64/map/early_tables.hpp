// SPDX-License-Identifier: Apache-2.0
// How many pages of Isthmus's own tables are needed before the heap stands, and where they are
// kept. They are in the image; all others come from the heap, which the plan has counted
// (dom0less/memory/budget.hpp). Compiles on the host, where the tests build the same map.
//
//     always there        image, boot tree, arena, the boot CPU's stacks, windows, small devices
//     one at a time       a module that is looked at, or registers of the interrupt controller,
//                         while nothing is decided
//     last                the first piece of the heap, from then on the heap has some
#pragma once

#include <array>

#include "arch/arm64/map/layout.hpp"
#include "isthmus/panic.hpp"
#include "isthmus/result.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::arch {

namespace early {

/// What one table of `level` spans.
constexpr u64 table_span(unsigned level) {
    return mm::entry_span(level - 1);
}
/// The most tables of `level` that `bytes` of pages touch, wherever they begin.
constexpr u64 touched(u64 bytes, unsigned level) {
    return (bytes + table_span(level) - 2 * page_size) / table_span(level) + 1;
}
/// The most tables for one stretch of RAM, which Isthmus shows where blocks can be used: at each
/// level only the two ends need one; a level 0 entry is no block.
constexpr u64 ram_stretch(u64 bytes) {
    return touched(bytes, 1) + 2 + 2;
}

// Each area of the image's slot begins at a GiB of its own: one table of level 2 and, as none is
// congruent to its host memory for sure, pages.
inline constexpr u64 image = 1 + image_limit / table_span(3);
inline constexpr u64 boot_tree = 1 + boot_tree_window / table_span(3);
inline constexpr u64 boot_stacks = 2 * (1 + 1);
inline constexpr u64 windows = 1 + 1;
inline constexpr u64 arena = 1;  ///< shown in blocks
/// The console and the SMMUs, one behind the other with a page between. The console that firmware's
/// tree names comes in the place of an early one, which may be anywhere in its table.
inline constexpr u64 small_devices = (small_device_limit + 2 * page_size) * (1 + limits::smmus);
inline constexpr u64 devices = 1 + touched(small_devices, 3);
inline constexpr u64 upper = 2;  ///< the root; level 1 of the image's slot
/// Its middle is shown in blocks.
inline constexpr u64 controller_registers = 2;
inline constexpr u64 looked_at = ram_stretch(limits::module_bytes);
static_assert(controller_registers <= looked_at);

inline constexpr u64 pages =
    upper + image + boot_tree + boot_stacks + windows + arena + devices + looked_at;

}  // namespace early

/// A fixed number of table pages: given out cleared, taken back, given out again.
class EarlyTables {
  public:
    struct alignas(page_size) Page {
        u64 entries[mm::table_entries];
    };
    static constexpr usize count = early::pages;
    using Pages = std::array<Page, count>;

    /// A page of `pages`, or nullptr when all are in use.
    Page* take(Pages& pages) {
        for (usize index = 0; index < count; ++index) {
            if (!in_use_[index]) {
                in_use_[index] = true;
                most_ = ++used_ > most_ ? used_ : most_;
                pages[index] = Page{};
                return &pages[index];
            }
        }
        return nullptr;
    }
    void give_back(const Pages& pages, const Page* page) {
        const auto index = static_cast<usize>(page - pages.data());
        check(index < count && in_use_[index], "a table page that is not in use comes back");
        in_use_[index] = false;
        --used_;
    }
    usize used() const { return used_; }
    usize most() const { return most_; }  ///< that were in use at once

  private:
    std::array<bool, count> in_use_{};
    usize used_ = 0;
    usize most_ = 0;
};

}  // namespace isthmus::arch
