// SPDX-License-Identifier: Apache-2.0
#include "core/audit/live_audit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

/// All of it; a machine of three guests is more than some pieces.
LiveAudit whole_round() {
    LiveAudit audit;
    u64 pieces = 1;
    while (audit.step()) {
        ++pieces;
    }
    EXPECT_GT(pieces, 50u);
    EXPECT_FALSE(audit.step());
    return audit;
}

HostAddress private_page(usize guest) {
    const auto& mappings = domains()[guest].plan->mappings;
    const auto ram = std::ranges::find_if(mappings, dom0less::is_private_ram);
    return ram->host;
}

TEST(LiveAudit, AMachineAsItWasBuilt) {
    test::booted();
    const LiveAudit audit = whole_round();
    EXPECT_GT(audit.pages(), 1000u);
    EXPECT_EQ(audit.wrong_pages(), 0u);
    EXPECT_GT(audit.mappings(), 3u);
    EXPECT_EQ(audit.wrong_mappings(), 0u);
}

TEST(LiveAudit, APageThatNobodyPlanned) {
    test::booted();
    const GuestRange unused = *GuestRange::from(GuestAddress(0x7f00'0000), page_size);
    ASSERT_TRUE(domains()[0].map->map_ram(unused, private_page(1), mm::MappingType::ram_rw));
    const LiveAudit audit = whole_round();
    EXPECT_EQ(audit.wrong_mappings(), 1u);
    EXPECT_EQ(audit.wrong_pages(), 0u);
}

TEST(LiveAudit, NobodyLooksAtTheMapOfOneThatIsTakenApart) {
    test::booted();
    Domain& guest = domains()[0];
    const GuestRange unused = *GuestRange::from(GuestAddress(0x7f00'0000), page_size);
    ASSERT_TRUE(guest.map->map_ram(unused, private_page(1), mm::MappingType::ram_rw));
    {
        const LockGuard guard(guest.life_lock);
        guest.sequel = Domain::Sequel::gone;
    }
    EXPECT_EQ(whole_round().wrong_mappings(), 0u);
}

TEST(LiveAudit, APageWithAReferenceThatIsNotThere) {
    test::booted();
    mm::PageInfo& page = *frames().lookup(private_page(2));
    ASSERT_TRUE(mm::put_page(page));
    const LiveAudit audit = whole_round();
    EXPECT_EQ(audit.wrong_pages(), 1u);
    EXPECT_EQ(audit.wrong_mappings(), 0u);
}

}  // namespace
}  // namespace isthmus::core
