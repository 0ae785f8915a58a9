// SPDX-License-Identifier: Apache-2.0
// Many threads on few words; run under ThreadSanitizer too (preset host-tsan).
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "mm/page_info.hpp"
#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::domain_b;

constexpr unsigned threads = 8;
constexpr unsigned rounds = 4000;
constexpr unsigned short_rounds = 200;  // each of which starts its threads anew

void in_parallel(const std::function<void(unsigned)>& work) {
    std::vector<std::thread> running;
    for (unsigned i = 0; i < threads; ++i) {
        running.emplace_back(work, i);
    }
    for (std::thread& thread : running) {
        thread.join();
    }
}

TEST(ConcurrentPageInfo, NoReferenceIsLostOrInvented) {
    std::array<PageInfo, 4> pages;
    for (PageInfo& page : pages) {
        ASSERT_TRUE(assign_page(page, domain_a, 1, false));
    }
    std::array<std::array<u64, 4>, threads> held{};
    in_parallel([&](unsigned self) {
        std::minstd_rand random(self + 1);
        for (unsigned round = 0; round < rounds; ++round) {
            const unsigned which = random() % 4;
            const u32 n = static_cast<u32>(random() % 5);
            if (random() % 2 == 0) {
                ASSERT_TRUE(get_page_nr(pages[which], domain_a, n));
                held[self][which] += n;
            } else if (held[self][which] >= n) {
                ASSERT_FALSE(put_page_nr(pages[which], n));
                held[self][which] -= n;
            }
            ASSERT_EQ(get_page(pages[which], domain_b).error(), Error::wrong_owner);
        }
    });
    for (unsigned which = 0; which < 4; ++which) {
        u64 sum = 1;
        for (const auto& mine : held) {
            sum += mine[which];
        }
        EXPECT_EQ(pages[which].references(), sum);
    }
}

TEST(ConcurrentPageInfo, ExactlyOneThreadFreesAPage) {
    for (unsigned round = 0; round < short_rounds; ++round) {
        PageInfo page;
        ASSERT_TRUE(assign_page(page, domain_a, threads, round % 2 == 0));
        Atomic<u32> freed;
        in_parallel([&](unsigned) {
            freed.fetch_add(put_page(page) ? 1 : 0);
            // Whoever comes after the last put is told so; whoever comes before holds the page.
            const Result<void> got = get_page(page, domain_a);
            if (got) {
                freed.fetch_add(put_page(page) ? 1 : 0);
            } else {
                ASSERT_EQ(got.error(), Error::not_allocated);
            }
        });
        ASSERT_EQ(freed.load(), 1U);
        ASSERT_FALSE(page.is_allocated());
    }
}

TEST(ConcurrentPageInfo, WhoeverFreesMayUseTheContents) {
    // The last put is after every other put: the plain counter below is free of races for TSan.
    PageInfo page;
    for (unsigned round = 0; round < short_rounds; ++round) {
        ASSERT_TRUE(assign_page(page, domain_a, threads, true));
        std::array<u64, threads> contents{};
        u64 sum = 0;
        in_parallel([&](unsigned self) {
            contents[self] = self;
            if (put_page(page)) {
                for (const u64 value : contents) {
                    sum += value;
                }
            }
        });
        ASSERT_EQ(sum, u64{threads} * (threads - 1) / 2);
    }
}

TEST(ConcurrentPageInfo, OnlyOneThreadBecomesOwner) {
    for (unsigned round = 0; round < short_rounds; ++round) {
        PageInfo page;
        Atomic<u32> winners;
        in_parallel([&](unsigned self) {
            const DomainId me{static_cast<u16>(self + 1)};
            if (assign_page(page, me, 1, false)) {
                winners.fetch_add(1);
                ASSERT_EQ(page.owner(), me);
            }
        });
        ASSERT_EQ(winners.load(), 1U);
    }
}

TEST(ConcurrentPageInfo, TheCountNeverPassesItsLimit) {
    PageInfo page;
    ASSERT_TRUE(assign_page(page, domain_a, page_word::max_references - threads / 2, false));
    Atomic<u32> taken;
    in_parallel([&](unsigned) {
        const Result<void> got = get_page(page, domain_a);
        if (got) {
            taken.fetch_add(1);
        } else {
            ASSERT_EQ(got.error(), Error::count_overflow);
        }
    });
    EXPECT_EQ(taken.load(), threads / 2);
    EXPECT_EQ(page.snapshot(),
              (PageValue{PageState::allocated, domain_a, page_word::max_references, false}));
}

}  // namespace
}  // namespace isthmus::mm
