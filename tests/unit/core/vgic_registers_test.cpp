// SPDX-License-Identifier: Apache-2.0
// The distributor and the redistributors as register files: identification, widths, what is
// reserved, what no GIC has.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

class VgicRegisters : public VgicTest {
  protected:
    void SetUp() override { start(3); }

    u64 read_frame(usize vcpu, u64 offset, unsigned size = 4) {
        return gic.read_redistributor(vcpu * gic::redistributor_size + offset, size)
            .value_or(0xdead);
    }
};

TEST_F(VgicRegisters, WhatTheDistributorSaysOfItself) {
    // ITLinesNumber 2 (96 INTIDs), IDbits 9 (10 bits), No1N.
    EXPECT_EQ(read(gic::gicd_typer), 0x0248'0002U);
    EXPECT_EQ(read(gic::pidr2) >> 4 & 0xf, 3U);
    EXPECT_EQ(read(gic::gicd_iidr) & 0xfff, 0x43bU);
    EXPECT_EQ(read(gic::gicd_ctlr), 0x53U);  // DS, ARE, both groups
}

TEST_F(VgicRegisters, ControlKeepsOnlyTheGroupEnables) {
    write(gic::gicd_ctlr, 0);
    EXPECT_EQ(read(gic::gicd_ctlr), 0x50U);
    write(gic::gicd_ctlr, ~u64{0});
    EXPECT_EQ(read(gic::gicd_ctlr), 0x53U);
}

TEST_F(VgicRegisters, ReservedOnesReadAsZeroAndIgnoreWrites) {
    for (const u64 offset :
         {0x00cu, 0x020u, 0x0e00u, 0x0f00u, 0x5ffcu, 0x8000u, 0xc000u, 0xfffcu}) {
        write(offset, ~u64{0});
        EXPECT_EQ(read(offset), 0U) << offset;
    }
    for (const u64 offset : {0x0000u, 0x0010u, 0x0070u, 0x0078u, 0xfffcu}) {
        EXPECT_TRUE(gic.write_redistributor(offset, 4, ~u64{0}));
        EXPECT_EQ(read_frame(0, offset), 0U) << offset;
    }
}

TEST_F(VgicRegisters, PrivateInterruptsAreNotInTheDistributor) {
    for (const u64 bank : {gic::isenabler, gic::ispendr, gic::igroupr}) {
        write(bank, ~u64{0});
        EXPECT_EQ(read(bank), 0U) << bank;
    }
    write(gic::ipriorityr, 0x80, 1);
    EXPECT_EQ(read(gic::ipriorityr, 1), 0U);
    EXPECT_EQ(read_frame(0, gic::sgi_frame + gic::ispendr), 0U);
    EXPECT_EQ(read_frame(0, gic::sgi_frame + gic::isenabler), 0xffffU);  // SGIs after a reset
}

TEST_F(VgicRegisters, SharedInterruptsAreNotInARedistributor) {
    EXPECT_TRUE(gic.write_redistributor(gic::sgi_frame + gic::isenabler + 4, 4, ~u64{0}));
    EXPECT_EQ(read_frame(0, gic::sgi_frame + gic::isenabler + 4), 0U);
    EXPECT_EQ(read(gic::isenabler + 4), 0U);
}

TEST_F(VgicRegisters, EachVcpuHasItsOwnPrivateInterrupts) {
    EXPECT_TRUE(gic.write_redistributor(gic::redistributor_size + gic::sgi_frame + gic::isenabler,
                                        4, 1u << 27));
    EXPECT_EQ(read_frame(0, gic::sgi_frame + gic::isenabler), 0xffffU);
    EXPECT_EQ(read_frame(1, gic::sgi_frame + gic::isenabler), 0x0800'ffffU);
}

TEST_F(VgicRegisters, SetAndClearTouchOnlyTheBitsWritten) {
    write(gic::isenabler + 4, 0xf0);
    write(gic::isenabler + 4, 0x0f);
    EXPECT_EQ(read(gic::isenabler + 4), 0xffU);
    write(gic::icenabler + 4, 0x18);
    EXPECT_EQ(read(gic::isenabler + 4), 0xe7U);
    EXPECT_EQ(read(gic::icenabler + 4), 0xe7U);
    EXPECT_EQ(read(gic::isenabler + 8), 0U);
}

TEST_F(VgicRegisters, InterruptsBeyondTheLastReadAsZero) {
    write(gic::isenabler + 12, ~u64{0});  // INTID 96 to 127
    EXPECT_EQ(read(gic::isenabler + 12), 0U);
    write(gic::ipriorityr + 96, 0x80, 1);
    EXPECT_EQ(read(gic::ipriorityr + 96, 4), 0U);
    write(gic::gicd_irouter + 96 * 8, 1, 8);
    EXPECT_EQ(read(gic::gicd_irouter + 96 * 8, 8), 0U);
    write(gic::icfgr + 24, ~u64{0});
    EXPECT_EQ(read(gic::icfgr + 24), 0U);
}

TEST_F(VgicRegisters, PrioritiesInEveryWidth) {
    write(gic::ipriorityr + 40, 0x4030'2010);
    EXPECT_EQ(read(gic::ipriorityr + 40, 4), 0x4030'2010U);
    EXPECT_EQ(read(gic::ipriorityr + 41, 1), 0x20U);
    EXPECT_EQ(read(gic::ipriorityr + 42, 2), 0x4030U);
    write(gic::ipriorityr + 41, 0xa7, 1);
    EXPECT_EQ(read(gic::ipriorityr + 40, 4), 0x4030'a010U);  // five bits
    write(gic::ipriorityr + 42, 0xc0b8, 2);
    EXPECT_EQ(read(gic::ipriorityr + 40, 8), 0xc0b8'a010U);
}

TEST_F(VgicRegisters, OtherBanksTakeWordsOnly) {
    EXPECT_EQ(gic.read_distributor(cpu(), gic::isenabler + 4, 1).error(), Error::not_found);
    EXPECT_EQ(gic.read_distributor(cpu(), gic::icfgr + 8, 8).error(), Error::not_found);
    write(gic::isenabler + 4, 0xff, 1);
    EXPECT_EQ(read(gic::isenabler + 4), 0U);
}

TEST_F(VgicRegisters, RouterInBothWidths) {
    const u64 offset = gic::gicd_irouter + spi * 8;
    write(offset, 2, 8);
    EXPECT_EQ(read(offset, 8), 2U);
    EXPECT_EQ(read(offset), 2U);
    EXPECT_EQ(read(offset + 4), 0U);
    write(offset, 0xffff'ffff'0000'0001, 4);  // what a register holds above a word is not written
    EXPECT_EQ(read(offset, 8), 1U);
    write(offset + 4, 0, 4);  // Aff3
    EXPECT_EQ(read(offset, 8), 1U);
    write(offset, gic::router_any | 2, 8);
    EXPECT_EQ(read(offset, 8), 0U);          // "any" is the first
    write(gic::gicd_irouter + 8 * 8, 1, 8);  // a private interrupt has none
    EXPECT_EQ(read(gic::gicd_irouter + 8 * 8, 8), 0U);
}

TEST_F(VgicRegisters, ConfigurationHasOneBitOfTwo) {
    EXPECT_EQ(read(gic::icfgr + 8), 2u << (edge_spi % 16 * 2));
    write(gic::icfgr + 12, 0xffff'ffff);
    EXPECT_EQ(read(gic::icfgr + 12), 0xaaaa'aaaaU);
    EXPECT_EQ(read_frame(0, gic::sgi_frame + gic::icfgr), 0xaaaa'aaaaU);  // SGIs are edges
    EXPECT_TRUE(gic.write_redistributor(gic::sgi_frame + gic::icfgr, 4, 0));
    EXPECT_EQ(read_frame(0, gic::sgi_frame + gic::icfgr), 0xaaaa'aaaaU);  // and stay so
}

TEST_F(VgicRegisters, GroupsAreKept) {
    EXPECT_EQ(read(gic::igroupr + 4), 0xffff'ffffU);
    write(gic::igroupr + 4, 0xffff'00ff);
    EXPECT_EQ(read(gic::igroupr + 4), 0xffff'00ffU);
}

TEST_F(VgicRegisters, TyperOfEachRedistributor) {
    cpu(2).mpidr = 0x0201;
    EXPECT_EQ(read_frame(0, gic::gicr_typer, 8), 0U);
    EXPECT_EQ(read_frame(1, gic::gicr_typer, 8), u64{1} << 32 | 1 << 8);
    EXPECT_EQ(read_frame(2, gic::gicr_typer, 8), u64{0x201} << 32 | 2 << 8 | 1 << 4);  // Last
    EXPECT_EQ(read_frame(2, gic::gicr_typer), 0x210U);
    EXPECT_EQ(read_frame(2, gic::gicr_typer + 4), 0x201U);
    EXPECT_EQ(read_frame(1, gic::pidr2) >> 4 & 0xf, 3U);
    EXPECT_EQ(read_frame(1, gic::gicr_iidr) & 0xfff, 0x43bU);
}

TEST_F(VgicRegisters, WakerFollowsTheGuest) {
    EXPECT_EQ(read_frame(1, gic::gicr_waker), 6U);  // asleep after a reset
    EXPECT_TRUE(gic.write_redistributor(gic::redistributor_size + gic::gicr_waker, 4, 0));
    EXPECT_EQ(read_frame(1, gic::gicr_waker), 0U);
    EXPECT_EQ(read_frame(0, gic::gicr_waker), 6U);
    EXPECT_TRUE(gic.write_redistributor(gic::redistributor_size + gic::gicr_waker, 4, 2));
    EXPECT_EQ(read_frame(1, gic::gicr_waker), 6U);
}

TEST_F(VgicRegisters, BehindTheLastFrameThereIsNothing) {
    const u64 behind = 3 * gic::redistributor_size;
    EXPECT_EQ(gic.read_redistributor(behind, 4).error(), Error::not_found);
    EXPECT_EQ(gic.write_redistributor(behind, 4, 0).error(), Error::not_found);
    EXPECT_EQ(gic.read_redistributor(u64{1} << 40, 8).error(), Error::not_found);
}

}  // namespace
}  // namespace isthmus::core
