// SPDX-License-Identifier: Apache-2.0
// Event channels between two domains: a ring is one bit, told once; what a guest writes into its
// pages, or asks for, changes nothing but its own events.
#include "core/arm/xen/events.hpp"

#include "core/device/doorbells.hpp"
#include "core/domain/lifecycle.hpp"
#include "tests/unit/core/xen_fixture.hpp"

namespace isthmus::core::xen {
namespace {

using test::fake;

class XenEventsTest : public test::XenTest {
  protected:
    XenEventsTest() { b.open_events(); }

    PortStatus status(test::XenSide& side, u32 port) {
        EXPECT_EQ(side.event(evtchn::status, PortStatus{.domain = domid_self, .port = port}), 0);
        return side.get<PortStatus>();
    }
    u32 new_ipi(test::XenSide& side, u32 vcpu = 0) {
        EXPECT_EQ(side.event(evtchn::bind_ipi, BindIpi{.vcpu = vcpu}), 0);
        return side.get<BindIpi>().port;
    }
};

TEST_F(XenEventsTest, ARingIsABitAWordAFlagAndAnInterrupt) {
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_TRUE(b.is_pending(b_port));
    EXPECT_EQ(b.info().pending_words, 1u);
    EXPECT_EQ(b.info().upcall_pending, 1u);
    EXPECT_EQ(b.interrupts(), 1u);
}

TEST_F(XenEventsTest, ASecondRingBeforeTheGuestLooksIsTheSame) {
    EXPECT_EQ(a.send(a_port), 0);
    b.guest.vcpu().vgic->private_irqs[31].latched = false;
    b.info().upcall_pending = 0;
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_EQ(b.interrupts(), 0u) << "the guest has not taken the first";
    b.look();
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_EQ(b.interrupts(), 1u);
}

TEST_F(XenEventsTest, AMaskedPortIsToldWhenItIsUnmasked) {
    b.shared().mask[0] = u64{1} << b_port;
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_TRUE(b.is_pending(b_port));
    EXPECT_EQ(b.info().upcall_pending, 0u);
    EXPECT_EQ(b.event(evtchn::unmask, b_port), 0);
    EXPECT_EQ(b.shared().mask[0], 0u);
    EXPECT_EQ(b.info().upcall_pending, 1u);
    EXPECT_EQ(b.interrupts(), 1u);
    b.look();
    b.guest.vcpu().vgic->private_irqs[31].latched = false;
    EXPECT_EQ(b.event(evtchn::unmask, b_port), 0) << "nothing came meanwhile";
    EXPECT_EQ(b.interrupts(), 0u);
}

TEST_F(XenEventsTest, BothWays) {
    a.open_events();
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_TRUE(a.is_pending(a_port));
    EXPECT_FALSE(b.is_pending(b_port));
}

TEST_F(XenEventsTest, WhatCameBeforeTheGuestHadAPageIsThereThen) {
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_EQ(a.share(8), 0);
    EXPECT_TRUE(a.is_pending(a_port));
    EXPECT_EQ(a.shared().first.upcall_pending, 1u);
    EXPECT_EQ(a.interrupts(), 1u);
}

TEST_F(XenEventsTest, NoPortThatIsNone) {
    for (const u32 port : {0u, 1u + 5u, 4095u, 4096u, 0x8000'0005u, ~0u}) {
        EXPECT_EQ(b.send(port), einval) << port;
        EXPECT_EQ(b.event(evtchn::close, port), einval) << port;
        EXPECT_EQ(b.event(evtchn::bind_vcpu, BindVcpu{.port = port, .vcpu = 0}), einval) << port;
    }
    EXPECT_EQ(b.event(evtchn::unmask, 4096u), einval);
    EXPECT_EQ(b.event(evtchn::status, PortStatus{.domain = domid_self, .port = 4096}), einval);
}

TEST_F(XenEventsTest, TheTreesChannelsStay) {
    EXPECT_EQ(a.event(evtchn::close, a_port), 0);
    EXPECT_EQ(a.event(evtchn::reset, u16{domid_self}), 0);
    EXPECT_EQ(b.event(evtchn::reset, u16{domid_self}), 0);
    const PortStatus seen = status(a, a_port);
    EXPECT_EQ(seen.status, PortStatus::interdomain);
    EXPECT_EQ(seen.detail, 3u);
    EXPECT_EQ(seen.peer_port, b_port);
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_TRUE(b.is_pending(b_port));
}

TEST_F(XenEventsTest, AnEventForItselfAndForAnotherVcpu) {
    a.open_events();
    const u32 port = new_ipi(a);
    EXPECT_EQ(port, 2u) << "the lowest that is free: 1 is the console's";
    EXPECT_EQ(a.send(port), 0);
    EXPECT_TRUE(a.is_pending(port));
    EXPECT_EQ(a.interrupts(), 1u);
    const u32 other = new_ipi(a, 1);
    EXPECT_EQ(a.register_info(10, 64, 1), 0);
    a.info(10, 64).upcall_pending = 0;
    a.info(10, 64).pending_words = 0;
    EXPECT_EQ(a.send(other), 0);
    EXPECT_EQ(a.info(10, 64).upcall_pending, 1u);
    EXPECT_EQ(a.event(evtchn::bind_ipi, BindIpi{.vcpu = 2}), enoent);
    EXPECT_EQ(a.event(evtchn::bind_vcpu, BindVcpu{.port = other, .vcpu = 0}), einval);
    EXPECT_EQ(a.event(evtchn::bind_vcpu, BindVcpu{.port = a_port, .vcpu = 1}), 0);
    EXPECT_EQ(a.event(evtchn::bind_vcpu, BindVcpu{.port = a_port, .vcpu = 2}), enoent);
    EXPECT_EQ(status(a, a_port).vcpu, 1u);
}

TEST_F(XenEventsTest, VirtualInterruptsAreBoundOnce) {
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = virq_timer, .vcpu = 0}), 0);
    const u32 port = a.get<BindVirq>().port;
    EXPECT_EQ(status(a, port).status, PortStatus::virq);
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = virq_timer, .vcpu = 0}), eexist);
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = virq_timer, .vcpu = 1}), 0);
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = virq_console, .vcpu = 1}), einval);
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = 24, .vcpu = 0}), einval);
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = 0, .vcpu = 7}), enoent);
    EXPECT_EQ(a.send(port), einval);
    EXPECT_EQ(a.event(evtchn::close, port), 0);
    EXPECT_EQ(status(a, port).status, PortStatus::closed);
    EXPECT_EQ(a.event(evtchn::bind_virq, BindVirq{.virq = virq_timer, .vcpu = 0}), 0);
}

TEST_F(XenEventsTest, AChannelOfTheirOwnBetweenNeighboursInTheTree) {
    EXPECT_EQ(a.event(evtchn::alloc_unbound, AllocUnbound{.domain = domid_self, .remote = 3}), 0);
    const u32 offered = a.get<AllocUnbound>().port;
    EXPECT_EQ(status(a, offered).status, PortStatus::unbound);
    EXPECT_EQ(a.send(offered), 0) << "nobody is there yet";
    EXPECT_EQ(
        b.event(evtchn::bind_interdomain, BindInterdomain{.remote = 1, .remote_port = offered}), 0);
    const u32 bound = b.get<BindInterdomain>().local_port;
    EXPECT_TRUE(b.is_pending(bound)) << "something may have been sent before";
    b.look();
    EXPECT_EQ(a.send(offered), 0);
    EXPECT_TRUE(b.is_pending(bound));
    EXPECT_EQ(
        b.event(evtchn::bind_interdomain, BindInterdomain{.remote = 1, .remote_port = offered}),
        einval)
        << "it is taken";
    EXPECT_EQ(b.event(evtchn::close, bound), 0);
    EXPECT_FALSE(b.is_pending(bound));
    EXPECT_EQ(status(a, offered).status, PortStatus::unbound);
    EXPECT_EQ(a.send(offered), 0);
    EXPECT_FALSE(b.is_pending(bound)) << "that end is closed";
    EXPECT_EQ(a.event(evtchn::close, offered), 0);
    EXPECT_EQ(a.send(offered), einval);
}

TEST_F(XenEventsTest, NobodyElse) {
    EXPECT_EQ(a.event(evtchn::alloc_unbound, AllocUnbound{.domain = domid_self, .remote = 2}),
              eperm);
    EXPECT_EQ(a.event(evtchn::alloc_unbound, AllocUnbound{.domain = 3, .remote = 3}), eperm);
    EXPECT_EQ(a.event(evtchn::bind_interdomain, BindInterdomain{.remote = 9, .remote_port = 1}),
              esrch);
    EXPECT_EQ(
        a.event(evtchn::bind_interdomain, BindInterdomain{.remote = 3, .remote_port = b_port}),
        einval)
        << "the tree's own";
    EXPECT_EQ(
        a.event(evtchn::bind_interdomain, BindInterdomain{.remote = 3, .remote_port = 70'000}),
        einval);
    EXPECT_EQ(a.event(evtchn::status, PortStatus{.domain = 3, .port = b_port}), eperm);
    EXPECT_EQ(a.event(evtchn::reset, u16{3}), eperm);
}

TEST_F(XenEventsTest, LoopbackAndItsEnd) {
    a.open_events();
    EXPECT_EQ(
        a.event(evtchn::alloc_unbound, AllocUnbound{.domain = domid_self, .remote = domid_self}),
        0);
    const u32 one = a.get<AllocUnbound>().port;
    EXPECT_EQ(a.event(evtchn::bind_interdomain,
                      BindInterdomain{.remote = domid_self, .remote_port = one}),
              0);
    const u32 other = a.get<BindInterdomain>().local_port;
    a.look();
    EXPECT_EQ(a.send(one), 0);
    EXPECT_TRUE(a.is_pending(other));
    EXPECT_EQ(a.send(other), 0);
    EXPECT_TRUE(a.is_pending(one));
    EXPECT_EQ(a.event(evtchn::close, one), 0);
    EXPECT_EQ(status(a, other).status, PortStatus::unbound);
}

TEST_F(XenEventsTest, ResetClosesAllThatTheTreeDoesNotHaveInPieces) {
    while (a.event(evtchn::bind_ipi, BindIpi{.vcpu = 0}) == 0) {
    }
    EXPECT_EQ(a.event(evtchn::bind_ipi, BindIpi{.vcpu = 0}), enospc);
    a.pieces = 0;
    EXPECT_EQ(a.event(evtchn::reset, u16{domid_self}), 0);
    EXPECT_GT(a.pieces, 8u);
    for (const u32 port : {2u, 3u, 4u, 6u, 4095u}) {
        EXPECT_EQ(status(a, port).status, PortStatus::closed) << port;
    }
    EXPECT_EQ(new_ipi(a), 2u);
    EXPECT_EQ(status(a, 1).status, PortStatus::interdomain) << "the console's";
}

TEST_F(XenEventsTest, EventWordsAreNotOffered) {
    for (const u32 operation : {2u, 11u, 12u, 13u, 99u}) {
        EXPECT_EQ(a.event(operation, std::array<u64, 4>{}), enosys) << operation;
    }
}

TEST_F(XenEventsTest, PagesFullOfOnesOrNothing) {
    std::memset(b.seen(8 * page_size), 0xff, 2 * page_size);
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_EQ(b.event(evtchn::unmask, b_port), 0);
    EXPECT_EQ(b.interrupts(), 0u) << "it has taken nothing";
    std::memset(b.seen(8 * page_size), 0, 2 * page_size);
    EXPECT_EQ(a.send(a_port), 0);
    EXPECT_EQ(b.interrupts(), 1u);
}

TEST_F(XenEventsTest, AGuestThatHasStoppedIsRungInVain) {
    end_guest(b.guest.domain);
    while (forget_page(b.guest.domain)) {
    }
    EXPECT_EQ(a.send(a_port), 0);  // its pages are not even shown: a write would be a fault
    EXPECT_EQ(b.interrupts(), 0u);
}

TEST_F(XenEventsTest, AVcpuThatStartsHearsOfWhatWaits) {
    EXPECT_EQ(a.send(a_port), 0);
    Vcpu& vcpu = b.guest.vcpu();
    b.guest.domain.vgic.reset(*vcpu.vgic);
    EXPECT_EQ(b.interrupts(), 0u);
    vcpu_starts(vcpu);
    EXPECT_EQ(b.interrupts(), 1u);
}

TEST_F(XenEventsTest, BadPointers) {
    fake().unmapped_from = a.ram + page_size;
    for (const u64 address :
         {~u64{0}, u64{0}, a.ram + page_size, a.ram + page_size - 2, u64{0xffff'0000'0000'0000}}) {
        for (u64 operation = 0; operation < 14; ++operation) {
            if (address % page_size > page_size - 4 && operation == evtchn::reset) {
                continue;  // two bytes are enough for that
            }
            const i64 result = a.call(call::event_channel_op, operation, address);
            EXPECT_TRUE(result == efault || result == enosys) << operation << " at " << address;
        }
    }
    fake().unmapped_from = ~u64{0};
    fake().read_only_from = a.ram;
    EXPECT_EQ(a.event(evtchn::bind_ipi, BindIpi{.vcpu = 0}), efault);
    fake().read_only_from = ~u64{0};
    EXPECT_EQ(new_ipi(a), 2u) << "nothing had been taken";
}

TEST_F(XenEventsTest, StructuresAcrossAPagesEnd) {
    EXPECT_EQ(
        a.event(evtchn::status, PortStatus{.domain = domid_self, .port = a_port}, page_size - 4),
        0);
    EXPECT_EQ(a.get<PortStatus>(page_size - 4).peer_port, b_port);
    EXPECT_EQ(a.event(evtchn::send, a_port, 2 * page_size - 2), 0);
    EXPECT_TRUE(b.is_pending(b_port));
}

}  // namespace
}  // namespace isthmus::core::xen
