// SPDX-License-Identifier: Apache-2.0
// Accesses that stage 2 refused: emulated, explained away, or an exception in the guest.
#include "core/trap/mmio.hpp"
#include "core/arm/vgic/mmio.hpp"
#include "core/device/models.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

/// What the device saw last.
struct Seen {
    bool write = false;
    u64 offset = 0;
    unsigned size = 0;
    u64 value = 0;
};
constexpr u64 loaded = 0x8877'6655'4433'92f1;

Result<u64> read_device(Seen& seen, Vcpu&, u64 offset, unsigned size) {
    seen = {false, offset, size, 0};
    return offset == 0xf00 ? fail(Error::not_found) : Result<u64>(loaded);
}
Result<void> write_device(Seen& seen, Vcpu&, u64 offset, unsigned size, u64 value) {
    seen = {true, offset, size, value};
    return offset == 0xf00 ? fail(Error::not_found) : Result<void>();
}

class MmioTest : public ::testing::Test {
  protected:
    using Abort = arch::DataAbort;
    static constexpr u64 base = 0x0c00'0000;
    static constexpr u64 translation_fault = 0x07;
    static constexpr u64 permission_fault = 0x0f;

    MmioTest() {
        EXPECT_TRUE(
            add_device(guest.domain, mmio_device<read_device, write_device>(
                                         *GuestRange::from(GuestAddress(base), 0x1000), seen)));
        registers.x[5] = 0x1122'3344'5566'7788;
    }
    /// A load or store of x5 that the CPU has described.
    static MemoryAccess at(u64 offset, u64 size, bool write = false) {
        return {GuestAddress(base + offset),
                {Abort::Isv::of(1) | Abort::Sas::of(static_cast<u64>(std::countr_zero(size))) |
                 Abort::Srt::of(5) | Abort::Sf::of(1) | Abort::Wnr::of(write ? 1 : 0) |
                 translation_fault}};
    }
    TrapResult handle(MemoryAccess access) {
        return handle_memory_access(guest.vcpu(), registers, access);
    }
    void expect_abort(MemoryAccess access,
                      arch::FaultStatus status = arch::FaultStatus::external_abort) {
        fake().exceptions.clear();
        EXPECT_EQ(handle(access), TrapResult::injected);
        const test::GuestException expected{test::GuestException::Kind::data_abort,
                                            access.abort.is_write(), status};
        EXPECT_EQ(fake().exceptions, (std::vector{expected}));
        EXPECT_EQ(registers.x[5], 0x1122'3344'5566'7788U);
    }

    Seen seen;
    test::FreshGuest guest;
    arch::GuestRegisters registers;
};

TEST_F(MmioTest, LoadsOfEverySizeAndExtension) {
    struct Case {
        u64 size;
        bool sign_extend;
        bool is_64_bit;
        u64 expected;
    };
    for (const Case& each : {
             Case{1, false, false, 0xf1},
             Case{1, true, false, 0xffff'fff1},
             Case{1, true, true, 0xffff'ffff'ffff'fff1},
             Case{2, false, true, 0x92f1},
             Case{2, true, false, 0xffff'92f1},
             Case{2, true, true, 0xffff'ffff'ffff'92f1},
             Case{4, false, false, 0x4433'92f1},
             Case{4, true, true, 0x4433'92f1},
             Case{8, false, true, loaded},
         }) {
        MemoryAccess access = at(0x40, each.size);
        access.abort.raw = Abort::Sse::set(access.abort.raw, each.sign_extend ? 1 : 0);
        access.abort.raw = Abort::Sf::set(access.abort.raw, each.is_64_bit ? 1 : 0);
        EXPECT_EQ(handle(access), TrapResult::done);
        EXPECT_EQ(registers.x[5], each.expected);
        EXPECT_EQ(seen.offset, 0x40U);
        EXPECT_EQ(seen.size, each.size);
        EXPECT_FALSE(seen.write);
    }
}

TEST_F(MmioTest, StoresPassTheRegister) {
    EXPECT_EQ(handle(at(0x48, 4, true)), TrapResult::done);
    EXPECT_TRUE(seen.write);
    EXPECT_EQ(seen.offset, 0x48U);
    EXPECT_EQ(seen.value & 0xffff'ffff, 0x5566'7788U);
}

TEST_F(MmioTest, Register31IsZeroAndKeepsNothing) {
    MemoryAccess access = at(0x40, 4, true);
    access.abort.raw = Abort::Srt::set(access.abort.raw, 31);
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_EQ(seen.value, 0U);
    access.abort.raw = Abort::Wnr::set(access.abort.raw, 0);
    const arch::GuestRegisters before = registers;
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_EQ(registers.x, before.x);
    EXPECT_EQ(registers.reserved, before.reserved);
}

TEST_F(MmioTest, UnalignedIsRefused) {
    expect_abort(at(0x42, 4), arch::FaultStatus::alignment);
    expect_abort(at(0x41, 2, true), arch::FaultStatus::alignment);
    expect_abort(at(0x44, 8), arch::FaultStatus::alignment);
    EXPECT_EQ(seen.size, 0U);
}

TEST_F(MmioTest, NoSuchRegisterAndNoSuchDevice) {
    expect_abort(at(0xf00, 4));
    expect_abort(at(0xf00, 4, true));
    expect_abort(at(0x1000, 4));
    EXPECT_NE(fake().output.find("nothing there"), std::string::npos);
}

TEST_F(MmioTest, AWalkThroughADeviceIsRefused) {
    MemoryAccess access = at(0x40, 8);
    access.abort.raw |= Abort::S1ptw::mask;
    expect_abort(access, arch::FaultStatus::external_abort_on_walk);
    access.abort.raw = Abort::S1ptw::mask | Abort::Cm::mask | translation_fault;  // AT
    expect_abort(access, arch::FaultStatus::external_abort_on_walk);
    access.abort.raw = Abort::S1ptw::mask | Abort::Cm::mask | permission_fault;
    expect_abort(access, arch::FaultStatus::external_abort_on_walk);
    EXPECT_EQ(seen.size, 0U);
}

TEST_F(MmioTest, AFaultThatIsNoTranslationFaultIsNoAccessToADevice) {
    for (const u64 status :
         {u64{0x00}, u64{0x0b}, permission_fault, u64{0x10}, u64{0x21}, u64{0x30}, u64{0x35}}) {
        MemoryAccess access = at(0x40, 4);
        access.abort.raw = (access.abort.raw & ~Abort::Dfsc::mask) | status;
        expect_abort(access);
        EXPECT_EQ(seen.size, 0U) << status;
    }
}

TEST_F(MmioTest, CacheMaintenanceOfADeviceDoesNothing) {
    MemoryAccess access = at(0x40, 1, true);
    access.abort.raw = Abort::Cm::mask | Abort::Wnr::mask | translation_fault;
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_EQ(seen.size, 0U);
    EXPECT_TRUE(fake().exceptions.empty());
    EXPECT_EQ(guest.domain.violations.load(), 0U);
}

TEST_F(MmioTest, CacheMaintenanceOfAPageThatIsOnlyForReadingIsNoViolation) {
    MemoryAccess access = at(0, 1, true);
    access.address = guest.domain.plan->views[0].guest.start();
    access.abort.raw = Abort::Cm::mask | Abort::Wnr::mask | permission_fault;
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_TRUE(fake().exceptions.empty());
    EXPECT_EQ(guest.domain.violations.load(), 0U);
    access.abort.raw =
        Abort::Cm::mask | Abort::Wnr::mask | translation_fault;  // of nothing: that is one
    access.address = GuestAddress(0x1'0000'0000);
    expect_abort(access);
}

TEST_F(MmioTest, TheGuestsOwnDevicesAnswer) {
    MemoryAccess access = at(0, 4);
    access.address = guest.domain.plan->gic.distributor.start() + 4;  // GICD_TYPER
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_EQ(registers.x[5] & 0x1f, 2U);
    access.address = guest.domain.plan->gic.redistributors.start() + 0xffe8;  // GICR_PIDR2
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_EQ(registers.x[5], 0x3bU);
    access.address = guest.domain.plan->emulated[0].registers[0].start() + 0x18;  // UARTFR
    EXPECT_EQ(handle(access), TrapResult::done);
    EXPECT_EQ(registers.x[5], 0x90U);
}

}  // namespace
}  // namespace isthmus::core
