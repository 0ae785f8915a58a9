// SPDX-License-Identifier: Apache-2.0
// What SMMUs were told, against the plan. How one is looked at: tests/unit/arch/smmuv3_audit_test.
#include "core/audit/streams.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/dma_fixture.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using enum arch::SmmuSupport;

class AuditStreamsTest : public test::DmaTest {
  protected:
    void start(arch::SmmuSupport first = usable) {
        support(first, usable);
        check();
        ASSERT_TRUE(hold());
        fake().take_output();
    }
    AuditReport audit() {
        AuditReport report;
        audit_streams({&guest_.domain, 1}, report);
        said_ = fake().take_output();
        return report;
    }
    bool said(std::string_view text) const { return said_.find(text) != std::string::npos; }

    std::string said_;
};

TEST_F(AuditStreamsTest, PassesWhatWasPlanned) {
    start();
    const AuditReport report = audit();
    EXPECT_EQ(report.differences, 0U);
    EXPECT_EQ(report.streams, 2U);
    EXPECT_EQ(said_, "");
}

TEST_F(AuditStreamsTest, AnotherDomainsMemory) {
    start();
    fake().smmus[1].attached[0].second = 0x88;
    EXPECT_EQ(audit().differences, 1U);
    EXPECT_TRUE(
        said("audit: stream 0x100 of /smmu1: planned for domU2 with word 3 of its entry "
             "0x77, found 0x88"))
        << said_;
}

TEST_F(AuditStreamsTest, AStreamThatGetsNothing) {
    start();
    fake().smmus[0].attached.clear();
    EXPECT_EQ(audit().differences, 1U);
    EXPECT_TRUE(said("audit: stream 0x5 of /smmu0: planned for domU2, found without an entry"))
        << said_;
}

TEST_F(AuditStreamsTest, AStreamOfNobodys) {
    start();
    fake().smmus[0].attached.emplace_back(6, 0x77);
    EXPECT_EQ(audit().differences, 1U);
    EXPECT_TRUE(said("audit: stream 0x6 of /smmu0: planned for nobody, found")) << said_;
}

TEST_F(AuditStreamsTest, OneThatIsOff) {
    start();
    fake().smmus[1].started = false;
    EXPECT_EQ(audit().differences, 1U);
    EXPECT_TRUE(said("audit: /smmu1 lets devices through unseen: planned SMMU_CR0ACK 0x1, found 0"))
        << said_;
}

TEST_F(AuditStreamsTest, OneThatIsNotInUseIsNotLookedAt) {
    start(no_stage2);
    const AuditReport report = audit();
    EXPECT_EQ(report.differences, 0U);
    EXPECT_EQ(report.streams, 1U);
}

}  // namespace
}  // namespace isthmus::core
