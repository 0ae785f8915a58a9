// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan_domain.hpp"

#include <gtest/gtest.h>

#include "dom0less/tree/shared.hpp"
#include "shm/plan_region.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::dom0less {
namespace {

HostRange host(u64 start, u64 size) {
    return *HostRange::from(HostAddress(start), size);
}

/// A domain with RAM in two stretches and a window on a region that lies in three pieces.
class PlanDomainTest : public testing::Test {
  protected:
    PlanDomainTest() {
        config_.path = "/chosen/a";
        config_.name = "a";
        config_.memory_bytes = 0x4000;
        config_.kernel = ModuleConfig{host(0x1000, 0x1000), "/kernel", "args"};
        system_.domains = {&config_, 1};
        node_.id.text = "r";
        node_.guest = GuestAddress(0x60000000);
        node_.size = 0x4000;
        node_.offset = 0x1000;
        draft_.members = {&member_, 1};
        draft_.size = 0x6000;
        pieces_ = {host(0x70000000, 0x2000), host(0x71000000, 0x1000), host(0x72000000, 0x3000)};
        region_ = shm::plan_region(draft_, pieces_, arena_);
    }
    DomainPlan plan() {
        const std::array<u32, 1> cpus{2};
        return plan_domain(
            {machine_, system_, options_, {}, {}},
            {{&draft_, 1}, {&region_, 1}, placements_, {&share_, 1}, {&emulation_, 1}}, 0, {}, cpus,
            arena_);
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    fdt::HostDescription machine_;
    Options options_;
    DomainConfig config_;
    SystemConfig system_;
    shm::NodeConfig node_;
    shm::Member member_{0, DomainId::first_guest, &node_};
    DeviceShare share_;
    Emulation emulation_;
    shm::RegionDraft draft_;
    std::vector<HostRange> pieces_;
    shm::RegionPlan region_;
    std::vector<Placement> placements_{
        {Placement::For::domain, 0, 0x40002000, host(0x50002000, 0x2000), false},
        {Placement::For::domain, 0, 0x40000000, host(0x50000000, 0x2000), false}};
};

TEST_F(PlanDomainTest, AWindowIsMappedPieceByPiece) {
    const DomainPlan domain = plan();
    ASSERT_EQ(domain.mappings.size(), 5u);
    EXPECT_EQ(domain.mappings[2].host, HostAddress(0x70001000));
    EXPECT_EQ(domain.mappings[2].guest.size(), 0x1000u);
    EXPECT_EQ(domain.mappings[3].host, HostAddress(0x71000000));
    EXPECT_EQ(domain.mappings[4].host, HostAddress(0x72000000));
    EXPECT_EQ(domain.mappings[4].guest, *GuestRange::from(GuestAddress(0x60002000), 0x2000));
    EXPECT_EQ(domain.mappings[4].region, 0u);
    EXPECT_EQ(domain.vcpus[0].host_cpu, 2u);
}

TEST_F(PlanDomainTest, MappingsInOrderAreJoined) {
    std::swap(placements_[0], placements_[1]);
    const DomainPlan domain = plan();
    ASSERT_EQ(domain.mappings.size(), 4u);
    EXPECT_EQ(domain.mappings[0].guest, *GuestRange::from(GuestAddress(0x40000000), 0x4000));
}

TEST_F(PlanDomainTest, TheTreeListsGuestRamOnce) {
    const DomainPlan domain = plan();
    Plan whole;
    whole.regions = {&region_, 1};
    const fdt::CellCounts cells{2, 2};
    const test::OpenedTree guest(test::write_tree([&](fdt::TreeWriter& tree) {
        write_memory(tree, domain, cells);
        TreeContext context;
        context.cells = cells;
        write_reserved_memory(tree, whole, domain, context);
        write_pmem(tree, domain, cells);
    }));
    ASSERT_TRUE(guest.tree) << guest.lines();
    const auto reg = guest.at("/memory@40000000").property("reg");
    ASSERT_EQ(reg->cell_count(), 4u);
    EXPECT_EQ(reg->cells(2, 2), 0x4000u);
    EXPECT_EQ(guest.at("/reserved-memory/xen-shmem@60000000").property("xen,offset")->cells(0, 2),
              0x1000u);
}

}  // namespace
}  // namespace isthmus::dom0less
