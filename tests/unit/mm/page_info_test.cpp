// SPDX-License-Identifier: Apache-2.0
#include "mm/page_info.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::domain_b;

constexpr u32 most_at_once = std::numeric_limits<u32>::max();

TEST(PageWord, FieldsDoNotOverlap) {
    EXPECT_EQ(page_word::State::mask & page_word::Static::mask, 0U);
    EXPECT_EQ(page_word::Static::mask & page_word::Count::mask, 0U);
    EXPECT_EQ(page_word::Count::mask & page_word::Owner::mask, 0U);
    EXPECT_EQ(page_word::State::mask | page_word::Order::mask | page_word::Next::mask |
                  page_word::Previous::mask,
              page_word::State::mask + page_word::Order::mask + page_word::Next::mask +
                  page_word::Previous::mask);
}

TEST(PageWord, DecodesWhatWasWritten) {
    const u64 word = page_word::allocated(DomainId::dom_io, page_word::max_references, true);
    EXPECT_EQ(page_word::decode(word),
              (PageValue{PageState::allocated, DomainId::dom_io, page_word::max_references, true}));
    EXPECT_EQ(page_word::decode(page_word::static_free),
              (PageValue{PageState::static_free, DomainId::none, 0, true}));
    EXPECT_EQ(page_word::decode(page_word::none), PageValue{});
    const u64 head = page_word::heap_head(18, page_word::no_frame, 7);
    EXPECT_EQ(page_word::decode(head).state, PageState::heap_head);
    EXPECT_EQ(page_word::Order::get(head), 18U);
    EXPECT_EQ(page_word::Next::get(head), page_word::no_frame);
    EXPECT_EQ(page_word::Previous::get(head), 7U);
}

TEST(PageInfo, StartsAsNobodys) {
    const PageInfo page;
    EXPECT_FALSE(page.is_allocated());
    EXPECT_FALSE(page.is_static());
    EXPECT_EQ(page.owner(), DomainId::none);
    EXPECT_EQ(page.references(), 0U);
}

TEST(PageInfo, LivesFromAssignToLastPut) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, domain_a, 1, false));
    EXPECT_EQ(page.snapshot(), (PageValue{PageState::allocated, domain_a, 1, false}));
    ASSERT_TRUE(get_page(page, domain_a));
    ASSERT_TRUE(get_page_nr(page, domain_a, 3));
    EXPECT_EQ(page.references(), 5U);
    EXPECT_FALSE(put_page(page));
    EXPECT_FALSE(put_page_nr(page, 3));
    EXPECT_TRUE(put_page(page));
    EXPECT_EQ(page.snapshot(), PageValue{});
}

TEST(PageInfo, AStaticPageStaysStaticWhenFreed) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, DomainId::dom_io, 3, true));
    EXPECT_TRUE(page.is_static());
    EXPECT_TRUE(put_page_nr(page, 3));
    EXPECT_EQ(page.snapshot(), (PageValue{PageState::static_free, DomainId::none, 0, true}));
    EXPECT_EQ(assign_page(page, domain_a, 1, false).error(), Error::wrong_owner);
    ASSERT_TRUE(assign_page(page, domain_a, 1, true));
    EXPECT_EQ(page.owner(), domain_a);
}

TEST(PageInfo, AssignRefusesWhatIsNotFree) {
    PageInfo page;
    EXPECT_EQ(assign_page(page, domain_a, 0, false).error(), Error::invalid_argument);
    EXPECT_EQ(assign_page(page, DomainId::none, 1, false).error(), Error::invalid_argument);
    EXPECT_EQ(assign_page(page, domain_a, page_word::max_references + 1, false).error(),
              Error::count_overflow);
    EXPECT_EQ(page.snapshot(), PageValue{});
    ASSERT_TRUE(assign_page(page, domain_a, page_word::max_references, false));
    EXPECT_EQ(assign_page(page, domain_a, 1, false).error(), Error::wrong_owner);
    PageInfo head;
    head.set_word(page_word::heap_head(0, page_word::no_frame, page_word::no_frame));
    EXPECT_EQ(assign_page(head, domain_a, 1, true).error(), Error::wrong_owner);
}

TEST(PageInfo, GetRefusesAFreePage) {
    PageInfo page;
    EXPECT_EQ(get_page(page, domain_a).error(), Error::not_allocated);
    EXPECT_EQ(get_page_nr(page, DomainId::none, 0).error(), Error::not_allocated);
    page.set_word(page_word::static_free);
    EXPECT_EQ(get_page(page, DomainId::none).error(), Error::not_allocated);
    page.set_word(page_word::heap_head(3, 1, 2));
    EXPECT_EQ(get_page(page, domain_a).error(), Error::not_allocated);
    EXPECT_EQ(page.word(), page_word::heap_head(3, 1, 2));
}

TEST(PageInfo, GetRefusesAnotherOwnersPage) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, domain_a, 2, false));
    EXPECT_EQ(get_page(page, domain_b).error(), Error::wrong_owner);
    EXPECT_EQ(get_page_nr(page, DomainId::none, 0).error(), Error::wrong_owner);
    EXPECT_EQ(page.snapshot(), (PageValue{PageState::allocated, domain_a, 2, false}));
}

TEST(PageInfo, GetOfNoneOnlyChecks) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, domain_a, 1, false));
    EXPECT_TRUE(get_page_nr(page, domain_a, 0));
    EXPECT_EQ(page.references(), 1U);
    EXPECT_FALSE(put_page_nr(page, 0));
    EXPECT_EQ(page.references(), 1U);
}

TEST(PageInfo, TheCountDoesNotWrap) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, domain_a, 1, true));
    u64 references = 1;
    while (page_word::max_references - references >= most_at_once) {
        ASSERT_TRUE(get_page_nr(page, domain_a, most_at_once));
        references += most_at_once;
    }
    EXPECT_EQ(get_page_nr(page, domain_a, most_at_once).error(), Error::count_overflow);
    const auto rest = static_cast<u32>(page_word::max_references - references);
    ASSERT_TRUE(get_page_nr(page, domain_a, rest));
    EXPECT_EQ(page.references(), page_word::max_references);
    EXPECT_EQ(get_page(page, domain_a).error(), Error::count_overflow);
    // Owner and flags have survived a full count.
    EXPECT_EQ(page.snapshot(),
              (PageValue{PageState::allocated, domain_a, page_word::max_references, true}));
    EXPECT_FALSE(put_page(page));
    EXPECT_TRUE(get_page(page, domain_a));
}

TEST(PageInfoDeathTest, MorePutsThanReferencesPanic) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, domain_a, 2, false));
    EXPECT_DEATH(static_cast<void>(put_page_nr(page, 3)), "more references");
    EXPECT_EQ(page.references(), 2U);
    EXPECT_TRUE(put_page_nr(page, 2));
    EXPECT_DEATH(static_cast<void>(put_page(page)), "more references");
    page.set_word(page_word::heap_head(0, 4, 5));
    EXPECT_DEATH(static_cast<void>(put_page(page)), "more references");
}

}  // namespace
}  // namespace isthmus::mm
