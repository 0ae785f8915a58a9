// SPDX-License-Identifier: Apache-2.0
#include "dom0less/emulated/uart.hpp"

#include <gtest/gtest.h>

namespace isthmus::dom0less {
namespace {

GuestRange guest(u64 start, u64 size) {
    return *GuestRange::from(GuestAddress(start), size);
}

TEST(EmulatedUart, AGuestWithItsOwnAddressesHasItWhereXensGuestsDo) {
    const fdt::HostDescription machine;
    const EmulatedPlace place = place_uart({machine, false});
    EXPECT_TRUE(place.why_not.empty());
    ASSERT_EQ(place.registers.size(), 1u);
    EXPECT_EQ(place.registers[0], guest(0x2200'0000, 4 * KiB));
    ASSERT_EQ(place.interrupts.size(), 1u);
    EXPECT_EQ(place.interrupts[0], 32u);
}

TEST(EmulatedUart, InADirectMappedGuestItTakesTheConsolesPlaceIfThatHasOne) {
    fdt::HostDescription machine;
    EXPECT_FALSE(dom0_has_uart(machine));
    EXPECT_NE(place_uart({machine, true}).why_not.find("no console is known"), ~usize{0});
    machine.console = fdt::ConsoleUart{};
    machine.console->registers = *HostRange::from(HostAddress(0x900'0000), 64 * KiB);
    EXPECT_FALSE(dom0_has_uart(machine)) << "no interrupt";
    for (const u32 intid : {31u, 1020u}) {
        machine.console->intid = intid;
        EXPECT_FALSE(dom0_has_uart(machine)) << intid;
    }
    machine.console->intid = 1019;
    EXPECT_TRUE(dom0_has_uart(machine));
    const EmulatedPlace place = place_uart({machine, true});
    ASSERT_EQ(place.registers.size(), 1u);
    EXPECT_EQ(place.registers[0], guest(0x900'0000, 4 * KiB));
    EXPECT_EQ(place.interrupts[0], 1019u);
    machine.console->registers = *HostRange::from(HostAddress(0x900'0000), 4 * KiB - 1);
    EXPECT_NE(place_uart({machine, true}).why_not.find("less than 4 KiB"), ~usize{0});
}

}  // namespace
}  // namespace isthmus::dom0less
