// SPDX-License-Identifier: Apache-2.0
// CNTP_* as Isthmus keeps it for a guest.
#include <gtest/gtest.h>

#include "core/arm/guest_timers.hpp"
#include "core/entry_points.hpp"
#include "core/run/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;
using enum PhysicalTimerRegister;

class PhysicalTimerTest : public ::testing::Test {
  protected:
    static constexpr u64 enable = 1, imask = 2, istatus = 4;

    u64 read(PhysicalTimerRegister which) { return read_physical_timer(guest.vcpu(), which); }
    void write(PhysicalTimerRegister which, u64 value) {
        write_physical_timer(guest.vcpu(), which, value);
    }
    bool line() const { return guest_vgic->private_irqs[guest_physical_timer].line; }
    u64 deadline() { return fake().here().deadline; }

    test::FreshGuest guest;
    VgicCpu* guest_vgic = guest.vcpu().vgic;
};

TEST_F(PhysicalTimerTest, FiresWhenItsTimeComes) {
    write(compare, 5000);
    EXPECT_EQ(deadline(), ~u64{0});
    write(control, enable);
    EXPECT_EQ(deadline(), 5000U);
    EXPECT_EQ(read(control), enable);
    EXPECT_FALSE(line());
    fake().now = 5000;
    on_deadline(this_cpu());
    EXPECT_TRUE(line());
    EXPECT_EQ(read(control), enable | istatus);
    EXPECT_EQ(deadline(), ~u64{0});
}

TEST_F(PhysicalTimerTest, TheLineFallsWithANewDeadlineOrWhenItIsOff) {
    write(control, enable);
    EXPECT_TRUE(line());  // compare is 0, long ago
    write(compare, 9000);
    EXPECT_FALSE(line());
    EXPECT_EQ(deadline(), 9000U);
    write(compare, 1);
    EXPECT_TRUE(line());
    write(control, 0);
    EXPECT_FALSE(line());
    EXPECT_EQ(read(control), 0U);  // ISTATUS only while it is enabled
}

TEST_F(PhysicalTimerTest, AMaskedTimerExpiresSilently) {
    write(compare, 5000);
    write(control, enable | imask);
    EXPECT_EQ(deadline(), ~u64{0});
    fake().now = 6000;
    EXPECT_EQ(read(control), enable | imask | istatus);
    EXPECT_FALSE(line());
    write(control, enable);
    EXPECT_TRUE(line());
}

TEST_F(PhysicalTimerTest, TheCountdownIsASignedDistance) {
    write(countdown, 500);
    EXPECT_EQ(read(compare), fake().now + 500);
    EXPECT_EQ(read(countdown), 500U);
    fake().now += 600;
    EXPECT_EQ(read(countdown), 0xffff'ff9cU);  // -100 in 32 bits
    write(countdown, 0xffff'ffff'ffff'fff0);   // the register is 32 bits wide: -16
    EXPECT_EQ(read(compare), fake().now - 16);
}

TEST_F(PhysicalTimerTest, OnlyTwoBitsOfControlAreKept) {
    write(compare, ~u64{0});
    write(control, ~u64{0});
    EXPECT_EQ(read(control), enable | imask);
}

TEST_F(PhysicalTimerTest, ItIsAnInterruptOfTheGuest) {
    Vgic& gic = guest.domain.vgic;
    EXPECT_TRUE(gic.write_distributor(*guest_vgic, 0, 4, 2));
    EXPECT_TRUE(gic.write_redistributor(0x1'0100, 4, 1u << guest_physical_timer));
    write(control, enable);
    EXPECT_EQ(fake().here().lists[0].intid, guest_physical_timer);
    write(control, 0);
    EXPECT_EQ(fake().here().lists[0].state, arch::ListRegister::State::inactive);
}

}  // namespace
}  // namespace isthmus::core
