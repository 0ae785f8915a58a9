// SPDX-License-Identifier: Apache-2.0
// A region's owner and borrowers are taken apart one after the other in every order, and all at
// once: each page is freed exactly once, by whoever is last.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "mm/guest_map.hpp"
#include "mm/page_release.hpp"
#include "tests/unit/mm/frames.hpp"
#include "tests/unit/mm/recording_memory.hpp"
#include "tests/unit/mm/test_format.hpp"

namespace isthmus::mm {
namespace {

using test::domain_a;
using test::Frames;
using test::host_range;
using Memory = test::RecordingMemory<test::TestFormat>;
using Map = GuestMap<test::TestFormat, Memory>;

constexpr TableGeometry geometry{1, 40};
constexpr u64 ram = 0x4000'0000;

/// Static pages of domain A and pages that its owner had from the heap, seen by two borrowers in a
/// 2 MiB and in 4 KiB entries.
class Region {
  public:
    Region() {
        EXPECT_TRUE(heap_.add(host_range(ram + 4 * MiB, 4 * MiB)).has_value());
        EXPECT_TRUE(pool_.assign(static_part_, domain_a, 3).has_value());
        // Once out of the heap a page's references are what get_page_nr made them.
        EXPECT_EQ(heap_.allocate(9, domain_a)->raw(), heap_part_.start().raw());
        for (PageInfo& page : frames_.table.frames(heap_part_)) {
            EXPECT_TRUE(get_page_nr(page, domain_a, 2).has_value());
        }
        for (Map* map : {&first_, &second_}) {
            EXPECT_TRUE(map->p2m_map_foreign_rw(guest(GiB, static_part_.size()),
                                                static_part_.start(), domain_a)
                            .has_value());
            EXPECT_TRUE(map->p2m_map_foreign_ro(guest(2 * GiB, heap_part_.size()),
                                                heap_part_.start(), domain_a)
                            .has_value());
        }
    }

    std::array<std::function<void()>, 3> teardowns() {
        return {[this] { give_up_ownership(); }, [this] { first_.clear(release()); },
                [this] { second_.clear(release()); }};
    }

    void expect_all_held() {
        for (const HostRange part : {static_part_, heap_part_}) {
            EXPECT_TRUE(is_owned_by(frames_.table, part, domain_a));
        }
        EXPECT_EQ(freed_, 0U);
    }
    void expect_all_free() {
        EXPECT_EQ(freed_, static_part_.pages() + heap_part_.pages());
        EXPECT_EQ(pool_.returned_pages(), static_part_.pages());
        EXPECT_EQ(pool_.assigned_pages(), 0U);
        EXPECT_EQ(heap_.free_blocks(10), 1U);  // all 4 MiB in one piece again
        EXPECT_EQ(first_memory_.tables() + second_memory_.tables(), 0U);
    }

  private:
    static GuestRange guest(u64 start, u64 size) {
        return GuestRange::from(GuestAddress(start), size).value();
    }
    std::function<void(PageInfo&)> release() {
        return [this](PageInfo& page) {
            const std::lock_guard guard(heap_lock_);
            ++freed_;
            PageRelease(frames_.table, heap_, pool_)(page);
        };
    }
    void give_up_ownership() {
        const auto freed = release();
        for (const HostRange part : {heap_part_, static_part_}) {
            for (PageInfo& page : frames_.table.frames(part)) {
                if (put_page(page)) {
                    freed(page);
                }
            }
        }
    }

    Frames frames_{{host_range(ram, 8 * MiB)}};
    PageHeap heap_{frames_.table};
    StaticPool pool_{frames_.table};
    HostRange static_part_ = host_range(ram, 2 * MiB + 5 * page_size);
    HostRange heap_part_ = host_range(ram + 4 * MiB, 2 * MiB);
    Memory first_memory_{geometry};
    Memory second_memory_{geometry};
    Map first_{frames_.table, first_memory_, first_memory_.root(), geometry};
    Map second_{frames_.table, second_memory_, second_memory_.root(), geometry};
    std::mutex heap_lock_;
    u64 freed_ = 0;
};

TEST(GuestMapTeardown, AnyOrder) {
    std::array<unsigned, 3> order{0, 1, 2};
    do {
        Region region;
        const auto teardowns = region.teardowns();
        region.expect_all_held();
        teardowns[order[0]]();
        region.expect_all_held();
        teardowns[order[1]]();
        region.expect_all_held();
        teardowns[order[2]]();
        region.expect_all_free();
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ConcurrentGuestMap, AllPartiesGoAtOnce) {
    for (unsigned round = 0; round < 30; ++round) {
        Region region;
        std::vector<std::thread> threads;
        for (const auto& teardown : region.teardowns()) {
            threads.emplace_back(teardown);
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        region.expect_all_free();
    }
}

}  // namespace
}  // namespace isthmus::mm
