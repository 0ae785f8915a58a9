// SPDX-License-Identifier: Apache-2.0
// Page table against a plain array of pages: any sequence of map, unmap and change, with tables
// running out at times, while the recording memory watches each store.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <set>
#include <vector>

#include "mm/page_table.hpp"
#include "tests/unit/mm/recording_memory.hpp"
#include "tests/unit/mm/test_format.hpp"

namespace isthmus::mm {
namespace {

using test::TestFormat;
using Memory = test::RecordingMemory<TestFormat>;
using Table = PageTable<TestFormat, Memory>;
using Leaf = Table::Leaf;

constexpr TableGeometry geometry{1, 40};

struct ModelEntry {
    u64 host = 0;
    MappingType type = MappingType::ram_rw;
    bool operator==(const ModelEntry&) const = default;
};

struct System {
    /// Three 2 MiB blocks around a 1 GiB border.
    static constexpr u64 base = GiB - 2 * 2 * MiB;
    static constexpr usize pages = 3 * 512;

    System() {
        for (u64 page = 0; page < pages; page += 307) {
            memory.watch(base + page * page_size);
        }
    }

    Memory memory{geometry};
    Table table{memory, memory.root(), geometry};
    std::vector<std::optional<ModelEntry>> model{pages};

    struct Piece {
        usize first;
        usize count;
        GuestRange range;
    };
    /// Often whole 2 MiB blocks, often a few pages at any place, seldom everything.
    Piece any_piece() {
        const usize unit = *rc::gen::element<usize>(1, 1, 512, 512, 17);
        const usize first = unit * *rc::gen::inRange<usize>(0, pages / unit);
        const usize most = (pages - first) / unit;
        const usize count = unit * *rc::gen::inRange<usize>(1, most + 1);
        return {
            first, count,
            GuestRange::from(GuestAddress(base + first * page_size), count * page_size).value()};
    }
    void any_budget() { memory.set_budget(*rc::gen::element<usize>(0, 1, 2, 3, 100, 100, 100)); }
    MappingType any_type() {
        return *rc::gen::element(MappingType::ram_rw, MappingType::ram_ro, MappingType::foreign_rw);
    }

    void map() {
        const Piece piece = any_piece();
        const u64 shift = *rc::gen::element<u64>(0, 0, 0, page_size, 2 * MiB);
        const HostAddress host(16 * GiB + piece.range.start().raw() + shift);
        const MappingType type = any_type();
        bool free = true;
        for (usize i = 0; i < piece.count; ++i) {
            free = free && !model[piece.first + i];
        }
        const Result<void> mapped = table.map(piece.range, host, type);
        if (!mapped) {
            RC_ASSERT(mapped.error() == (free ? Error::out_of_memory : Error::already_mapped));
            return;
        }
        RC_ASSERT(free);
        for (usize i = 0; i < piece.count; ++i) {
            model[piece.first + i] = ModelEntry{host.raw() + i * page_size, type};
        }
    }

    void unmap() {
        const Piece piece = any_piece();
        std::vector<std::optional<ModelEntry>> removed(pages);
        bool twice = false;
        const Result<void> done = table.unmap(piece.range, [&](const Leaf& leaf) {
            for (u64 offset = 0; offset < leaf.size(); offset += page_size) {
                const usize page = (leaf.input.raw() + offset - base) / page_size;
                twice = twice || removed[page].has_value();
                removed[page] = ModelEntry{leaf.host.raw() + offset, leaf.attributes};
            }
        });
        RC_ASSERT(!twice);
        std::vector<std::optional<ModelEntry>> expected(pages);
        for (usize i = piece.first; done && i < piece.first + piece.count; ++i) {
            std::swap(expected[i], model[i]);
        }
        RC_ASSERT(removed == expected);
    }

    void change() {
        const Piece piece = any_piece();
        const MappingType type = any_type();
        if (!table.change(piece.range, type)) {
            return;
        }
        for (usize i = 0; i < piece.count; ++i) {
            if (model[piece.first + i]) {
                model[piece.first + i]->type = type;
            }
        }
    }

    void compare() {
        std::vector<std::optional<ModelEntry>> found(pages);
        std::set<u64> tables_needed;
        table.visit_all([&](const Leaf& leaf) {
            tables_needed.insert(leaf.input.raw() / GiB);
            if (leaf.level == 3) {
                tables_needed.insert(GiB + leaf.input.raw() / (2 * MiB));
            }
            for (u64 offset = 0; offset < leaf.size(); offset += page_size) {
                const usize page = (leaf.input.raw() + offset - base) / page_size;
                found[page] = ModelEntry{leaf.host.raw() + offset, leaf.attributes};
            }
        });
        RC_ASSERT(found == model);
        for (usize page = 0; page < pages; page += 61) {
            const u64 input = base + page * page_size;
            const Result<Leaf> leaf = table.translate(GuestAddress(input + 0xabc));
            RC_ASSERT(leaf.has_value() == model[page].has_value());
            if (leaf) {
                RC_ASSERT(leaf->host.raw() + (input - leaf->input.raw()) == model[page]->host);
                RC_ASSERT(leaf->attributes == model[page]->type);
            }
        }
        // No table stands empty, or is lost.
        RC_ASSERT(memory.tables() == tables_needed.size());
        memory.expect_all_visible();
    }
};

RC_GTEST_PROP(PageTableProperty, AgreesWithAnArrayOfPages, ()) {
    System system;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
    for (const int step : steps) {
        system.any_budget();
        if (step < 3) {
            system.map();
        } else if (step < 5) {
            system.unmap();
        } else {
            system.change();
        }
        system.compare();
        RC_ASSERT(!testing::Test::HasFailure());  // of the recording memory
    }
    system.table.clear([](const Leaf&) {});
    RC_ASSERT(system.memory.tables() == 0U);
}

}  // namespace
}  // namespace isthmus::mm
