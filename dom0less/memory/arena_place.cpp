// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/arena_place.hpp"

#include <bit>

#include "dom0less/memory/range_set.hpp"
#include "dom0less/plan/rules.hpp"
#include "fdt/tree_walk.hpp"
#include "fdt/words.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::CellCounts;
using fdt::Property;
using fdt::TreeWalk;

/// Of the machine's addresses those that Isthmus can use (fdt/scan_memory.cpp).
constexpr HostRange usable = *HostRange::from(HostAddress(0), u64{1} << limits::host_address_bits);

/// So many pieces that lie apart are told from each other: of more, those with the smallest gaps
/// between them are taken as one (range_set.hpp).
constexpr usize most_claims = 256;
constexpr usize most_heap_ranges = 32;

/// RAM, and who has it, collected on one walk.
class Survey {
  public:
    /// False when the tree cannot be read to its end.
    bool read(TreeWalk& walk) {
        for (usize i = 0; i < walk.reservation_count(); ++i) {
            const fdt::RegEntry entry = walk.reservation(i);
            if (const auto range = HostRange::from(HostAddress(entry.address), entry.size)) {
                keep(*range);
            }
        }
        while (walk.next()) {
            look(walk);
        }
        if (initrd_start_ && initrd_end_ && *initrd_start_ < *initrd_end_) {
            claim(*initrd_start_, *initrd_end_ - *initrd_start_);
        }
        return walk.is_whole();
    }
    void claim(HostRange range) { claims_.add(range.intersection(usable)); }
    /// Not even when nothing is started.
    void keep(HostRange range) {
        claim(range);
        kept_.add(range.intersection(usable));
    }

    std::span<const HostRange> ram() const { return ram_.items(); }
    std::span<const HostRange> heap() const { return heap_.items(); }
    std::span<const HostRange> claims() const { return claims_.items(); }
    std::span<const HostRange> kept() const { return kept_.items(); }

  private:
    void claim(u64 start, u64 size) {
        if (const auto range = HostRange::from(HostAddress(start), size)) {
            claim(*range);
        }
    }

    void look(const TreeWalk& walk) {
        if (walk.depth() == 0) {
            return;
        }
        const std::string_view top = walk.base_name(1);
        if (top == "chosen") {
            look_at_chosen(walk);
        } else if (top == "reserved-memory") {
            visit_list(walk, "reg", walk.cells(walk.depth() - 1),
                       [&](HostRange range) { keep(range); });
        }
        if (walk.depth() == 1) {
            add_ram(walk);
        }
    }

    /// As fdt/scan_memory.cpp.
    void add_ram(const TreeWalk& walk) {
        const auto type = walk.property(1, "device_type");
        if (!type || type->text() != "memory" || !walk.is_enabled()) {
            return;
        }
        visit_list(walk, "reg", walk.cells(0), [&](HostRange range) {
            if (usable.contains(range)) {
                ram_.add_if_room(range);
            }
        });
    }

    void look_at_chosen(const TreeWalk& walk) {
        const usize depth = walk.depth();
        claim_all(walk, "reg", walk.cells(depth - 1));
        claim_static_memory(walk);
        claim_region(walk);
        if (depth == 1) {
            visit_list(walk, "xen,static-heap", nearest(walk, 0),
                       [&](HostRange range) { heap_.add_if_room(range); });
            // Where a boot loader has put a ramdisk that no module names.
            initrd_start_ = number_of(walk, "linux,initrd-start");
            initrd_end_ = number_of(walk, "linux,initrd-end");
        }
    }

    /// In the cells that dom0less/read/ranges.cpp takes.
    void claim_static_memory(const TreeWalk& walk) {
        constexpr std::string_view own_address = "#xen,static-mem-address-cells";
        constexpr std::string_view own_size = "#xen,static-mem-size-cells";
        const auto address = walk.property(walk.depth(), own_address);
        const auto size = walk.property(walk.depth(), own_size);
        const CellCounts cells = address && size ? CellCounts{address->single_cell().value_or(0),
                                                              size->single_cell().value_or(0)}
                                                 : nearest(walk, walk.depth() - 1);
        claim_all(walk, "xen,static-mem", cells);
    }

    /// `<host guest size>`, or with an id of one cell `<host size guest>` (shm/node_config.cpp).
    void claim_region(const TreeWalk& walk) {
        const auto id = walk.property(walk.depth(), "xen,shm-id");
        const auto memory = walk.property(walk.depth(), "xen,shared-mem");
        const CellCounts cells = walk.cells(walk.depth() - 1);
        const usize full = 2 * usize{cells.address} + cells.size;
        if (!id || !memory || !cells.are_readable() || !memory->is_cells() ||
            memory->cell_count() != full) {
            return;
        }
        const usize size_at = is_cell(*id) ? cells.address : 2 * usize{cells.address};
        claim(memory->cells(0, cells.address), memory->cells(size_at, cells.size));
    }
    /// As shm/region_id.cpp tells a number from a text of three letters.
    static bool is_cell(const Property& id) {
        const auto text = id.text();
        return id.value.size() == 4 && !(text && text->size() == 3 && fdt::is_printable(*text));
    }

    static CellCounts nearest(const TreeWalk& walk, usize depth) {
        const CellCounts defaults;
        return {walk.nearest_cells(depth, "#address-cells").value_or(defaults.address),
                walk.nearest_cells(depth, "#size-cells").value_or(defaults.size)};
    }
    static std::optional<u64> number_of(const TreeWalk& walk, std::string_view name) {
        const auto found = walk.property(walk.depth(), name);
        return found ? found->number() : std::nullopt;
    }

    /// Each address and size of a property of the current node, where it is a list of them.
    template <class Visit>
    static void visit_list(const TreeWalk& walk, std::string_view name, CellCounts cells,
                           Visit&& visit) {
        const auto list = walk.property(walk.depth(), name);
        if (!list || !list->is_cells() || !cells.are_readable() ||
            list->cell_count() % cells.entry() != 0) {
            return;
        }
        for (usize i = 0; i < list->cell_count(); i += cells.entry()) {
            const auto range = HostRange::from(HostAddress(list->cells(i, cells.address)),
                                               list->cells(i + cells.address, cells.size));
            if (range) {
                visit(*range);
            }
        }
    }
    void claim_all(const TreeWalk& walk, std::string_view name, CellCounts cells) {
        visit_list(walk, name, cells, [&](HostRange range) { claim(range); });
    }

    RangeSet<limits::memory_banks> ram_;
    RangeSet<most_heap_ranges> heap_;
    RangeSet<most_claims> claims_;
    RangeSet<most_claims> kept_;  ///< those of them that are firmware's, image and boot tree
    std::optional<u64> initrd_start_;
    std::optional<u64> initrd_end_;
};

/// Looks at pieces of RAM from the lowest up.
class Search {
  public:
    Search(std::span<const HostRange> claims, u64 bytes) : claims_(claims), bytes_(bytes) {}

    /// The pieces of `area` between claims.
    void look_at(HostRange area) {
        HostAddress start = area.start();
        for (const HostRange& claim : claims_) {
            if (claim.overlaps(area)) {
                judge(HostRange::between(start, claim.start()));
                start = start < claim.end() ? claim.end() : start;
            }
        }
        judge(HostRange::between(start, area.end()));
    }
    HostRange found() const { return found_; }
    u64 largest() const { return largest_; }

  private:
    /// Nothing where the next claim begins before the last one ends, or outside of the area.
    void judge(std::optional<HostRange> piece) {
        const HostRange blocks = piece.value_or(HostRange()).inner_aligned(arena_block);
        largest_ = blocks.size() > largest_ ? blocks.size() : largest_;
        if (found_.empty() && blocks.size() >= bytes_) {
            found_ = *HostRange::from(blocks.start(), bytes_);
        }
    }

    std::span<const HostRange> claims_;
    u64 bytes_;
    HostRange found_;
    u64 largest_ = 0;
};
static_assert(is_aligned(limits::arena_bytes, arena_block));

void search(const Survey& survey, ArenaPlace& place) {
    Search search(survey.claims(), limits::arena_bytes);
    for (const HostRange& bank : survey.ram()) {
        for (const HostRange& heap : survey.heap()) {
            search.look_at(bank.intersection(heap));
        }
    }
    for (const HostRange& bank : survey.ram()) {
        place.ram += bank.size();
        search.look_at(bank);
    }
    place.range = search.found();
    place.largest = search.largest();
    if (place.range.empty()) {
        Search any(survey.kept(), limits::arena_bytes);
        for (const HostRange& bank : survey.ram()) {
            any.look_at(bank);
        }
        place.last_resort = any.found();
    }
}

}  // namespace

ArenaPlace find_arena(std::span<const std::byte> blob, HostRange image,
                      std::optional<HostAddress> tree) {
    ArenaPlace place;
    auto walk = TreeWalk::open(blob);
    if (!walk) {
        return place;
    }
    if (tree) {
        place.boot_tree = HostRange::from(*tree, walk->total_size()).value_or(HostRange());
    }
    Survey survey;
    survey.keep(image);
    survey.keep(place.boot_tree);
    if (survey.read(*walk)) {
        search(survey, place);
    }
    return place;
}

HostRange find_free(std::span<const std::byte> blob, std::span<const HostRange> taken, u64 bytes) {
    auto walk = TreeWalk::open(blob);
    Survey survey;
    for (const HostRange& range : taken) {
        survey.claim(range);
    }
    if (!walk || !survey.read(*walk)) {
        return {};
    }
    Search free(survey.claims(), bytes);
    for (const HostRange& bank : survey.ram()) {
        free.look_at(bank);
    }
    return free.found();
}

void check_arena_place(const ArenaPlace& place, Findings& findings) {
    if (place.ram != 0 && place.range.empty()) {
        findings.add(rules::out_of_memory, "/chosen", {},
                     "Isthmus plans in {} of RAM that nobody has, at a multiple of {}: of {} in "
                     "all the largest such piece has {}",
                     byte_size(limits::arena_bytes), byte_size(arena_block), byte_size(place.ram),
                     byte_size(place.largest));
    }
}

}  // namespace isthmus::dom0less
