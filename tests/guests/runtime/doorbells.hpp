// SPDX-License-Identifier: Apache-2.0
// The doorbells of a shared region, as the guest's tree tells of them (docs/doorbells.md).
#pragma once

#include <libfdt.h>

#include <cstring>
#include <optional>
#include <string_view>

#include "isthmus/types.hpp"
#include "runtime/mmio.hpp"
#include "runtime/smccc.hpp"
#include "runtime/tree.hpp"

namespace isthmus::guest {

inline constexpr u64 doorbell_ring = 0xc600'0001;
inline constexpr u64 doorbell_take = 0xc600'0002;
inline constexpr u64 hypervisor_uid = 0x8600'ff01;
inline constexpr u32 no_bell = 0xffff'ffff;

/// One region's.
class Doorbells {
  public:
    /// Nothing: the tree has no such region, or that has no doorbells.
    static std::optional<Doorbells> find(const Tree& tree, std::string_view id) {
        const void* blob = tree.blob();
        int node = -1;
        while ((node = fdt_node_offset_by_compatible(blob, node, "xen,shared-memory-v1")) >= 0) {
            if (tree.text(node, "xen,id") == id &&
                fdt_getprop(blob, node, "isthmus,doorbells", nullptr) != nullptr) {
                return Doorbells(tree, node);
            }
        }
        return std::nullopt;
    }

    u32 intid() const { return tree_.interrupt(node_).value_or(0); }
    u32 own() const { return cell("isthmus,party", 0); }
    u32 parties() const {
        return static_cast<u32>(fdt_stringlist_count(tree_.blob(), node_, "isthmus,parties"));
    }
    std::string_view name(u32 party) const {
        int length = 0;
        const char* text = fdt_stringlist_get(tree_.blob(), node_, "isthmus,parties",
                                              static_cast<int>(party), &length);
        return text == nullptr ? std::string_view{} : std::string_view(text);
    }
    /// The number by which the party is rung, and which says that it rang.
    u32 bell(u32 party) const { return cell("isthmus,doorbells", party); }
    u32 bell(std::string_view party) const {
        for (u32 i = 0; i < parties(); ++i) {
            if (name(i) == party) {
                return bell(i);
            }
        }
        return no_bell;
    }

  private:
    Doorbells(const Tree& tree, int node) : tree_(tree), node_(node) {}
    u32 cell(const char* property, u32 index) const {
        int length = 0;
        const auto* bytes = static_cast<const u8*>(
            fdt_getprop(tree_.blob(), node_, property, &length));
        if (bytes == nullptr || static_cast<u32>(length) < 4 * (index + 1)) {
            return no_bell;
        }
        bytes += usize{4} * index;
        return u32{bytes[0]} << 24 | u32{bytes[1]} << 16 | u32{bytes[2]} << 8 | u32{bytes[3]};
    }

    Tree tree_;
    int node_;
};

/// The guest's GPIO blocks: block n has its doorbells 4n to 4n + 3 (Arm DDI 0190).
class GpioBlock {
  public:
    static constexpr u32 bells = 4;

    static std::optional<GpioBlock> find(const Tree& tree, u32 number) {
        int node = -1;
        for (u32 i = 0;; ++i) {
            node = fdt_node_offset_by_compatible(tree.blob(), node, "arm,pl061");
            const auto frame = node >= 0 ? tree.reg(node) : std::nullopt;
            if (!frame) {
                return std::nullopt;
            }
            if (i == number) {
                return GpioBlock(frame->start().raw(), tree.interrupt(node).value_or(0));
            }
        }
    }

    u64 base() const { return base_; }
    u32 intid() const { return intid_; }
    static constexpr u32 ring_line(u32 bell) { return bell % bells * 2; }
    static constexpr u32 rung_line(u32 bell) { return bell % bells * 2 + 1; }

    void make_output(u32 line) const {
        write8(base_ + direction, static_cast<u8>(read8(base_ + direction) | u32{1} << line));
    }
    /// Where a 1 on this line is written.
    u64 data(u32 line) const { return base_ + (u64{4} << line); }
    void set(u32 line) const { write8(data(line), static_cast<u8>(u32{1} << line)); }
    void enable(u32 line) const {
        write8(base_ + enabled, static_cast<u8>(read8(base_ + enabled) | u32{1} << line));
    }
    /// As at power-on.
    void reset() const {
        for (u64 at = direction; at <= enabled; at += 4) {
            write8(base_ + at, 0);
        }
        clear(0xff);
    }
    u8 raw_status() const { return read8(base_ + raw); }
    u8 masked_status() const { return read8(base_ + masked); }
    void clear(u8 lines) const { write8(base_ + clearing, lines); }
    u8 levels() const { return read8(base_ + 0x3fc); }

  private:
    static constexpr u64 direction = 0x400;
    static constexpr u64 enabled = 0x410;
    static constexpr u64 raw = 0x414;
    static constexpr u64 masked = 0x418;
    static constexpr u64 clearing = 0x41c;

    GpioBlock(u64 base, u32 intid) : base_(base), intid_(intid) {}

    u64 base_;
    u32 intid_;
};

}  // namespace isthmus::guest
