// SPDX-License-Identifier: Apache-2.0
#include "dom0less/cpus/pools.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::domain;
using test::machine;
using test::PlannedTree;

std::vector<u32> cpus(const CpuPoolPlan& pool) {
    return {pool.cpus.begin(), pool.cpus.end()};
}

TEST(CpuPools, WithoutNodesAllCpusAreInOnePool) {
    const PlannedTree planned(machine(domain(1, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    ASSERT_EQ(planned.plan->pools.size(), 1u);
    EXPECT_EQ(cpus(planned.plan->pools[0]), (std::vector<u32>{0, 1, 2, 3}));
    EXPECT_EQ(planned.plan->pools[0].scheduler, Options::Scheduler::null);
}

TEST(CpuPools, NodesTakeTheirCpusAndDomainsChooseANode) {
    const PlannedTree planned(
        machine("xen,xen-bootargs = \"sched=rr\";"
                "one: pool-one { compatible = \"xen,cpupool\"; cpupool-cpus = <&cpu3>; };"
                "two: pool-two { compatible = \"xen,cpupool\"; cpupool-cpus = <&cpu2 &cpu1>;"
                " cpupool-sched = \"null\"; };" +
                domain(1, "domain-cpupool = <&two>;", 64, 2) +
                domain(2, "domain-cpupool = <&one>;", 64, 2) + domain(3, "")));
    ASSERT_TRUE(planned.plan) << planned.lines();
    const Plan& plan = *planned.plan;
    ASSERT_EQ(plan.pools.size(), 3u);
    EXPECT_EQ(cpus(plan.pools[0]), (std::vector<u32>{0}));
    EXPECT_EQ(cpus(plan.pools[1]), (std::vector<u32>{3}));
    EXPECT_EQ(cpus(plan.pools[2]), (std::vector<u32>{1, 2}));
    EXPECT_EQ(plan.pools[1].scheduler, Options::Scheduler::rr);  // the default is that of sched=
    EXPECT_EQ(plan.pools[2].scheduler, Options::Scheduler::null);
    EXPECT_EQ(plan.domains[0].pool, 2u);
    EXPECT_EQ(plan.domains[0].vcpus[1].host_cpu, 2u);
    EXPECT_EQ(plan.domains[1].vcpus[0].host_cpu, 3u);
    EXPECT_EQ(plan.domains[1].vcpus[1].host_cpu, 3u);
    EXPECT_EQ(plan.domains[2].vcpus[0].host_cpu, 0u);
}

}  // namespace
}  // namespace isthmus::dom0less
