// SPDX-License-Identifier: Apache-2.0
// Claims, placements and the host map, each by itself.
#include "dom0less/memory/planner.hpp"

#include <gtest/gtest.h>

#include "dom0less/memory/host_claims.hpp"
#include "dom0less/memory/host_map.hpp"
#include "isthmus/finding.hpp"
#include "shm/regions.hpp"

namespace isthmus::dom0less {
namespace {

HostRange host(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

/// A machine with 256 MiB at 0x40000000 and domains that want RAM.
class MemoryTest : public testing::Test {
  protected:
    MemoryTest() {
        bank_.range = host(0x40000000, 256 * MiB);
        machine_.memory = {&bank_, 1};
    }
    void add_domain(u64 memory) {
        DomainConfig domain;
        domain.path = "/chosen/domain";
        domain.memory_bytes = memory;
        domains_.push_back(domain);
        config_.domains = domains_;
    }
    PlanInput input() { return {machine_, config_, options_, image_, {}}; }
    std::span<const Placement> place() {
        claims_ = collect_claims(input(), {}, arena_);
        return place_memory(input(), {}, claims_, arena_, findings_);
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 18);
    Arena arena_{memory_};
    Findings findings_{arena_};
    fdt::MemoryBank bank_;
    fdt::HostDescription machine_;
    std::vector<DomainConfig> domains_;
    SystemConfig config_;
    Options options_;
    HostRange image_;
    std::span<const HostClaim> claims_;
};

TEST_F(MemoryTest, LargerDomainsChooseFirst) {
    add_domain(16 * MiB);
    add_domain(64 * MiB);
    const auto placements = place();
    ASSERT_EQ(placements.size(), 2u);
    EXPECT_EQ(placements[0].index, 1u);
    EXPECT_EQ(placements[0].host, host(0x4c000000, 64 * MiB));
    EXPECT_EQ(placements[1].host, host(0x4b000000, 16 * MiB));
    EXPECT_FALSE(placements[0].is_static);
}

TEST_F(MemoryTest, TheHeapIsNeverGivenAway) {
    add_domain(247 * MiB);
    EXPECT_EQ(place().size(), 1u);
    EXPECT_FALSE(findings_.has_errors());
    add_domain(2 * MiB);
    EXPECT_TRUE(place().empty());
    EXPECT_EQ(findings_.errors(), 1u);
    EXPECT_EQ(findings_.items()[0].rule->name, "dom-out-of-memory");
}

TEST_F(MemoryTest, AHeapThatStaticRamLeavesNothingIsTold) {
    add_domain(250 * MiB);
    const HostRange ram = host(0x40000000, 250 * MiB);
    domains_[0].has_static_mem = true;
    domains_[0].static_mem = {&ram, 1};
    place();
    ASSERT_EQ(findings_.errors(), 1u);
    EXPECT_EQ(findings_.items()[0].rule->name, "dom-out-of-memory");
    EXPECT_EQ(findings_.items()[0].path, "/chosen");
}

TEST_F(MemoryTest, TheHeapNeedsOneLargePiece) {
    std::vector<HostRange> pieces;
    for (u64 i = 0; i < 8; ++i) {
        pieces.push_back(host(0x40000000 + i * 8 * MiB, 2 * MiB));
    }
    config_.has_static_heap = true;
    config_.static_heap = pieces;
    place();
    ASSERT_EQ(findings_.errors(), 1u);
    EXPECT_EQ(findings_.items()[0].rule->name, "dom-static-heap");
    pieces[3] = host(0x40000000 + 24 * MiB, 5 * MiB);
    place();
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(MemoryTest, AStaticHeapThatCouldNotBeReadIsNotToldTwice) {
    add_domain(16 * MiB);
    config_.has_static_heap = true;
    EXPECT_TRUE(place().empty());
    EXPECT_FALSE(findings_.has_errors());
}

TEST_F(MemoryTest, ClaimsAreSortedAndJudged) {
    add_domain(16 * MiB);
    domains_[0].kernel = ModuleConfig{host(0x48000000, 0x2000), "/kernel", {}};
    domains_[0].ramdisk = ModuleConfig{host(0x47fff000, 0x1001), "/ramdisk", {}};
    image_ = host(0x40200000, 0x100000);
    const auto claims = collect_claims(input(), {}, arena_);
    ASSERT_EQ(claims.size(), 3u);
    EXPECT_EQ(claims[0].kind, HostClaim::Kind::image);
    EXPECT_EQ(claims[1].path, "/ramdisk");
    check_claim_overlaps(claims, findings_);
    ASSERT_EQ(findings_.errors(), 1u);
    EXPECT_EQ(findings_.items()[0].path, "/ramdisk");
    EXPECT_EQ(findings_.items()[0].other_path, "/kernel");
    check_claims_in_ram(claims, machine_, findings_);
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(MemoryTest, TheMapCoversEverythingOnce) {
    add_domain(16 * MiB);
    domains_[0].kernel = ModuleConfig{host(0x48000800, 0x1000), "/kernel", {}};
    const auto placements = place();
    const auto map = make_host_map(input(), claims_, placements, {}, arena_);
    ASSERT_EQ(map.size(), 4u);
    EXPECT_EQ(map[0].use, HostUse::heap);
    EXPECT_EQ(map[1].range, host(0x48000000, 0x2000));
    EXPECT_EQ(map[1].use, HostUse::module);
    EXPECT_EQ(map[3].use, HostUse::domain_ram);
    EXPECT_EQ(map[3].range.end(), bank_.range.end());
}

}  // namespace
}  // namespace isthmus::dom0less
