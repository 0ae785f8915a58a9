// SPDX-License-Identifier: Apache-2.0
// The guest map (p2m, "physical to machine"): what each guest address of one domain means. Every
// entry keeps its MappingType, so that unmapping knows whose page it gives back.
#pragma once

#include <array>

#include "mm/frame_table.hpp"
#include "mm/mapping_type.hpp"
#include "mm/page_table.hpp"

namespace isthmus::mm {

/// How many entries of each size a map (or a part of it) uses.
struct MappingStatistics {
    u64 blocks_1g = 0;
    u64 blocks_2m = 0;
    u64 pages_4k = 0;

    u64 bytes() const { return blocks_1g * GiB + blocks_2m * 2 * MiB + pages_4k * page_size; }
    bool operator==(const MappingStatistics&) const = default;
};

/// References. Mapping takes none: a region's owner takes, when its pages are allocated, one
/// reference a page for each foreign mapping to come (assign_range, StaticPool::assign). A foreign
/// mapping *is* that reference, and unmapping gives it back, page by page, after the TLBs have
/// forgotten the entry. Own pages (ram_*, shared_rw) and devices carry none here: the domain's
/// reference to its own pages is given back by its teardown.
///
/// Not locked: one caller at a time for one map.
template <TableFormat Format, TableMemory<typename Format::Space> Memory>
    requires std::same_as<typename Format::Space, struct GuestSpace> &&
             std::same_as<typename Format::Attributes, MappingType>
class GuestMap {
  public:
    using Table = PageTable<Format, Memory>;
    using Leaf = typename Table::Leaf;

    /// `root` as for PageTable. The frame table must outlive the map.
    GuestMap(const FrameTable& frames, Memory& memory, HostAddress root, TableGeometry geometry)
        : frames_(frames), table_(memory, root, geometry) {}

    /// The domain's own pages. Errors of all map functions: unaligned, out_of_range,
    /// already_mapped, out_of_memory; then nothing has changed. Here also invalid_argument for a
    /// type that is not one of the domain's own pages.
    Result<void> map_ram(GuestRange guest, HostAddress host, MappingType type) {
        if (is_foreign(type) || is_device(type)) {
            return fail(Error::invalid_argument);
        }
        return table_.map(guest, host, type);
    }

    /// Registers of a device, or with `device_nc` memory behind it. Errors: as map_ram; denied when
    /// the host range touches RAM.
    Result<void> map_device(GuestRange guest, HostAddress host,
                            MappingType type = MappingType::device) {
        if (!is_device(type)) {
            return fail(Error::invalid_argument);
        }
        if (touches_ram(host, guest.size())) {
            return fail(Error::denied);
        }
        return table_.map(guest, host, type);
    }
    /// Memory that is nobody's: it holds no reference, and nothing follows from unmapping it.
    Result<void> map_reserved(GuestRange guest, HostAddress host) {
        return table_.map(guest, host, MappingType::reserved_rw);
    }

    /// Pages that `owner` owns, for this domain to read and write. Takes over one reference of each
    /// page, which the owner's allocation has taken. Errors: as map_ram; wrong_owner when a page
    /// is not allocated to `owner`.
    Result<void> p2m_map_foreign_rw(GuestRange guest, HostAddress host, DomainId owner) {
        return map_foreign(guest, host, owner, MappingType::foreign_rw);
    }
    /// The same, only to read.
    Result<void> p2m_map_foreign_ro(GuestRange guest, HostAddress host, DomainId owner) {
        return map_foreign(guest, host, owner, MappingType::foreign_ro);
    }

    /// A window of a region that lies in pieces: `guest` shows the bytes from `offset` on of the
    /// pieces put together. `type` is foreign_rw or foreign_ro. Errors: as p2m_map_foreign_rw, and
    /// out_of_range when the pieces end too early; then nothing has changed, and the references
    /// still are the caller's.
    Result<void> p2m_map_foreign_pieces(GuestRange guest, std::span<const HostRange> pieces,
                                        u64 offset, DomainId owner, MappingType type) {
        if (!is_foreign(type)) {
            return fail(Error::invalid_argument);
        }
        GuestAddress next = guest.start();
        const Result<void> done = map_pieces(guest, pieces, offset, owner, type, next);
        if (!done) {
            // Exactly the leaves of this call lie before `next`: none is split, so none can fail.
            const auto keep_reference = [](const Leaf&) {};
            check(
                table_.unmap(*GuestRange::between(guest.start(), next), keep_reference).has_value(),
                "undoing a mapping");
        }
        return done;
    }

    /// Removes every entry in the range; holes are skipped. A foreign entry of any size gives back
    /// one reference of each of its pages; `freed(PageInfo&)` gets those whose last it was
    /// (PageRelease). Errors: unaligned, out_of_range, out_of_memory (a block had to be split);
    /// then nothing has changed.
    template <class Freed>
    Result<void> unmap(GuestRange guest, Freed&& freed) {
        return table_.unmap(guest, [&](const Leaf& leaf) { give_back(leaf, freed); });
    }

    /// The same for everything there is. Cannot fail, and frees all table pages but the root.
    template <class Freed>
    void clear(Freed&& freed) {
        table_.clear([&](const Leaf& leaf) { give_back(leaf, freed); });
    }

    struct Cleared {
        GuestAddress next;        ///< where to go on
        HostRange foreign_block;  ///< its pages' references are the caller's to give back
    };
    /// A piece of clear(): removes the first entry at or behind `from`, or where that is a page a
    /// few that follow. Nothing when there is no entry; then clear() has little to do.
    template <class Freed>
    std::optional<Cleared> clear_some(GuestAddress from, Freed&& freed) {
        const std::optional<Leaf> first = table_.first_leaf(from);
        if (!first) {
            return {};
        }
        constexpr u64 few_pages = 16 * page_size;
        const u64 size =
            first->level == last_level ? few_pages - first->input.raw() % few_pages : first->size();
        const GuestRange range = *GuestRange::from(first->input, size);
        Cleared result{range.end(), {}};
        const auto removed = [&](const Leaf& leaf) {
            if (leaf.level != last_level && is_foreign(leaf.attributes)) {
                result.foreign_block = leaf.output();
            } else {
                give_back(leaf, freed);
            }
        };
        check(table_.unmap(range, removed).has_value(), "an entry that needs no splitting");
        return result;
    }

    /// not_mapped, out_of_range.
    Result<Leaf> translate(GuestAddress address) const { return table_.translate(address); }

    /// The table itself: its root for VTTBR_EL2, its visitors for the audit.
    const Table& table() const { return table_; }

    /// Of the entries that touch the range; of all of them with table().whole(). Walks the table.
    MappingStatistics statistics(GuestRange guest) const {
        std::array<u64, last_level + 1> count{};
        table_.visit(guest, [&](const Leaf& leaf) { ++count[leaf.level]; });
        return {count[1], count[2], count[3]};
    }

  private:
    Result<void> map_foreign(GuestRange guest, HostAddress host, DomainId owner, MappingType type) {
        const std::optional<HostRange> range = HostRange::from(host, guest.size());
        if (!range) {
            return fail(Error::out_of_range);
        }
        if (!range->is_aligned(page_size)) {
            return fail(Error::unaligned);
        }
        if (!is_owned_by(frames_, *range, owner)) {
            return fail(Error::wrong_owner);
        }
        return table_.map(guest, host, type);
    }

    /// `next`: the first address that is not mapped yet.
    Result<void> map_pieces(GuestRange guest, std::span<const HostRange> pieces, u64 offset,
                            DomainId owner, MappingType type, GuestAddress& next) {
        for (const HostRange& piece : pieces) {
            if (offset >= piece.size()) {
                offset -= piece.size();
                continue;
            }
            const u64 room = piece.size() - offset;
            const u64 left = guest.end() - next;
            const u64 size = left < room ? left : room;
            ISTHMUS_TRY(
                map_foreign(*GuestRange::from(next, size), piece.start() + offset, owner, type));
            next += size;
            offset = 0;
        }
        return next == guest.end() ? Result<void>() : fail(Error::out_of_range);
    }

    template <class Freed>
    void give_back(const Leaf& leaf, Freed& freed) {
        if (!is_foreign(leaf.attributes)) {
            return;
        }
        const std::span<PageInfo> pages = frames_.frames(leaf.output());
        check(!pages.empty(), "a foreign entry leads outside RAM");
        for (PageInfo& page : pages) {
            if (put_page(page)) {
                freed(page);
            }
        }
    }

    bool touches_ram(HostAddress host, u64 size) const {
        const std::optional<HostRange> range = HostRange::from(host, size);
        for (usize i = 0; range && i < frames_.bank_count(); ++i) {
            if (range->overlaps(frames_.bank(i))) {
                return true;
            }
        }
        return false;
    }

    const FrameTable& frames_;
    Table table_;
};

}  // namespace isthmus::mm
