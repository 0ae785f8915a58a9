// SPDX-License-Identifier: Apache-2.0
// Accesses to a device that the CPU does not describe: the guest's instruction is read.
#include "core/arm/undescribed_access.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using arch::FaultStatus;
using test::fake;

constexpr u64 base = 0x0c00'0000;

struct Seen {
    bool write = false;
    u64 offset = 0;
    unsigned size = 0;
    u64 value = 0;
    bool operator==(const Seen&) const = default;
};
using AllSeen = std::vector<Seen>;

/// A register's value tells where it is; those from 0xf00 on are not there.
u64 value_at(u64 offset) {
    return 0x8182'8384'f5f6'0000 | offset;
}
Result<u64> read_device(AllSeen& seen, Vcpu&, u64 offset, unsigned size) {
    seen.push_back({false, offset, size, 0});
    return offset >= 0xf00 ? fail(Error::not_found) : Result<u64>(value_at(offset));
}
Result<void> write_device(AllSeen& seen, Vcpu&, u64 offset, unsigned size, u64 value) {
    seen.push_back({true, offset, size, value});
    return offset >= 0xf00 ? fail(Error::not_found) : Result<void>();
}

class UndescribedTest : public ::testing::Test {
  protected:
    using Abort = arch::DataAbort;

    UndescribedTest() {
        EXPECT_TRUE(
            add_device(guest.domain, mmio_device<read_device, write_device>(
                                         *GuestRange::from(GuestAddress(base), 0x1000), seen)));
        for (const dom0less::MappingPlan& mapping : guest.domain.plan->mappings) {
            if (mapping.type == mm::MappingType::ram_rw && code == 0) {
                code = mapping.guest.start().raw() + 0x3000;
                host = mapping.host + 0x3000;
            }
        }
        fake().pc = code;
        for (unsigned i = 0; i < 31; ++i) {
            registers.x[i] = u64{0x1111'1111'1111'1111} * (i % 15) + i;
        }
    }
    /// The instruction stands at the guest's PC and has accessed `offset` of the device.
    TrapResult run(u32 instruction, u64 offset, bool write) {
        std::memcpy(fake().ram(host), &instruction, sizeof(instruction));
        fake().fault_address = base + offset;
        fake().exceptions.clear();
        return handle_memory_access(
            guest.vcpu(), registers,
            {GuestAddress(base + offset), {Abort::Wnr::of(write ? 1 : 0) | 0x07}});
    }
    void expect_refused(u32 instruction, u64 offset, bool write, const char* why,
                        FaultStatus status = FaultStatus::external_abort) {
        const arch::GuestRegisters before = registers;
        const u64 sp = fake().sp;
        fake().take_output();
        guest.domain.violation_lines.store(0);
        EXPECT_EQ(run(instruction, offset, write), TrapResult::injected);
        EXPECT_EQ(fake().exceptions, (std::vector{test::GuestException{
                                         test::GuestException::Kind::data_abort, write, status}}));
        EXPECT_EQ(registers.x, before.x);
        EXPECT_EQ(fake().sp, sp);
        const std::string said = fake().take_output();
        EXPECT_NE(said.find(why), std::string::npos) << said;
    }

    AllSeen seen;
    test::FreshGuest guest;
    arch::GuestRegisters registers;
    u64 code = 0;
    HostAddress host;
};

TEST_F(UndescribedTest, APostIndexedStoreMovesItsBase) {
    registers.x[4] = base + 0x40;
    EXPECT_EQ(run(0xb800'4483, 0x40, true), TrapResult::done);  // str w3, [x4], #4
    EXPECT_EQ(seen, (std::vector{Seen{true, 0x40, 4, registers.x[3]}}));
    EXPECT_EQ(registers.x[4], base + 0x44);
}

TEST_F(UndescribedTest, APreIndexedLoadMovesItsBase) {
    registers.x[4] = base + 0x140;
    EXPECT_EQ(run(0xb850'0c83, 0x40, false), TrapResult::done);  // ldr w3, [x4, #-256]!
    EXPECT_EQ(registers.x[3], 0xf5f6'0040U);
    EXPECT_EQ(registers.x[4], base + 0x40);
}

TEST_F(UndescribedTest, TheStackPointerIsABaseToo) {
    fake().sp = base + 0x80;
    EXPECT_EQ(run(0x7800'27ff, 0x80, true), TrapResult::done);  // strh wzr, [sp], #2
    EXPECT_EQ(seen, (std::vector{Seen{true, 0x80, 2, 0}}));
    EXPECT_EQ(fake().sp, base + 0x82);
}

TEST_F(UndescribedTest, SignsAreExtended) {
    registers.x[6] = base + 0x80;
    EXPECT_EQ(run(0x3880'14c5, 0x80, false), TrapResult::done);  // ldrsb x5, [x6], #1
    EXPECT_EQ(registers.x[5], 0xffff'ffff'ffff'ff80U);
    registers.x[6] = base + 0x80;
    EXPECT_EQ(run(0x38c0'14c5, 0x80, false), TrapResult::done);  // ldrsb w5, [x6], #1
    EXPECT_EQ(registers.x[5], 0xffff'ff80U);
}

TEST_F(UndescribedTest, PairsAreTwoAccesses) {
    registers.x[3] = base + 0x100;
    EXPECT_EQ(run(0x2940'0861, 0x100, false), TrapResult::done);  // ldp w1, w2, [x3]
    EXPECT_EQ(seen, (std::vector{Seen{false, 0x100, 4, 0}, Seen{false, 0x104, 4, 0}}));
    EXPECT_EQ(registers.x[1], 0xf5f6'0100U);
    EXPECT_EQ(registers.x[2], 0xf5f6'0104U);
    registers.x[3] = base + 0x108;
    EXPECT_EQ(run(0x69ff'0861, 0x100, false), TrapResult::done);  // ldpsw x1, x2, [x3, #-8]!
    EXPECT_EQ(registers.x[1], 0xffff'ffff'f5f6'0100U);
    EXPECT_EQ(registers.x[3], base + 0x100);
    seen.clear();
    fake().sp = base + 0x400;
    EXPECT_EQ(run(0xa9a0'7fe1, 0x200, true), TrapResult::done);  // stp x1, xzr, [sp, #-512]!
    EXPECT_EQ(seen, (std::vector{Seen{true, 0x200, 8, registers.x[1]}, Seen{true, 0x208, 8, 0}}));
    EXPECT_EQ(fake().sp, base + 0x200);
}

TEST_F(UndescribedTest, HalfAPairChangesNoRegister) {
    registers.x[3] = base + 0xef8;
    expect_refused(0xa940'0861, 0xef8, false, "no such register");  // ldp x1, x2, [x3]
    EXPECT_EQ(seen.size(), 2U);
    registers.x[3] = base + 0xef8;
    expect_refused(0xa880'8861, 0xef8, true, "no such register");  // stp x1, x2, [x3], #8
}

TEST_F(UndescribedTest, FormsThatAreRefused) {
    registers.x[1] = registers.x[2] = registers.x[3] = base + 0x40;
    expect_refused(0x885f'7c41, 0x40, false, "exclusive", FaultStatus::unsupported_exclusive);
    expect_refused(0xc803'7c41, 0x40, true, "exclusive", FaultStatus::unsupported_exclusive);
    expect_refused(0xb821'0062, 0x40, true, "atomic", FaultStatus::unsupported_exclusive);
    expect_refused(0xd50b'7421, 0x40, true, "DC ZVA", FaultStatus::alignment);
    expect_refused(0x3dc0'0020, 0x40, false, "SIMD");
    expect_refused(0xf840'4442, 0x40, false, "contradict");  // ldr x2, [x2], #4
    expect_refused(0xd503'201f, 0x40, false, "not an access");
    EXPECT_TRUE(seen.empty());
}

TEST_F(UndescribedTest, UnalignedAndAcrossAPagesEnd) {
    registers.x[3] = base + 0x42;
    expect_refused(0x2940'0861, 0x42, false, "unaligned", FaultStatus::alignment);
    registers.x[3] = base + 0xffc;
    expect_refused(0x2940'0861, 0xffc, false, "page's end");
    EXPECT_TRUE(seen.empty());
}

TEST_F(UndescribedTest, AnInstructionThatIsNotTheOneIsNotDone) {
    registers.x[3] = base + 0x80;
    expect_refused(0x2940'0861, 0x40, false, "not what its instruction says");  // another address
    registers.x[3] = base + 0x40;
    expect_refused(0x2940'0861, 0x40, true,
                   "not what its instruction says");  // a load, not a store
    EXPECT_TRUE(seen.empty());
}

TEST_F(UndescribedTest, WhatCannotBeReadIsNotDone) {
    registers.x[3] = base + 0x40;
    constexpr u32 ldp = 0x2940'0861;
    fake().unmapped_from = code;
    expect_refused(ldp, 0x40, false, "cannot be read");
    fake().unmapped_from = ~u64{0};
    fake().runs_a64 = false;
    expect_refused(ldp, 0x40, false, "cannot be read");
    fake().runs_a64 = true;
    fake().pc = base;  // in the device itself
    expect_refused(ldp, 0x40, false, "cannot be read");
    fake().pc = guest.domain.plan->views[0].guest.start().raw();  // a region is not executable
    expect_refused(ldp, 0x40, false, "cannot be read");
    fake().pc = u64{1} << 45;  // beyond the guest's space
    expect_refused(ldp, 0x40, false, "cannot be read");
    EXPECT_TRUE(seen.empty());
    fake().pc = code;
    EXPECT_EQ(run(ldp, 0x40, false), TrapResult::done);
}

}  // namespace
}  // namespace isthmus::core
