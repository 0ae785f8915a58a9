// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/map/early_tables.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace isthmus::arch {
namespace {

TEST(EarlyTables, PagesAreGivenOutClearAndComeBack) {
    const auto pages = std::make_unique<EarlyTables::Pages>();
    EarlyTables tables;
    std::array<EarlyTables::Page*, EarlyTables::count> taken{};
    for (EarlyTables::Page*& page : taken) {
        page = tables.take(*pages);
        ASSERT_NE(page, nullptr);
        page->entries[511] = ~u64{0};
    }
    EXPECT_EQ(tables.take(*pages), nullptr);
    tables.give_back(*pages, taken[5]);
    EXPECT_EQ(tables.used(), EarlyTables::count - 1);
    EXPECT_EQ(tables.take(*pages), taken[5]);
    EXPECT_EQ(taken[5]->entries[511], 0u);
    EXPECT_EQ(tables.most(), EarlyTables::count);
}

TEST(EarlyTablesDeath, NothingComesBackTwice) {
    const auto pages = std::make_unique<EarlyTables::Pages>();
    EarlyTables tables;
    EarlyTables::Page* page = tables.take(*pages);
    tables.give_back(*pages, page);
    EXPECT_DEATH(tables.give_back(*pages, page), "not in use");
}

TEST(EarlyTables, TheWorstPlaceIsCounted) {
    // The last page of one table and the first of the next.
    EXPECT_EQ(early::touched(page_size, 3), 1u);
    EXPECT_EQ(early::touched(2 * page_size, 3), 2u);
    EXPECT_EQ(early::touched(2 * MiB, 3), 2u);
    EXPECT_EQ(early::touched(2 * MiB + page_size, 3), 2u);
    EXPECT_EQ(early::touched(2 * MiB + 2 * page_size, 3), 3u);
    EXPECT_EQ(early::ram_stretch(512 * GiB), 6u);
    EXPECT_LE(early::pages, 32u) << "they are in the image";
}

}  // namespace
}  // namespace isthmus::arch
