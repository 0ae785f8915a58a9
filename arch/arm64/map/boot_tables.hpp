// SPDX-License-Identifier: Apache-2.0
// The first tables of Isthmus's own map, as a value: of RAM they show the pages of the image and of
// the boot tree, and nothing else (but for the arena, where the lasting map never comes). What a
// cacheable mapping shows, a CPU may read by speculation, and next to these pages may be memory of
// the secure world, or a guest's. Pages throughout, as in the lasting map: a change of roots
// changes no translation's size (Arm ARM D8.16, break-before-make). Pure: compiled and tested on
// the host.
#pragma once

#include <span>

#include "arch/arm64/map/el2_descriptor.hpp"
#include "arch/arm64/map/layout.hpp"
#include "isthmus/range.hpp"

namespace isthmus::arch {

struct alignas(page_size) BootTable {
    u64 entry[512];
};

/// Where the image lies, and its segments as bytes from its start.
struct BootImage {
    HostAddress start;
    u64 text_end = 0;
    u64 rodata_end = 0;
    u64 end = 0;
};

/// Bytes of a boot tree by its header's first eight (Devicetree specification, 5.2); 0 when it is
/// none.
constexpr u64 boot_tree_bytes(std::span<const u8, 8> header) {
    const auto word = [&](usize at) {
        return u64{header[at]} << 24 | u64{header[at + 1]} << 16 | u64{header[at + 2]} << 8 |
               header[at + 3];
    };
    return word(0) == 0xd00d'feed ? word(4) : 0;
}

/// Whole pages of a tree of that many bytes, at least one, that fit into the window for it.
constexpr HostRange boot_tree_pages(HostAddress tree, u64 bytes) {
    const u64 in_window = tree - tree.align_down(2 * MiB);
    const u64 most = boot_tree_window - in_window;
    const u64 shown = bytes == 0 ? 1 : bytes < most ? bytes : most;
    return HostRange::from(tree, shown)
        .value_or(*HostRange::from(tree.align_down(page_size), page_size))
        .outer_aligned(page_size);
}

/// A static-storage object: with the MMU off the address of a member is its host address.
class BootTables {
  public:
    /// Called with the MMU off: reads no table of pointers, and calls nothing that does.
    void fill(const BootImage& image, HostRange tree_pages) {
        // One by one: a list of their addresses would hold linked addresses.
        clear(root_);
        clear(l1_identity_);
        clear(l2_identity_);
        clear(l3_identity_);
        clear(l1_image_);
        clear(l2_image_);
        clear(l2_tree_);
        clear(l2_arena_);
        clear(l2_device_);
        clear(l3_device_);
        map_image(image);
        map_tree(tree_pages);
        map_identity(image.start);
        l2_device_.entry[index(device_base, 2)] = El2Format::table(here(l3_device_));
        l1_image_.entry[index(image_base, 1)] = El2Format::table(here(l2_image_));
        l1_image_.entry[index(boot_tree_base, 1)] = El2Format::table(here(l2_tree_));
        l1_image_.entry[index(device_base, 1)] = El2Format::table(here(l2_device_));
        l1_image_.entry[index(arena_base, 1)] = El2Format::table(here(l2_arena_));
        root_.entry[index(image_base, 0)] = El2Format::table(here(l1_image_));
    }

    /// Shows the pages of a device, as far as its first 2 MiB go; the MMU may be on. Returns where.
    HypAddress map_device(HostRange registers) {
        constexpr El2Attributes device{El2Memory::device_ngnre, El2Access::read_write};
        const HostRange pages = registers.outer_aligned(page_size);
        for (u64 offset = 0; offset < pages.size(); offset += page_size) {
            const HostAddress page = pages.start() + offset;
            if (page.align_down(2 * MiB) == pages.start().align_down(2 * MiB)) {
                l3_device_.entry[index(page.raw(), 3)] = El2Format::leaf(page, 3, device);
            }
        }
        return HypAddress(device_base + (registers.start().raw() & (2 * MiB - 1)));
    }

    /// Shows the arena, whole blocks of 2 MiB; the MMU may be on. Returns where.
    HypAddress map_arena(HostRange blocks) {
        constexpr El2Attributes data{El2Memory::normal_wb, El2Access::read_write};
        for (u64 offset = 0; offset < blocks.size(); offset += 2 * MiB) {
            l2_arena_.entry[index(arena_base + offset, 2)] =
                El2Format::leaf(blocks.start() + offset, 2, data);
        }
        return HypAddress(arena_base);
    }

    HostAddress root() const { return here(root_); }

  private:
    static constexpr u64 index(u64 address, unsigned level) {
        return (address >> (39 - 9 * level)) & 511;
    }
    static HostAddress here(const BootTable& table) {
        return HostAddress(reinterpret_cast<u64>(&table));
    }
    static void clear(BootTable& table) {
        for (u64& entry : table.entry) {
            entry = 0;
        }
    }
    static constexpr El2Attributes attributes(u64 offset, const BootImage& image) {
        const El2Access access = offset < image.text_end     ? El2Access::read_execute
                                 : offset < image.rodata_end ? El2Access::read_only
                                                             : El2Access::read_write;
        return {El2Memory::normal_wb, access};
    }

    void map_image(const BootImage& image) {
        for (u64 offset = 0; offset < image.end; offset += page_size) {
            BootTable& table = l3_image_[offset / (2 * MiB)];
            if (offset % (2 * MiB) == 0) {
                clear(table);
                l2_image_.entry[index(image_base + offset, 2)] = El2Format::table(here(table));
            }
            table.entry[index(offset, 3)] =
                El2Format::leaf(image.start + offset, 3, attributes(offset, image));
        }
    }

    void map_tree(HostRange pages) {
        constexpr El2Attributes read_only{El2Memory::normal_wb, El2Access::read_only};
        for (usize i = 0; i < boot_tree_window / (2 * MiB); ++i) {
            clear(l3_tree_[i]);
            l2_tree_.entry[index(boot_tree_base, 2) + i] = El2Format::table(here(l3_tree_[i]));
        }
        const u64 first = pages.start() - pages.start().align_down(2 * MiB);
        for (u64 offset = 0; offset < pages.size(); offset += page_size) {
            BootTable& table = l3_tree_[(first + offset) / (2 * MiB)];
            table.entry[index(first + offset, 3)] =
                El2Format::leaf(pages.start() + offset, 3, read_only);
        }
    }

    /// Only the page that turns the MMU on; executable, and not writable.
    void map_identity(HostAddress image) {
        constexpr El2Attributes executable{El2Memory::normal_wb, El2Access::read_execute};
        const u64 address = image.raw();
        root_.entry[index(address, 0)] = El2Format::table(here(l1_identity_));
        l1_identity_.entry[index(address, 1)] = El2Format::table(here(l2_identity_));
        l2_identity_.entry[index(address, 2)] = El2Format::table(here(l3_identity_));
        // Not guarded: the first jump to the linked address is an indirect branch.
        l3_identity_.entry[index(address, 3)] =
            El2Format::leaf(image, 3, executable) & ~el2::Gp::mask;
    }

    BootTable root_;  ///< entry.S looks for it at the start
    BootTable l1_identity_;
    BootTable l2_identity_;
    BootTable l3_identity_;
    BootTable l1_image_;
    BootTable l2_image_;
    BootTable l3_image_[image_limit / (2 * MiB)];
    BootTable l2_tree_;
    BootTable l3_tree_[boot_tree_window / (2 * MiB)];
    BootTable l2_arena_;
    BootTable l2_device_;
    BootTable l3_device_;
};

}  // namespace isthmus::arch
