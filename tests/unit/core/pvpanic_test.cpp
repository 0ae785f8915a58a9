// SPDX-License-Identifier: Apache-2.0
#include "core/device/pvpanic.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

constexpr u64 at = 0x2203'0000;

class PvpanicTest : public ::testing::Test {
  protected:
    PvpanicTest() {
        const std::array registers{*GuestRange::from(GuestAddress(at), page_size)};
        const dom0less::EmulatedDevicePlan plan{
            dom0less::EmulatedKind::pvpanic, 0, "pvpanic", registers, {}};
        EXPECT_TRUE(make_pvpanic(guest.domain, plan));
        guest.domain.state.store(Domain::State::running);
    }
    void write(u64 offset, u64 value) {
        EXPECT_TRUE(test::write_emulated(guest.vcpu(), GuestAddress(at + offset), value));
    }
    test::FreshGuest guest;
};

TEST_F(PvpanicTest, SaysWhatItKnows) {
    EXPECT_EQ(test::read_emulated(guest.vcpu(), GuestAddress(at)), 3u);
    EXPECT_EQ(test::read_emulated(guest.vcpu(), GuestAddress(at + 8)), 0u);
}

TEST_F(PvpanicTest, APanicStopsTheDomain) {
    write(8, 1);
    write(0, 4);
    write(0, 2);
    EXPECT_FALSE(guest.domain.is_over());
    write(0, 1);
    EXPECT_TRUE(guest.domain.is_over());
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::panic);
}

TEST_F(PvpanicTest, BothEventsAreAPanic) {
    write(0, 3);
    EXPECT_EQ(guest.domain.stop_reason.load(), StopReason::panic);
}

}  // namespace
}  // namespace isthmus::core
