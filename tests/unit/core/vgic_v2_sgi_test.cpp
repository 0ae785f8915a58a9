// SPDX-License-Identifier: Apache-2.0
// SGIs of a GICv2: each sender's is pending by itself, and is delivered with its sender.
#include "tests/unit/core/vgic_fixture.hpp"

namespace isthmus::core {
namespace {

using test::spurious;

class VgicV2Sgi : public VgicTest {
  protected:
    void SetUp() override { start(3, 4, 2); }

    static constexpr u64 to(u8 list) { return u64{list} << 16; }
    static constexpr u64 to_others = u64{gic::sgir::all_but_self} << 24;
    static constexpr u64 to_self = u64{gic::sgir::self} << 24;
    /// GICC_IAR of an SGI.
    static constexpr u32 from(u32 sender, u32 intid) { return sender << 10 | intid; }

    void send(usize sender, u64 targets, u32 intid) {
        write_from(sender, gic::gicd_sgir, targets | intid);
        settle();
    }
    /// Acknowledges and ends one; what it was.
    u32 take(usize vcpu) {
        const u32 taken = guest(vcpu).acknowledge();
        if (taken != spurious) {
            guest(vcpu).end(taken);
            settle();
        }
        return taken;
    }
    bool is_pending(usize vcpu, u32 intid) {
        return (read_from(vcpu, gic::ispendr) >> intid & 1) != 0;
    }
};

TEST_F(VgicV2Sgi, Filters) {
    send(0, to(0b110), 5);
    EXPECT_FALSE(is_pending(0, 5));
    EXPECT_TRUE(is_pending(1, 5));
    EXPECT_TRUE(is_pending(2, 5));
    send(1, to_others | to(0b010), 6);
    EXPECT_TRUE(is_pending(0, 6));
    EXPECT_FALSE(is_pending(1, 6));
    EXPECT_TRUE(is_pending(2, 6));
    send(2, to_self | to(0b011), 7);
    EXPECT_FALSE(is_pending(0, 7));
    EXPECT_FALSE(is_pending(1, 7));
    EXPECT_TRUE(is_pending(2, 7));
    send(0, to(0b1111'1000), 8);  // nobody
    send(0, gic::sgir::Filter::of(3) | to(0xff), 8);
    for (const usize vcpu : {0u, 1u, 2u}) {
        EXPECT_FALSE(is_pending(vcpu, 8));
    }
}

TEST_F(VgicV2Sgi, CarriesItsSender) {
    send(2, to(0b001), 5);
    EXPECT_EQ(take(0), from(2, 5));
    EXPECT_EQ(take(0), spurious);
    send(0, to_self, 5);
    EXPECT_EQ(take(0), from(0, 5));
}

TEST_F(VgicV2Sgi, FromEachSenderOnce) {
    send(2, to(0b001), 5);
    send(0, to(0b001), 5);
    send(1, to(0b001), 5);
    EXPECT_EQ(take(0), from(2, 5));  // was there first
    EXPECT_EQ(take(0), from(0, 5));
    EXPECT_EQ(take(0), from(1, 5));
    EXPECT_EQ(take(0), spurious);
    EXPECT_FALSE(is_pending(0, 5));
}

TEST_F(VgicV2Sgi, TwiceFromOneSenderBeforeItIsSeenIsOnce) {
    send(1, to(0b001), 5);
    send(1, to(0b001), 5);
    EXPECT_EQ(take(0), from(1, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, TwiceWhileTheFirstIsActiveComesAfterIt) {
    send(1, to(0b001), 5);
    ASSERT_EQ(guest(0).acknowledge(), from(1, 5));
    send(1, to(0b001), 5);
    send(2, to(0b001), 5);
    EXPECT_EQ(guest(0).acknowledge(), spurious);
    guest(0).end(from(1, 5));
    settle();
    EXPECT_EQ(take(0), from(1, 5));
    EXPECT_EQ(take(0), from(2, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, DisabledOnesWaitWithTheirSenders) {
    write(gic::icenabler, 1u << 5);
    send(2, to(0b001), 5);
    send(1, to(0b001), 5);
    EXPECT_EQ(take(0), spurious);
    EXPECT_TRUE(is_pending(0, 5));
    write(gic::isenabler, 1u << 5);
    settle();
    EXPECT_EQ(take(0), from(1, 5));
    EXPECT_EQ(take(0), from(2, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, DisabledWhileInAListRegister) {
    send(2, to(0b001), 5);
    write(gic::icenabler, 1u << 5);
    EXPECT_EQ(take(0), spurious);
    EXPECT_EQ(read(gic::spendsgir + 5, 1), 0b100U);
    write(gic::isenabler, 1u << 5);
    EXPECT_EQ(take(0), from(2, 5));
}

TEST_F(VgicV2Sgi, TheSendersAreRead) {
    send(2, to(0b001), 5);
    send(1, to(0b001), 5);
    EXPECT_EQ(read(gic::spendsgir + 5, 1), 0b110U);
    EXPECT_EQ(read(gic::cpendsgir + 4), 0x0600U);
    EXPECT_EQ(read_from(1, gic::spendsgir + 4), 0U);  // each vCPU has its own
    ASSERT_EQ(guest(0).acknowledge(), from(2, 5));
    EXPECT_EQ(read(gic::spendsgir + 5, 1), 0b010U);
}

TEST_F(VgicV2Sgi, ClearedForOneSender) {
    send(2, to(0b001), 5);
    send(1, to(0b001), 5);
    write(gic::cpendsgir + 5, 0b100, 1);  // the one in a list register
    EXPECT_EQ(read(gic::spendsgir + 5, 1), 0b010U);
    EXPECT_EQ(take(0), from(1, 5));
    EXPECT_EQ(take(0), spurious);
    send(2, to(0b001), 5);
    send(1, to(0b001), 5);
    write(gic::cpendsgir + 4, 0x0200);  // the one that waits
    EXPECT_EQ(take(0), from(2, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, ClearingDoesNotEndWhatIsActive) {
    send(2, to(0b001), 5);
    ASSERT_EQ(guest(0).acknowledge(), from(2, 5));
    write(gic::cpendsgir + 5, 0xff, 1);
    EXPECT_EQ(read(gic::isactiver), 1u << 5);
    guest(0).end(from(2, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, SetAsIfSent) {
    write(gic::spendsgir + 12, 0x0000'0402);  // SGI 12 from vCPU 1, SGI 13 from vCPU 2
    EXPECT_EQ(take(0), from(1, 12));
    EXPECT_EQ(take(0), from(2, 13));
    write(gic::spendsgir + 12, 0xf8, 1);  // no such vCPUs
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, AnEvictedOneKeepsItsSender) {
    start(3, 1, 2);
    set_priority(5, 0x80);
    set_priority(6, 0x40);
    send(2, to(0b001), 5);
    send(1, to(0b001), 6);
    EXPECT_EQ(take(0), from(1, 6));
    EXPECT_EQ(take(0), from(2, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, ParkedWhileActiveAndSentAgain) {
    start(3, 1, 2);
    set_priority(5, 0x80);
    set_priority(6, 0x40);
    send(2, to(0b001), 5);
    ASSERT_EQ(guest(0).acknowledge(), from(2, 5));
    send(1, to(0b001), 6);  // takes its list register
    send(1, to(0b001), 5);
    EXPECT_EQ(take(0), from(1, 6));
    EXPECT_EQ(guest(0).acknowledge(), spurious);
    guest(0).end(from(2, 5));
    settle();
    EXPECT_EQ(take(0), from(1, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, AResetForgetsSenders) {
    send(2, to(0b001), 5);
    send(1, to(0b001), 5);
    gic.reset(cpu(0));
    gic.refresh(cpu(0));
    guest(0).reset();
    EXPECT_EQ(take(0), spurious);
    send(0, to(0b001), 5);
    EXPECT_EQ(take(0), from(0, 5));
    EXPECT_EQ(take(0), spurious);
}

TEST_F(VgicV2Sgi, AllSixteenFromAllSenders) {
    for (const usize sender : {0u, 1u, 2u}) {
        for (u32 intid = 0; intid < sgi_count; ++intid) {
            send(sender, to(0b001), intid);
        }
    }
    u64 seen[3] = {};
    for (int taken = 0; taken < 48; ++taken) {
        const u32 name = take(0);
        ASSERT_NE(name, spurious) << taken;
        seen[name >> 10] |= u64{1} << (name & 0x3ff);
    }
    EXPECT_EQ(take(0), spurious);
    for (const u64 each : seen) {
        EXPECT_EQ(each, 0xffffU);
    }
}

}  // namespace
}  // namespace isthmus::core
