// SPDX-License-Identifier: Apache-2.0
// The distributor of a GICv2 as a register file, and shared interrupts by their targets.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::spurious;

class VgicV2Registers : public VgicTest {
  protected:
    void SetUp() override { start(3, 4, 2); }
    void set_targets(u32 intid, u8 targets) { write(gic::itargetsr + intid, targets, 1); }
};

TEST_F(VgicV2Registers, WhatTheDistributorSaysOfItself) {
    // ITLinesNumber 2 (96 INTIDs), CPUNumber 2 (three), no Security Extensions.
    EXPECT_EQ(read(gic::gicd_typer), 0x42U);
    EXPECT_EQ(read(gic::pidr2_4k) >> 4 & 0xf, 2U);
    EXPECT_EQ(read(gic::gicd_iidr) & 0xfff, 0x43bU);
}

TEST_F(VgicV2Registers, ControlHasOneBit) {
    EXPECT_EQ(read(gic::gicd_ctlr), 1U);
    write(gic::gicd_ctlr, 0);
    EXPECT_EQ(read(gic::gicd_ctlr), 0U);
    write(gic::gicd_ctlr, ~u64{0});
    EXPECT_EQ(read(gic::gicd_ctlr), 1U);
    write(gic::gicd_ctlr, 2);
    EXPECT_EQ(read(gic::gicd_ctlr), 0U);
}

TEST_F(VgicV2Registers, ThereIsOneGroup) {
    for (const u64 word : {0u, 4u}) {
        write(gic::igroupr + word, ~u64{0});
        EXPECT_EQ(read(gic::igroupr + word), 0U);
    }
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_FALSE(test::fake().cpus[0].lists[0].group1);
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicV2Registers, NothingComesThroughADisabledDistributor) {
    write(gic::gicd_ctlr, 0);
    enable(spi);
    gic.set_line(spi, true);
    EXPECT_EQ(guest().acknowledge(), spurious);
    write(gic::gicd_ctlr, 1);
    EXPECT_EQ(guest().acknowledge(), spi);
}

TEST_F(VgicV2Registers, PrivateInterruptsAreTheAccessingVcpusOwn) {
    write_from(1, gic::isenabler, 1u << ppi);
    EXPECT_EQ(read_from(0, gic::isenabler), 0xffffU);  // SGIs after a reset
    EXPECT_EQ(read_from(1, gic::isenabler), 0x4000'ffffU);
    write_from(2, gic::ipriorityr + ppi, 0x48, 1);
    EXPECT_EQ(read_from(2, gic::ipriorityr + ppi, 1), 0x48U);
    EXPECT_EQ(read_from(1, gic::ipriorityr + ppi, 1), 0U);
    write_from(1, gic::ispendr, 1u << ppi);
    EXPECT_EQ(read_from(1, gic::ispendr), 1u << ppi);
    EXPECT_EQ(read_from(0, gic::ispendr), 0U);
    EXPECT_EQ(guest(1).acknowledge(), ppi);
    EXPECT_EQ(read_from(1, gic::isactiver), 1u << ppi);
}

TEST_F(VgicV2Registers, TargetsOfPrivateInterruptsAreTheReader) {
    EXPECT_EQ(read_from(0, gic::itargetsr), 0x0101'0101U);
    EXPECT_EQ(read_from(2, gic::itargetsr + 28), 0x0404'0404U);
    EXPECT_EQ(read_from(1, gic::itargetsr + 7, 1), 2U);
    write_from(1, gic::itargetsr, ~u64{0});
    EXPECT_EQ(read_from(1, gic::itargetsr), 0x0202'0202U);
}

TEST_F(VgicV2Registers, TargetsAreKeptAsWritten) {
    EXPECT_EQ(read(gic::itargetsr + spi), 0x0101'0101U);  // the first vCPU after a reset
    write(gic::itargetsr + spi, 0x0706'0500);
    EXPECT_EQ(read(gic::itargetsr + spi), 0x0706'0500U);
    set_targets(spi, 0xff);  // of which three exist
    EXPECT_EQ(read(gic::itargetsr + spi), 0x0706'0507U);
    EXPECT_EQ(read(gic::itargetsr + spi + 2, 2), 0x0706U);
    write(gic::itargetsr + 96, ~u64{0});  // behind the last
    EXPECT_EQ(read(gic::itargetsr + 96), 0U);
    EXPECT_EQ(read(gic::itargetsr + 1016), 0U);
}

TEST_F(VgicV2Registers, ASharedInterruptGoesToTheFirstOfItsTargets) {
    set_targets(spi, 0b110);
    enable(spi);
    gic.set_line(spi, true);
    settle();
    EXPECT_EQ(guest(0).acknowledge(), spurious);
    EXPECT_EQ(guest(2).acknowledge(), spurious);
    EXPECT_EQ(guest(1).acknowledge(), spi);
}

TEST_F(VgicV2Registers, TargetsChangeWhilePending) {
    enable(spi);
    gic.set_line(spi, true);
    ASSERT_EQ(lists(0), "pending 40@128");
    set_targets(spi, 0b100);
    settle();
    EXPECT_EQ(lists(0), "");
    EXPECT_EQ(guest(2).acknowledge(), spi);
}

TEST_F(VgicV2Registers, WithoutTargetAnInterruptWaits) {
    set_targets(spi, 0);
    enable(spi);
    gic.set_line(spi, true);
    settle();
    EXPECT_EQ(lists(0), "");
    EXPECT_TRUE(bit_of(gic::ispendr, spi));
    set_targets(spi, 0b010);
    settle();
    EXPECT_EQ(guest(1).acknowledge(), spi);
}

TEST_F(VgicV2Registers, SgisAreNotMadePendingByTheirBit) {
    write(gic::ispendr, 0x8000'ffff);
    EXPECT_EQ(read(gic::ispendr), 0x8000'0000U);
    write(gic::gicd_sgir, gic::sgir::self << 24 | 3);
    write(gic::icpendr, ~u64{0});
    EXPECT_EQ(read(gic::ispendr), 1u << 3);
}

TEST_F(VgicV2Registers, ReservedOnesReadAsZeroAndIgnoreWrites) {
    for (const u64 offset : {0x00cu, 0x040u, 0xd00u, 0xe00u, 0xf00u, 0xf30u, 0xfe0u, 0xffcu}) {
        write(offset, offset == gic::gicd_sgir ? gic::sgir::Filter::of(3) : ~u64{0});
        EXPECT_EQ(read(offset), 0U) << offset;
    }
    EXPECT_EQ(read(gic::ispendr), 0U);
}

TEST_F(VgicV2Registers, WhatBothVersionsHave) {
    write(gic::isenabler + 4, 0xf0);
    write(gic::icenabler + 4, 0x30);
    EXPECT_EQ(read(gic::isenabler + 4), 0xc0U);
    write(gic::ipriorityr + spi + 1, 0xa7, 1);
    EXPECT_EQ(read(gic::ipriorityr + spi), 0xa000U);  // five bits
    EXPECT_EQ(read(gic::icfgr), 0xaaaa'aaaaU);        // SGIs are edges
    EXPECT_EQ(read(gic::icfgr + 8), 2u << (edge_spi % 16 * 2));
}

}  // namespace
}  // namespace isthmus::core
