// SPDX-License-Identifier: Apache-2.0
// sched_op: a guest sleeps until something happens, and never past it; and it ends as it says. The
// console's ring is here, too: a guest that lies about its counts hurts its own text.
#include "core/arm/xen/console_ring.hpp"
#include "core/arm/xen/events.hpp"
#include "core/arm/xen/sched_op.hpp"
#include "core/domain/lifecycle.hpp"
#include "tests/unit/core/xen_fixture.hpp"

namespace isthmus::core::xen {
namespace {

using test::fake;

class XenSchedTest : public test::XenTest {
  protected:
    XenSchedTest() { a.open_events(); }

    /// SCHEDOP_poll; the ports stand in page 1.
    i64 poll(std::vector<u32> ports, u64 timeout = 0) {
        for (usize i = 0; i < ports.size(); ++i) {
            a.put(page_size + 4 * i, ports[i]);
        }
        return a.op(call::sched_op, sched::poll,
                    Poll{.ports = a.ram + page_size,
                         .count = static_cast<u32>(ports.size()),
                         .timeout = timeout});
    }
    bool sleeps() { return a.guest.vcpu().vgic->waiting.load() != 0; }
};

TEST_F(XenSchedTest, APollEndsWithARing) {
    EXPECT_EQ(poll({a_port}), 0);
    EXPECT_EQ(a.last, XenCall::blocked);
    EXPECT_TRUE(sleeps());
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_FALSE(sleeps());
    EXPECT_EQ(a.guest.domain.xen->pollers.load(), 0u);
}

TEST_F(XenSchedTest, AlsoWhereThePortIsMasked) {
    a.shared().mask[0] = ~u64{0};
    EXPECT_EQ(poll({2, 3, a_port}), 0);
    EXPECT_TRUE(sleeps());
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_FALSE(sleeps());
}

TEST_F(XenSchedTest, APollOfSomethingThatIsThereDoesNotSleep) {
    a.shared().mask[0] = ~u64{0};
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_EQ(poll({a_port}), 0);
    EXPECT_EQ(a.last, XenCall::done);
    EXPECT_FALSE(sleeps());
    EXPECT_EQ(a.guest.domain.xen->pollers.load(), 0u);
}

TEST_F(XenSchedTest, AnotherPortsRingDoesNotWakeIt) {
    EXPECT_EQ(a.event(evtchn::bind_ipi, BindIpi{.vcpu = 0}), 0);
    const u32 port = a.get<BindIpi>().port;
    a.shared().mask[0] = ~u64{0};
    EXPECT_EQ(poll({a_port}), 0);
    EXPECT_EQ(a.event(evtchn::send, port), 0) << "by another vCPU of the guest";
    EXPECT_TRUE(sleeps());
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_FALSE(sleeps());
}

TEST_F(XenSchedTest, APollEndsInTime) {
    const u64 end = (fake().now + 500) * 1000;
    EXPECT_EQ(poll({a_port}, end), 0);
    EXPECT_TRUE(sleeps());
    fake().now += 499;
    this_cpu().timers.run(fake().now);
    EXPECT_TRUE(sleeps());
    fake().now += 1;
    this_cpu().timers.run(fake().now);
    EXPECT_FALSE(sleeps());
    EXPECT_EQ(poll({a_port}, end), 0) << "that time is over";
    EXPECT_EQ(a.last, XenCall::done);
    EXPECT_EQ(a.guest.domain.xen->pollers.load(), 0u);
}

TEST_F(XenSchedTest, PollsThatAreNone) {
    EXPECT_EQ(poll({0}), einval);
    EXPECT_EQ(poll({4096}), einval);
    EXPECT_EQ(poll(std::vector<u32>(129, 5)), einval);
    EXPECT_EQ(a.op(call::sched_op, sched::poll, Poll{.ports = 0, .count = 1}), efault);
    EXPECT_EQ(a.call(call::sched_op, sched::poll, 0), efault);
    EXPECT_EQ(a.op(call::sched_op, sched::poll, Poll{.ports = a.ram, .count = ~0u}), einval);
    EXPECT_FALSE(sleeps());
}

TEST_F(XenSchedTest, BlockSleepsUntilAnInterruptAndOpensTheMask) {
    a.info().mask_and_padding[0] = 1;
    EXPECT_EQ(a.call(call::sched_op, sched::block), 0);
    EXPECT_EQ(a.last, XenCall::blocked);
    EXPECT_EQ(a.info().mask_and_padding[0], 0u);
    EXPECT_TRUE(sleeps());
    EXPECT_EQ(a.call(call::sched_op, sched::yield), 0);
    EXPECT_EQ(a.call(call::sched_op, 4), enosys);
}

TEST_F(XenSchedTest, EachReasonStopsTheDomain) {
    const std::pair<u32, StopReason> reasons[] = {
        {0, StopReason::power_off}, {1, StopReason::reset},    {2, StopReason::suspend},
        {3, StopReason::crash},     {4, StopReason::watchdog}, {5, StopReason::reset}};
    for (const auto& [number, reason] : reasons) {
        a.guest.domain.state.store(Domain::State::running);
        a.guest.domain.stop_reason.store(StopReason::none);
        EXPECT_EQ(a.op(call::sched_op, sched::shutdown, number), 0);
        EXPECT_EQ(a.last, XenCall::stopped);
        EXPECT_EQ(a.guest.domain.stop_reason.load(), reason);
    }
    a.guest.domain.state.store(Domain::State::running);
    a.guest.domain.stop_reason.store(StopReason::none);
    EXPECT_EQ(a.op(call::sched_op, sched::shutdown, 6u), einval);
    EXPECT_EQ(a.last, XenCall::done);
    EXPECT_TRUE(a.guest.domain.is_running());
}

TEST_F(XenSchedTest, AWatchdogThatIsNotSetAgainBites) {
    const auto set = [&](u32 id, u32 seconds) {
        return a.op(call::sched_op, sched::watchdog, Watchdog{.id = id, .timeout = seconds});
    };
    EXPECT_EQ(set(0, 2), 1);
    EXPECT_EQ(set(0, 3), 2);
    EXPECT_EQ(set(0, 3), enospc);
    EXPECT_EQ(set(3, 3), einval);
    fake().now += 1'500'000;
    EXPECT_EQ(set(1, 2), 0);
    fake().now += 1'000'000;
    this_cpu().timers.run(fake().now);
    EXPECT_TRUE(a.guest.domain.is_running()) << "it was set again";
    EXPECT_EQ(set(2, 0), 0) << "off";
    EXPECT_EQ(set(2, 3), einval);
    fake().now += 1'000'000;
    this_cpu().timers.run(fake().now);
    EXPECT_EQ(a.guest.domain.stop_reason.load(), StopReason::watchdog);
    a.guest.domain.state.store(Domain::State::running);
    a.guest.domain.stop_reason.store(StopReason::none);
}

// --- The console's ring ---

class XenConsoleTest : public XenSchedTest {
  protected:
    static constexpr u64 page = 40 * page_size;
    static constexpr u32 console_port = 1;

    ConsoleRing& ring() { return *object_at<ConsoleRing>(a.seen(page)); }
    void write(std::string_view text) {
        for (const char c : text) {
            ring().out[ring().out_produced++ % ConsoleRing::out_size] = static_cast<u8>(c);
        }
    }
    std::string read() {
        std::string text;
        while (ring().in_consumed != ring().in_produced) {
            text += static_cast<char>(ring().in[ring().in_consumed++ % ConsoleRing::in_size]);
        }
        return text;
    }
    void type(std::string_view text) {
        for (const char c : text) {
            a.guest.domain.console.type(static_cast<u8>(c));
        }
    }
    /// The guest has a UART, too.
    std::string name() { return std::string(a.guest.domain.plan->name) + " (hvc0)"; }
};

TEST_F(XenConsoleTest, WhatIsInTheRingLandsUnderTheGuestsName) {
    fake().take_output();
    write("hello\n");
    EXPECT_EQ(a.send(console_port), 0);
    EXPECT_EQ(fake().take_output(), name() + "| hello\r\n");
    EXPECT_EQ(ring().out_consumed, 6u);
    EXPECT_EQ(a.pieces, 1u);
}

TEST_F(XenConsoleTest, ALongTextInPieces) {
    for (int line = 0; line < 20; ++line) {
        write(
            "a line of a text that is far more than a piece holds at once, and more than a page\n");
    }
    EXPECT_EQ(a.send(console_port), 0);
    EXPECT_GT(a.pieces, 5u);
    EXPECT_EQ(ring().out_consumed, ring().out_produced);
}

TEST_F(XenConsoleTest, CountsThatCannotBe) {
    fake().take_output();
    for (const u32 wrong : {ConsoleRing::out_size + 1, 0x8000'0000u, ~0u}) {
        ring().out_produced = wrong;
        EXPECT_EQ(a.send(console_port), 0);
        EXPECT_EQ(ring().out_consumed, wrong) << "all of it is dropped";
        ring().out_consumed = wrong + 77;
        EXPECT_EQ(a.send(console_port), 0) << "Isthmus has a count of its own";
    }
    write("after\n");
    EXPECT_EQ(a.send(console_port), 0);
    EXPECT_EQ(fake().take_output(), name() + "| after\r\n");
}

TEST_F(XenConsoleTest, WhatIsTypedComesWhereTheGuestWaitsForIt) {
    a.shared().mask[0] = 2;
    type("u");
    EXPECT_EQ(read(), "") << "nowhere: the UART's, then";
    a.shared().mask[0] = 0;
    type("typed");
    EXPECT_EQ(read(), "typed");
    EXPECT_TRUE(a.is_pending(console_port));
    constexpr u64 imsc = 0x2200'0038;
    ASSERT_TRUE(test::write_emulated(a.guest.vcpu(), GuestAddress(imsc), 0x10));
    type("x");
    EXPECT_EQ(read(), "") << "in both: the UART's";
}

TEST_F(XenConsoleTest, WhatDoesNotFitWaitsUntilTheGuestHasRead) {
    write("$ ");
    EXPECT_EQ(a.send(console_port), 0);
    type(std::string(1500, 'k'));
    EXPECT_EQ(read().size(), ConsoleRing::in_size);
    EXPECT_EQ(a.send(console_port), 0) << "it tells that it has read";
    EXPECT_EQ(read().size(), 1500u - ConsoleRing::in_size);
    const u32 produced = ring().in_produced;
    ring().in_consumed += 5;
    type("lost");
    EXPECT_EQ(ring().in_produced, produced) << "it says that it has read what was not there";
}

TEST_F(XenConsoleTest, NothingIsTouchedAfterItsEnd) {
    write("$ ");
    EXPECT_EQ(a.send(console_port), 0);
    end_guest(a.guest.domain);
    while (forget_page(a.guest.domain)) {
    }
    type("late");
    EXPECT_EQ(a.send(console_port), 0);
    EXPECT_FALSE(fake().is_mapped(a.host + page));
}

}  // namespace
}  // namespace isthmus::core::xen
