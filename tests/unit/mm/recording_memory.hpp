// SPDX-License-Identifier: Apache-2.0
// Table memory that lives the life of a machine with the worst TLB the architecture allows. After
// every single store it walks the tables for some watched input pages; what it finds may stay in
// the TLB until it is invalidated. It complains when
// - a page could be translated in two ways at once, or in a way the test does not allow;
// - a valid entry is overwritten by another valid one (no break before make);
// - an entry leads to a table whose stores are not visible yet;
// - the TLB is invalidated before the broken entry is visible;
// - a table is freed that a walk could still reach.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "mm/table_format.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::mm::test {

/// (host page, attributes as a number, level): how a TLB entry for one 4 KiB page reads.
using Translation = std::tuple<u64, u64, unsigned>;

template <class Format>
class RecordingMemory {
  public:
    using Space = typename Format::Space;

    explicit RecordingMemory(TableGeometry geometry) : geometry_(geometry) {
        tables_[root().raw()].resize(geometry.root_bytes() / sizeof(u64));
    }

    HostAddress root() const { return HostAddress(0x10'0000); }
    usize tables() const { return tables_.size() - 1; }  ///< without the root
    usize stores() const { return stores_; }
    usize invalidations() const { return invalidations_; }
    /// How many more tables can be had.
    void set_budget(usize tables) { budget_ = tables; }
    const std::map<u64, std::vector<u64>>& contents() const { return tables_; }

    void watch(u64 input) { watched_[input & ~(page_size - 1)]; }
    /// Asked about each translation that a watched page could have.
    std::function<bool(u64 input, const Translation&)> allowed;
    /// Translations that the TLB may hold for the watched page.
    const std::set<Translation>& possible(u64 input) const { return watched_.at(input).seen; }
    /// Whether any watched page may still be translated to this host page.
    bool may_reach(HostAddress host) const {
        for (const auto& [input, watched] : watched_) {
            for (const Translation& translation : watched.seen) {
                if (std::get<0>(translation) == host.raw()) {
                    return true;
                }
            }
        }
        return false;
    }
    void expect_all_visible() const {
        EXPECT_TRUE(pending_.empty()) << "stores never made visible";
    }

    // The TableMemory policy.
    Result<HostAddress> allocate_table() {
        if (budget_ == 0) {
            return fail(Error::out_of_memory);
        }
        --budget_;
        u64 address = 0x8000'0000;  // the lowest free one: freed tables are soon used again
        while (tables_.contains(address)) {
            address += page_size;
        }
        tables_[address].resize(table_entries);
        return HostAddress(address);
    }
    void free_table(HostAddress table) {
        EXPECT_NE(table, root());
        EXPECT_EQ(tables_.count(table.raw()), 1U) << "freed twice";
        for (const auto& [input, watched] : watched_) {
            EXPECT_FALSE(watched.walked.contains(table.raw())) << "a walk may still use the table";
        }
        tables_.erase(table.raw());
        ++budget_;
    }
    u64 read(HostAddress table, usize index) const { return tables_.at(table.raw()).at(index); }
    void write(HostAddress table, usize index, u64 value) {
        ++stores_;
        u64& entry = tables_.at(table.raw()).at(index);
        const u64 old = entry;
        EXPECT_FALSE(Format::is_valid(old) && Format::is_valid(value) && old != value)
            << "a live entry is overwritten";
        if (Format::is_valid(value) && Format::is_table(value, 0)) {
            const auto low = std::make_pair(Format::address(value).raw(), usize{0});
            const auto next = pending_.lower_bound(low);
            EXPECT_TRUE(next == pending_.end() || next->first != low.first)
                << "a table is linked before it is visible";
        }
        entry = value;
        if (Format::is_valid(old) || Format::is_valid(value)) {
            pending_.insert({table.raw(), index});
        }
        for (auto& [input, watched] : watched_) {
            if (may_use(input, index)) {
                observe(input, watched);
            }
        }
    }
    void make_visible(HostAddress table, usize first, usize count) {
        for (usize index = first; index < first + count; ++index) {
            pending_.erase({table.raw(), index});
        }
    }
    void invalidate(Range<Space> range) {
        ++invalidations_;
        for (const auto& [table, index] : pending_) {
            EXPECT_TRUE(Format::is_valid(tables_.at(table).at(index)))
                << "the TLB is invalidated before the store is visible";
        }
        for (auto& [input, watched] : watched_) {
            if (range.contains(Address<Space>(input))) {
                watched.seen.clear();
            }
            std::erase_if(watched.walked,
                          [&](const auto& walk) { return walk.second.overlaps(range); });
            observe(input, watched);
        }
    }

  private:
    struct Watched {
        std::set<Translation> seen;
        /// Tables that a cached walk may lead to, with the input that each spans. Invalidating any
        /// address in the span removes the cached entry that leads to the table (Arm ARM D8.13).
        std::map<u64, Range<Space>> walked;
    };

    /// Whether a walk for this input could read entry `index` of some table.
    bool may_use(u64 input, usize index) const {
        for (unsigned level = geometry_.start_level; level <= last_level; ++level) {
            const u64 all = input >> entry_shift(level);
            if (index == (level == geometry_.start_level ? all : all % table_entries)) {
                return true;
            }
        }
        return false;
    }
    void observe(u64 input, Watched& watched) {
        walk(input, watched);
        EXPECT_LE(watched.seen.size(), 1U) << "two translations at once of " << std::hex << input;
    }
    /// An enumerator's number; formats with more than that compare by their bytes.
    template <class Attributes>
    static u64 attribute_number(const Attributes& attributes) {
        static_assert(sizeof(Attributes) <= sizeof(u64));
        u64 number = 0;
        std::memcpy(&number, &attributes, sizeof(Attributes));
        return number;
    }
    void walk(u64 input, Watched& watched) {
        u64 table = root().raw();
        u64 offset = input;
        for (unsigned level = geometry_.start_level; level <= last_level; ++level) {
            const u64 entry = tables_.at(table).at(offset >> entry_shift(level));
            offset &= entry_span(level) - 1;
            if (!Format::is_valid(entry)) {
                return;
            }
            if (!Format::is_table(entry, level)) {
                const Translation found{Format::address(entry).raw() + offset,
                                        attribute_number(Format::attributes(entry)), level};
                watched.seen.insert(found);
                EXPECT_TRUE(!allowed || allowed(input, found)) << "wrong for " << std::hex << input;
                return;
            }
            table = Format::address(entry).raw();
            const Address<Space> base(align_down(input, entry_span(level)));
            watched.walked[table] = Range<Space>::from(base, entry_span(level)).value();
        }
        ADD_FAILURE() << "a walk that does not end";
    }

    TableGeometry geometry_;
    std::map<u64, std::vector<u64>> tables_;
    std::set<std::pair<u64, usize>> pending_;
    std::map<u64, Watched> watched_;
    usize budget_ = 1'000'000;
    usize stores_ = 0;
    usize invalidations_ = 0;
};

}  // namespace isthmus::mm::test
