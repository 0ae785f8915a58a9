// SPDX-License-Identifier: Apache-2.0
#include "dom0less/cpus/placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "dom0less/plan/cpu_set.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

class VcpuPlacementTest : public testing::Test {
  protected:
    explicit VcpuPlacementTest() : cpus_(limits::cpus) {
        machine_.cpus = cpus_;
        for (u32 cpu = 0; cpu < limits::cpus; ++cpu) {
            numbers_.push_back(cpu);
        }
        pool_.cpus = numbers_;
    }

    /// One domain a list entry, each with one vCPU that may run on these spans of CPUs.
    std::span<const u32> place(const std::vector<std::vector<AffinityConfig::Span>>& wishes) {
        domains_.clear();
        affinities_.assign(wishes.size(), {});
        for (usize i = 0; i < wishes.size(); ++i) {
            DomainConfig domain;
            domain.cpus = 1;
            if (!wishes[i].empty()) {
                affinities_[i].cpus = wishes[i];
                affinities_[i].path = "/vcpu";
                domain.affinities = {&affinities_[i], 1};
            }
            domains_.push_back(domain);
        }
        return place_all();
    }

    std::span<const u32> place_all() {
        config_.domains = domains_;
        chosen_.assign(domains_.size(), 0);
        return place_vcpus({machine_, config_, options_, {}, {}}, {{&pool_, 1}, chosen_}, arena_,
                           findings_);
    }

    /// A pool of this many CPUs that domains share, and domains of so many vCPUs.
    std::vector<u32> share(usize cpus, const std::vector<u32>& vcpus) {
        pool_ = {Options::Scheduler::rr, std::span(numbers_).first(cpus), {}};
        domains_.clear();
        for (const u32 count : vcpus) {
            DomainConfig domain;
            domain.cpus = count;
            domains_.push_back(domain);
        }
        const auto placed = place_all();
        return {placed.begin(), placed.end()};
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 20);
    Arena arena_{memory_};
    Findings findings_{arena_};
    std::vector<fdt::HostCpu> cpus_;
    fdt::HostDescription machine_;
    std::vector<AffinityConfig> affinities_;
    std::vector<DomainConfig> domains_;
    SystemConfig config_;
    Options options_;
    std::vector<u32> numbers_;
    std::vector<u32> chosen_;
    CpuPoolPlan pool_;
};

TEST_F(VcpuPlacementTest, SharedCpusAreFilledEvenly) {
    EXPECT_EQ(share(3, {1, 1, 1, 1}), (std::vector<u32>{0, 1, 2, 0}));
    EXPECT_EQ(share(1, {2, 1}), (std::vector<u32>{0, 0, 0}));
}

TEST_F(VcpuPlacementTest, ADomainsVcpusAreOnDifferentCpusFirst) {
    EXPECT_EQ(share(2, {1, 2, 2}), (std::vector<u32>{0, 1, 0, 1, 0}));
}

TEST_F(VcpuPlacementTest, ASharedPoolWithoutCpusIsAShortage) {
    EXPECT_TRUE(share(0, {1}).empty());
    EXPECT_EQ(findings_.errors(), 1u);
}

TEST_F(VcpuPlacementTest, InOrderWithoutWishes) {
    const auto cpus = place({{}, {}, {}});
    ASSERT_EQ(cpus.size(), 3u);
    EXPECT_EQ(cpus[0], 0u);
    EXPECT_EQ(cpus[2], 2u);
}

TEST_F(VcpuPlacementTest, EarlierOnesMoveForLaterOnes) {
    const auto cpus = place({{}, {{0, 2}}, {{0, 1}}, {{0, 0}}});
    ASSERT_EQ(cpus.size(), 4u);
    EXPECT_EQ(cpus[1], 2u);
    EXPECT_EQ(cpus[2], 1u);
    EXPECT_EQ(cpus[3], 0u);
    EXPECT_EQ(cpus[0], 3u);
}

TEST_F(VcpuPlacementTest, ALongChainOfMoves) {
    // Domain i may run on CPU i or i + 1, and the last one only on CPU 0: everybody moves.
    std::vector<std::vector<AffinityConfig::Span>> wishes;
    for (u32 i = 0; i < limits::cpus - 1; ++i) {
        wishes.push_back({{i, i + 1}});
    }
    wishes.push_back({{0, 0}});
    const auto cpus = place(wishes);
    ASSERT_EQ(cpus.size(), limits::cpus);
    EXPECT_EQ(cpus[0], 1u);
    EXPECT_EQ(cpus[limits::cpus - 1], 0u);
}

TEST_F(VcpuPlacementTest, NoPlaceIsAFinding) {
    EXPECT_TRUE(place({{{0, 1}}, {{0, 1}}, {{0, 1}}}).empty());
    EXPECT_EQ(findings_.errors(), 1u);
}

/// This thread's time on a CPU, in nanoseconds.
u64 cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<u64>(now.tv_sec) * 1'000'000'000 + static_cast<u64>(now.tv_nsec);
}

TEST_F(VcpuPlacementTest, TimeGrowsAsTheNumberOfVcpus) {
    const auto time_of = [&](usize domains) {
        u64 least = ~u64{0};
        for (int i = 0; i < 5; ++i) {
            Arena arena(memory_);
            const std::vector<u32> pools(domains);
            domains_.assign(domains, {});
            for (DomainConfig& domain : domains_) {
                domain.cpus = limits::vcpus_per_domain;
            }
            pool_.scheduler = Options::Scheduler::rr;
            config_.domains = domains_;
            const u64 start = cpu_time();
            const auto cpus = place_vcpus({machine_, config_, options_, {}, {}},
                                          {{&pool_, 1}, pools}, arena, findings_);
            least = std::min(least, cpu_time() - start);
            EXPECT_EQ(cpus.size(), domains * limits::vcpus_per_domain);
        }
        return least;
    };
    const u64 few = time_of(limits::domains / 8);
    const u64 many = time_of(limits::domains);
    EXPECT_LT(many, 16 * few) << "eight times as many vCPUs; their square would be 64 times";
}

TEST(CpuSetTest, SpansEndWhereTheMachineDoes) {
    CpuSet set;
    set.add_span(2, 3);
    set.add_span(limits::cpus - 1, ~u32{0});
    set.add_span(9, 8);
    CpuSet other;
    other.add_span(3, ~u32{0});
    std::vector<u32> seen;
    set.for_each([&](u32 cpu) { seen.push_back(cpu); });
    EXPECT_EQ(seen, (std::vector<u32>{2, 3, limits::cpus - 1}));
    EXPECT_FALSE(set.intersection(other).contains(2));
    EXPECT_TRUE(set.intersection(other).contains(limits::cpus - 1));
    EXPECT_FALSE(set.contains(limits::cpus));
}

TEST_F(VcpuPlacementTest, NoDomainNeedsNoCpu) {
    EXPECT_TRUE(place({}).empty());
    EXPECT_FALSE(findings_.has_errors());
}

}  // namespace
}  // namespace isthmus::dom0less
