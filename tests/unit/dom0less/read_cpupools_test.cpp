// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "dom0less/read/domain.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

TEST(ReadCpuPools, CpusAreNamedByPhandleInTheNodesOrder) {
    const test::PlannedTree planned(
        test::machine("pool: pool { compatible = \"xen,cpupool\"; cpupool-cpus = <&cpu2 &cpu0>;"
                      " cpupool-sched = \"rr\"; };" +
                      test::domain(1, "domain-cpupool = <&pool>;")));
    ASSERT_TRUE(planned.tree);
    ASSERT_EQ(planned.config.pools.size(), 1u) << planned.lines();
    const CpuPoolConfig& pool = planned.config.pools[0];
    EXPECT_EQ(pool.path, "/chosen/pool");
    EXPECT_NE(pool.phandle, 0u);
    ASSERT_EQ(pool.cpus.size(), 2u);
    EXPECT_EQ(pool.cpus[0], "/cpus/cpu@2");
    EXPECT_EQ(pool.cpus[1], "/cpus/cpu@0");
    EXPECT_EQ(pool.scheduler, Options::Scheduler::rr);
    EXPECT_EQ(planned.config.domains[0].cpupool, pool.phandle);
}

TEST(ReadCpuPools, APhandleOfNothingIsAFinding) {
    const test::PlannedTree planned(test::machine(
        "pool { compatible = \"xen,cpupool\"; cpupool-cpus = <0x7777>; };" + test::domain(1, "")));
    EXPECT_EQ(planned.findings.errors(), 1u);
    EXPECT_NE(planned.lines().find("cpupool-cpus"), std::string::npos) << planned.lines();
}

}  // namespace
}  // namespace isthmus::dom0less
