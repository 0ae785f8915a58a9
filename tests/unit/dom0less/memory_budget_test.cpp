// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/budget.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

/// A machine with some RAM at 0x40000000, and domains that want some of it.
class MemoryBudgetTest : public testing::Test {
  protected:
    void set_ram(u64 size) {
        bank_.range = *HostRange::from(HostAddress(0x40000000), size);
        machine_.memory = {&bank_, 1};
    }
    DomainConfig& add_domain(u64 memory) {
        DomainConfig domain;
        domain.path = "/chosen/domain";
        domain.memory_bytes = memory;
        domain.cpus = 1;
        domains_.push_back(domain);
        config_.domains = domains_;
        return domains_.back();
    }
    PlanInput input() { return {machine_, config_, options_, {}, {}}; }
    MemoryBudget budget(usize claims = 0) { return {input(), {}, claims}; }
    bool enough(u64 free) { return check_enough(input(), {}, budget(), free, findings_); }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    Findings findings_{arena_};
    fdt::MemoryBank bank_;
    fdt::HostDescription machine_;
    std::vector<DomainConfig> domains_;
    SystemConfig config_;
    Options options_;
};

TEST_F(MemoryBudgetTest, TheHeapGrowsWithWhatItHolds) {
    set_ram(128 * MiB);
    EXPECT_EQ(budget().heap(), 8 * MiB);
    EXPECT_EQ(budget().heap_piece(), 4 * MiB + 256 * KiB);
    set_ram(16 * GiB);
    EXPECT_GE(budget().heap(), 16 * GiB / 50);
    EXPECT_EQ(budget().heap_piece(), 36 * MiB);
    set_ram(128 * MiB);
    const u64 before = budget(200).heap();
    EXPECT_GE(before, 200 * 2 * heap_cost::stretch);
    add_domain(16 * GiB);
    EXPECT_GT(budget(200).heap(), before + 16 * GiB / page_size * 8);
    const u64 one_cpu = budget(200).heap();
    domains_[0].cpus = 101;
    EXPECT_GE(budget(200).heap(), one_cpu + 100 * heap_cost::vcpu);
    const std::vector<fdt::HostCpu> cpus(100);
    const u64 without = budget(200).heap();
    machine_.cpus = cpus;
    EXPECT_GE(budget(200).heap(), without + 100 * heap_cost::cpu);
}

TEST_F(MemoryBudgetTest, AViewCostsTablesHoweverSmallItIs) {
    set_ram(128 * MiB);
    std::vector<shm::Member> members(64);
    std::vector<shm::RegionDraft> regions(64);
    for (shm::RegionDraft& region : regions) {
        region.members = members;
        region.size = page_size;
    }
    EXPECT_GE(MemoryBudget(input(), regions, 0).heap(), 64 * 64 * 2 * page_size);
}

/// Whatever is offered as fitting fits, and not a page more.
TEST_F(MemoryBudgetTest, TheMostThatFitsIsExact) {
    for (const u64 ram : {32 * MiB, 1 * GiB, 64 * GiB, 3 * GiB + 5 * page_size}) {
        set_ram(ram);
        domains_.clear();
        DomainConfig& domain = add_domain(ram);
        EXPECT_FALSE(enough(ram));
        const u64 most = budget().most(domain, ram);
        ASSERT_GT(most, ram / 2) << ram;
        domain.memory_bytes = most;
        EXPECT_TRUE(enough(ram)) << ram;
        domain.memory_bytes = most + page_size;
        EXPECT_FALSE(enough(ram)) << ram;
    }
}

TEST_F(MemoryBudgetTest, NothingFitsWhereThereIsNothing) {
    set_ram(1 * MiB);
    EXPECT_EQ(budget().most(add_domain(4 * MiB), 1 * MiB), 0u);
    EXPECT_EQ(budget().most(domains_[0], 0), 0u);
    EXPECT_FALSE(enough(0));
}

}  // namespace
}  // namespace isthmus::dom0less
