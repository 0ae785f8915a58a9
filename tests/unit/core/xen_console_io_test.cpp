// SPDX-License-Identifier: Apache-2.0
// Xen's hypercalls for a console: what is written lands under the guest's name, what is typed is
// read, and no pointer or count brings Isthmus out of step.
#include "core/arm/xen/abi.hpp"
#include "core/arm/xen/calls.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "core/arm/guest_memory.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

constexpr u64 write_command = 0, read_command = 1;
constexpr u64 efault = static_cast<u64>(i64{-14}), enosys = static_cast<u64>(i64{-38});

class XenConsoleIoTest : public ::testing::Test {
  protected:
    XenConsoleIoTest() {
        fake().unmapped_from = ~u64{0};
        fake().read_only_from = ~u64{0};
        for (const dom0less::MappingPlan& mapping : guest.domain.plan->mappings) {
            if (mapping.type == mm::MappingType::ram_rw && ram == 0) {
                ram = mapping.guest.start().raw();
                host = mapping.host;
            }
        }
        fake().take_output();
    }
    ~XenConsoleIoTest() override {
        fake().unmapped_from = ~u64{0};
        fake().read_only_from = ~u64{0};
    }

    XenCall call(u64 command, u64 count, u64 buffer) {
        registers.x[0] = command;
        registers.x[1] = count;
        registers.x[2] = buffer;
        registers.x[16] = xen::call::console_io;
        return serve_xen_call(guest.vcpu(), registers);
    }
    /// As the guest does it: until the call is over. The number of pieces.
    unsigned whole_call(u64 command, u64 count, u64 buffer) {
        unsigned pieces = 1;
        for (XenCall result = call(command, count, buffer); result == XenCall::again; ++pieces) {
            result = serve_xen_call(guest.vcpu(), registers);
        }
        return pieces;
    }
    void put(u64 offset, std::string_view text) {
        std::memcpy(fake().ram(host + offset), text.data(), text.size());
    }
    std::string name() { return std::string(guest.domain.plan->name); }

    test::FreshGuest guest;
    arch::GuestRegisters registers;
    u64 ram = 0;
    HostAddress host;
};

TEST_F(XenConsoleIoTest, WhatIsWrittenLandsUnderTheGuestsName) {
    put(0, "hello\nworld\n");
    EXPECT_EQ(whole_call(write_command, 12, ram), 1u);
    EXPECT_EQ(registers.x[0], 0u);
    EXPECT_EQ(fake().take_output(), name() + "| hello\r\n" + name() + "| world\r\n");
    EXPECT_EQ(whole_call(write_command, 0, 0), 1u) << "nothing is nowhere";
    EXPECT_EQ(registers.x[0], 0u);
}

TEST_F(XenConsoleIoTest, AcrossPagesAndInPieces) {
    std::string text;
    for (int line = 0; line < 20; ++line) {
        text += "line " + std::to_string(line) + " of more than a piece holds at once\n";
    }
    put(page_size - 100, text);
    EXPECT_GT(whole_call(write_command, text.size(), ram + page_size - 100), 3u);
    EXPECT_EQ(registers.x[0], 0u);
    const std::string shown = fake().take_output();
    EXPECT_NE(shown.find(name() + "| line 0 of"), std::string::npos);
    EXPECT_NE(shown.find(name() + "| line 19 of more than a piece holds at once\r\n"),
              std::string::npos);
}

TEST_F(XenConsoleIoTest, OnlyRamIsLookedAtForAGuest) {
    const GuestRange page = *GuestRange::from(GuestAddress(0x2200'0000), page_size);
    const HostAddress outside(0xa00'0000);
    const auto expect_refused = [&](const char* what) {
        call(write_command, 1, page.start().raw());
        EXPECT_EQ(registers.x[0], efault) << what;
        call(read_command, 1, page.start().raw());
        EXPECT_EQ(registers.x[0], efault) << what;
        ASSERT_TRUE(guest.domain.map->unmap(page, [](mm::PageInfo&) {}));
    };
    ASSERT_TRUE(guest.domain.map->map_device(page, outside));
    expect_refused("registers");
    ASSERT_TRUE(guest.domain.map->map_device(page, outside, mm::MappingType::device_nc));
    expect_refused("memory behind a PCI bridge");
    ASSERT_TRUE(guest.domain.map->map_reserved(page, outside));
    expect_refused("RAM that firmware keeps");
}

TEST_F(XenConsoleIoTest, BadPointersAreTheGuestsAffair) {
    fake().unmapped_from = ram + page_size;
    put(page_size - 4, "abc\n");
    whole_call(write_command, 8, ram + page_size - 4);
    EXPECT_EQ(registers.x[0], efault) << "the second page is not there";
    EXPECT_EQ(fake().take_output(), name() + "| abc\r\n");
    for (const u64 buffer : {~u64{0}, u64{0}, u64{0x2200'0000}, u64{0xffff'0000'0000'0000}}) {
        call(write_command, 1, buffer);
        EXPECT_EQ(registers.x[0], efault) << std::hex << buffer;
        call(read_command, 1, buffer);
        EXPECT_EQ(registers.x[0], efault) << std::hex << buffer;
    }
    fake().unmapped_from = ~u64{0};
    for (const u64 count : {~u64{0}, u64{0xffff'ffff}, u64{1} << 31}) {
        EXPECT_EQ(call(write_command, count, ram), XenCall::again);
        EXPECT_EQ(registers.x[1], static_cast<u32>(count) - 240u);
        EXPECT_EQ(registers.x[2], ram + 240);
    }
    EXPECT_TRUE(fake().exceptions.empty());
    EXPECT_TRUE(guest.domain.is_running());
}

TEST_F(XenConsoleIoTest, WhatIsTypedIsRead) {
    call(read_command, 16, ram);
    EXPECT_EQ(registers.x[0], 0u);
    for (const char c : std::string_view("typed")) {
        guest.domain.console.type(static_cast<u8>(c));
    }
    call(read_command, 3, ram + 8);
    EXPECT_EQ(registers.x[0], 3u);
    EXPECT_EQ(std::memcmp(fake().ram(host + 8), "typ", 3), 0);
    fake().read_only_from = ram;
    call(read_command, 16, ram + 8);
    EXPECT_EQ(registers.x[0], efault);
    fake().read_only_from = ~u64{0};
    call(read_command, 16, ram + 8);
    EXPECT_EQ(registers.x[0], 2u) << "what could not be handed over has waited";
    EXPECT_EQ(std::memcmp(fake().ram(host + 8), "edp", 3), 0);
}

TEST_F(XenConsoleIoTest, AnythingElseIsNotImplemented) {
    call(2, 1, ram);
    EXPECT_EQ(registers.x[0], enosys);
    call(~u64{0}, 1, ram);
    EXPECT_EQ(registers.x[0], enosys);
    registers.x[16] = 17;
    EXPECT_TRUE(try_xen_call(guest.vcpu(), registers));
    EXPECT_EQ(registers.x[0], enosys);
}

TEST_F(XenConsoleIoTest, AddressesAtAPagesEnd) {
    EXPECT_EQ(bytes_left_in_page(0x1000), page_size);
    EXPECT_EQ(bytes_left_in_page(0x1fff), 1u);
    EXPECT_FALSE(check_writable(guest.domain, 0));
    EXPECT_TRUE(check_writable(guest.domain, ram));
}

}  // namespace
}  // namespace isthmus::core
