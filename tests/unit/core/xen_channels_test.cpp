// SPDX-License-Identifier: Apache-2.0
// What holds a channel of the tree back, and what the audit finds in one.
#include "core/arm/xen/events.hpp"
#include "core/audit/channels.hpp"
#include "core/device/doorbells.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/entry_points.hpp"
#include "tests/unit/core/xen_fixture.hpp"

namespace isthmus::core::xen {
namespace {

using test::fake;

class XenChannelTest : public test::XenTest {
  protected:
    XenChannelTest() { b.open_events(); }
    u32 new_ipi(test::XenSide& side, u32 vcpu = 0) {
        EXPECT_EQ(side.event(evtchn::bind_ipi, BindIpi{.vcpu = vcpu}), 0);
        return side.get<BindIpi>().port;
    }
};

/// A peer that rings without end, by a channel of the tree; the guest looks at once, each time.
class XenEventFlood : public XenChannelTest {
  protected:
    /// At the fake machine's frequency: the guest's only channel has all of the rate.
    u64 period() { return fake().frequency / rings_a_second; }
    bool ring_and_look() {
        EXPECT_EQ(a.send(a_port), 0);
        return take();
    }
    bool take() {
        const bool told = b.is_pending(b_port);
        b.look();
        b.guest.vcpu().vgic->private_irqs[31].latched = false;
        return told;
    }
    /// The timer of the ringer's CPU, when it is due by then.
    void pass(u64 ticks) {
        fake().now += ticks;
        fake().cpu = a.guest.vcpu().host_cpu;
        if (fake().here().deadline <= fake().now) {
            on_deadline(this_cpu());
        }
    }
    void use_burst_up() {
        for (u32 i = 0; i < ring_burst; ++i) {
            ASSERT_TRUE(ring_and_look()) << i;
        }
    }
};

TEST_F(XenEventFlood, ABurstIsImmediateAndWhatIsMoreIsSeenLaterAsOne) {
    use_burst_up();
    EXPECT_FALSE(ring_and_look());
    EXPECT_FALSE(ring_and_look());
    EXPECT_EQ(b.interrupts(), 0u);
    pass(period() - 1);
    EXPECT_FALSE(take());
    pass(1);
    EXPECT_EQ(b.interrupts(), 1u);
    EXPECT_TRUE(take());
    pass(10 * period());
    EXPECT_FALSE(take());
}

TEST_F(XenEventFlood, ASecondOfItIsTenThousandInterrupts) {
    u64 told = 0;
    for (u64 done = 0; done < fake().frequency; done += period() / 10) {
        told += ring_and_look() ? 1u : 0u;
        pass(period() / 10);
        told += take() ? 1u : 0u;
    }
    EXPECT_LE(told, rings_a_second + ring_burst);
    EXPECT_GE(told, rings_a_second * 95 / 100);
}

TEST_F(XenEventFlood, WhatIsDelayedIsTheRingersWorkAndOutlivesIt) {
    use_burst_up();
    EXPECT_FALSE(ring_and_look());
    EXPECT_NE(fake().cpus[a.guest.vcpu().host_cpu].deadline, ~u64{0});
    EXPECT_EQ(fake().cpus[b.guest.vcpu().host_cpu].deadline, ~u64{0});
    a.guest.domain.state.store(Domain::State::stopped);
    end_guest(a.guest.domain);
    pass(period());
    EXPECT_TRUE(take());
}

TEST_F(XenEventFlood, ALateRingToOneThatHasStoppedReachesNobody) {
    use_burst_up();
    EXPECT_FALSE(ring_and_look());
    end_guest(b.guest.domain);
    while (forget_page(b.guest.domain)) {
    }
    pass(period());  // its pages are not even shown: a write would be a fault
    EXPECT_EQ(b.interrupts(), 0u);
}

/// The other way has a budget of its own, and what a guest sends itself has none.
TEST_F(XenEventFlood, OthersAreNotHeldBack) {
    a.open_events();
    use_burst_up();
    EXPECT_FALSE(ring_and_look());
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_TRUE(a.is_pending(a_port));
    const u32 port = new_ipi(a);
    for (u32 i = 0; i < 2 * ring_burst; ++i) {
        a.look();
        ASSERT_EQ(a.send(port), 0);
        ASSERT_TRUE(a.is_pending(port));
    }
    pass(period());
}

/// How many differences the audit finds in the channels of `a`, after `spoil`.
class ChannelAudit : public XenChannelTest {
  protected:
    u64 differences() {
        AuditReport report;
        audit_channels(a.guest.domain, report);
        return report.differences;
    }
    Guest& guest() { return *a.guest.domain.xen; }
    void change(u32 number, Port port) { guest().ports[number].store(port); }
};

TEST_F(ChannelAudit, WhatWasPlannedPasses) {
    EXPECT_EQ(differences(), 0u);
}

TEST_F(ChannelAudit, EachEndIsComparedWithThePlan) {
    const Port planned = guest().ports[a_port].load();
    Port other = planned;
    other.peer = DomainId{2};
    Port unbound = planned;
    unbound.state = Port::State::unbound;
    Port elsewhere = planned;
    elsewhere.peer_port = b_port + 1;
    Port guests = planned;
    guests.is_static = false;
    for (const Port wrong : {other, unbound, elsewhere, guests}) {
        change(a_port, wrong);
        EXPECT_EQ(differences(), 1u);
    }
    change(a_port, {});
    EXPECT_EQ(differences(), 2u) << "that port, and how many there are";
    change(a_port, planned);
    guest().bells[0].peer_port = b_port + 1;
    EXPECT_EQ(differences(), 1u);
    guest().bells[0].peer_port = b_port;
    guest().bells[0].peer = &guest();
    EXPECT_EQ(differences(), 1u);
}

TEST_F(ChannelAudit, NoOtherPortIsOpen) {
    change(9, guest().ports[a_port].load());
    EXPECT_EQ(differences(), 1u);
    change(9, {});
    change(1, {});
    EXPECT_EQ(differences(), 1u) << "the console's is not";
}

TEST_F(ChannelAudit, AGuestWithoutTheInterfaceHasNone) {
    Guest* const xen = std::exchange(a.guest.domain.xen, nullptr);
    EXPECT_EQ(differences(), 1u);
    a.guest.domain.xen = xen;
}

}  // namespace
}  // namespace isthmus::core::xen
