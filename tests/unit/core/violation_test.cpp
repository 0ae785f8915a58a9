// SPDX-License-Identifier: Apache-2.0
#include "core/arm/violation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/domain/lifecycle.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

usize lines(const std::string& text) {
    return static_cast<usize>(std::count(text.begin(), text.end(), '\n'));
}

constexpr u64 permission_fault = 0x0f;

MemoryAccess store_to(GuestAddress address, u64 fault = 0x07) {
    return {address, {arch::DataAbort::Wnr::of(1) | fault}};
}

TEST(Violation, OneLineSaysWhoWhatWhereAndWhy) {
    test::FreshGuest guest;
    fake().take_output();
    EXPECT_EQ(refuse_access(guest.vcpu(), store_to(GuestAddress(0x900'0000)), "nothing there"),
              TrapResult::injected);
    EXPECT_EQ(fake().take_output(),
              "isthmus| domU1 vcpu0 writes to 0x9000000 at pc 0x40080000: nothing there; data "
              "abort\r\n");
    EXPECT_EQ(guest.domain.violations.load(), 1U);
}

TEST(Violation, ALoadThatTheGuestItselfRefusesIsDoneAgain) {
    test::FreshGuest guest;
    fake().take_output();
    fake().refuses_load = true;
    const MemoryAccess load{GuestAddress(0x900'0000), {0x07}};
    EXPECT_EQ(refuse_access(guest.vcpu(), load, "nothing there"), TrapResult::injected);
    EXPECT_EQ(fake().take_output(), "");
    EXPECT_TRUE(fake().exceptions.empty());
    EXPECT_EQ(guest.domain.violations.load(), 0U);
    // A store, a walk and a page that may only be read are stage 2's own affair.
    const MemoryAccess walk{GuestAddress(0x900'0000), {arch::DataAbort::S1ptw::of(1) | 0x07}};
    for (const MemoryAccess& access : {store_to(GuestAddress(0x900'0000)), walk,
                                       MemoryAccess{load.address, {permission_fault}}}) {
        static_cast<void>(refuse_access(guest.vcpu(), access, "nothing there"));
    }
    EXPECT_EQ(fake().exceptions.size(), 3U);
}

TEST(Violation, AStoreToAReadOnlyRegionNamesRegionAndOwner) {
    test::FreshGuest guest(1);
    fake().take_output();
    const shm::SharedViewPlan* read_only = nullptr;
    for (const shm::SharedViewPlan& view : guest.domain.plan->views) {
        read_only = view.writable || read_only != nullptr ? read_only : &view;
    }
    ASSERT_NE(read_only, nullptr);
    const MemoryAccess access = store_to(read_only->guest.start() + 16, permission_fault);
    EXPECT_EQ(refuse_access(guest.vcpu(), access, "?"), TrapResult::injected);
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("domU2 vcpu0 may only read region shared (owner dom_io)"),
              std::string::npos)
        << said;
    EXPECT_EQ(fake().exceptions[0].kind, test::GuestException::Kind::data_abort);
}

TEST(Violation, FetchesAndInstructions) {
    test::FreshGuest guest;
    fake().take_output();
    EXPECT_EQ(refuse_fetch(guest.vcpu(), {GuestAddress(0x2200'0000), {}}), TrapResult::injected);
    EXPECT_EQ(refuse_instruction(guest.vcpu(), "register", 0x3c), TrapResult::injected);
    const std::vector<test::GuestException> expected{
        {test::GuestException::Kind::instruction_abort, false, arch::FaultStatus::external_abort},
        {test::GuestException::Kind::undefined, false, {}}};
    EXPECT_EQ(fake().exceptions, expected);
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("fetches an instruction from 0x22000000"), std::string::npos) << said;
    EXPECT_NE(said.find("uses register 0x3c"), std::string::npos) << said;
}

TEST(Violation, WalksOfTheGuestsOwnTablesAreToldAsThat) {
    test::FreshGuest guest;
    fake().take_output();
    const MemoryAccess walk{GuestAddress(0x2200'0000), {arch::DataAbort::S1ptw::mask | 0x06}};
    EXPECT_EQ(refuse_access(guest.vcpu(), walk, "nothing there"), TrapResult::injected);
    EXPECT_EQ(refuse_fetch(guest.vcpu(), walk), TrapResult::injected);
    for (const test::GuestException& each : fake().exceptions) {
        EXPECT_EQ(each.status, arch::FaultStatus::external_abort_on_walk);
    }
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("walks tables at 0x22000000 at pc 0x40080000: nothing there; data abort"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("walks tables at 0x22000000 at pc 0x40080000: instruction abort"),
              std::string::npos)
        << said;
}

/// A guest without vectors wrote CNTFRQ_EL0; `at` is in its RAM.
arch::TakenException wrote_cntfrq(const test::FreshGuest& guest, u64 vectors) {
    for (const dom0less::MappingPlan& mapping : guest.domain.plan->mappings) {
        if (mapping.type == mm::MappingType::ram_rw) {
            constexpr u32 msr_cntfrq_el0_x0 = 0xd51b'e000;
            std::memcpy(fake().ram(mapping.host + 0x3000), &msr_cntfrq_el0_x0, sizeof(u32));
            return {.syndrome = 0x0200'0000,
                    .pc = mapping.guest.start().raw() + 0x3000,
                    .pstate = 0x3c5,
                    .vectors = vectors,
                    .handler_pstate = 0x3c5};
        }
    }
    return {};
}

TEST(Violation, AVectorThatCannotBeFetchedIsToldByItsCauseAndOnce) {
    test::FreshGuest guest;
    fake().take_output();
    fake().taken = wrote_cntfrq(guest, 0);
    fake().pc = fake().fault_address = 0x200;
    const MemoryAccess fetch{GuestAddress(0x200), {0x06}};
    EXPECT_EQ(refuse_fetch(guest.vcpu(), fetch), TrapResult::injected);
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("domU1 vcpu0 wrote CNTFRQ_EL0, which is firmware's, at pc 0x"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("3000 with no vectors set (VBAR_EL1 is 0)"), std::string::npos) << said;
    fake().taken.pc = 0x200;  // as injected
    fake().taken.syndrome = u64{0x21} << 26 | 0x10;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(refuse_fetch(guest.vcpu(), fetch), TrapResult::injected);
    }
    EXPECT_EQ(fake().take_output(), "");
    EXPECT_EQ(fake().exceptions.size(), 101U);
    EXPECT_EQ(guest.domain.violations.load(), 101U);
    refuse_instruction(guest.vcpu(), "register", 1);  // other lines have all their room
    EXPECT_EQ(lines(fake().take_output()), 1U);
}

TEST(Violation, ACauseThatCannotBeReadIsToldWithoutItsInstruction) {
    test::FreshGuest guest;
    fake().take_output();
    fake().taken = wrote_cntfrq(guest, 0x20'0800);
    fake().unmapped_from = fake().taken.pc;
    fake().pc = fake().fault_address = 0x20'0800 + 0x200;
    EXPECT_EQ(refuse_fetch(guest.vcpu(), {GuestAddress(fake().pc), {0x06}}), TrapResult::injected);
    const std::string said = fake().take_output();
    EXPECT_NE(said.find("executed an undefined instruction at pc 0x"), std::string::npos) << said;
    EXPECT_NE(said.find("at its vectors, VBAR_EL1 0x200800"), std::string::npos) << said;
    fake().unmapped_from = ~u64{0};
    fake().taken.pstate = 0x10;  // A32: the word is no A64 instruction
    fake().pc = fake().fault_address = 0x20'0800 + 0x600;
    refuse_fetch(guest.vcpu(), {GuestAddress(fake().pc), {0x06}});
    EXPECT_NE(fake().take_output().find("executed an undefined instruction at pc 0x"),
              std::string::npos);
}

TEST(Violation, OtherFetchesAreToldAsTheyWere) {
    test::FreshGuest guest;
    fake().take_output();
    fake().taken = wrote_cntfrq(guest, 0);
    fake().pc = fake().fault_address = 0x204;
    refuse_fetch(guest.vcpu(), {GuestAddress(0x204), {0x06}});
    EXPECT_NE(fake().take_output().find("fetches an instruction from 0x204"), std::string::npos);
}

TEST(Violation, AGuestCannotFloodTheConsole) {
    test::FreshGuest guest;
    test::FreshGuest other(2);
    fake().take_output();
    for (int i = 0; i < 1000; ++i) {
        refuse_instruction(guest.vcpu(), "register", 1);
    }
    const std::string said = fake().take_output();
    EXPECT_EQ(lines(said), 17U);
    EXPECT_NE(said.find("counted, not shown"), std::string::npos);
    EXPECT_EQ(guest.domain.violations.load(), 1000U);
    EXPECT_EQ(fake().exceptions.size(), 1000U);  // each is still answered
    refuse_instruction(other.vcpu(), "register", 1);
    EXPECT_EQ(lines(fake().take_output()), 1U);
}

class Lost : public testing::Test {
  protected:
    /// As the exits of its guest count them.
    TrapResult fetch(u64 pc = 0x4008'0000) {
        fake().pc = pc;
        ++guest_.vcpu().exits.memory;
        return refuse_fetch(guest_.vcpu(), {GuestAddress(0x200), {}});
    }
    TrapResult many(u32 count) {
        TrapResult last = TrapResult::injected;
        for (u32 i = 0; i < count && last == TrapResult::injected; ++i) {
            last = fetch();
        }
        return last;
    }
    test::FreshGuest guest_;
};

TEST_F(Lost, OneThatDoesNothingButFaultHasCrashed) {
    EXPECT_EQ(many(FaultLoop::limit - 1), TrapResult::injected);
    EXPECT_EQ(guest_.domain.state.load(), Domain::State::running);
    fake().take_output();
    guest_.vcpu().exits.interrupts += 7;  // the machine's are not its doing
    EXPECT_EQ(fetch(), TrapResult::stopped);
    EXPECT_EQ(guest_.domain.stop_reason.load(), StopReason::crash);
    EXPECT_EQ(fake().take_output(),
              "isthmus| domU1 vcpu0 does nothing but fault at pc 0x40080000, 10000 times in a "
              "row\r\n");
}

TEST_F(Lost, WhoDoesSomethingElseBetweenGoesOn) {
    EXPECT_EQ(many(FaultLoop::limit - 1), TrapResult::injected);
    ++guest_.vcpu().exits.hypercalls;
    EXPECT_EQ(many(FaultLoop::limit - 1), TrapResult::injected);
    EXPECT_EQ(fetch(0x4008'0004), TrapResult::injected);
    EXPECT_EQ(many(FaultLoop::limit - 1), TrapResult::injected);
    EXPECT_EQ(guest_.domain.state.load(), Domain::State::running);
}

TEST_F(Lost, EachOfTheThreeExceptionsCounts) {
    const MemoryAccess store{GuestAddress(0x900'0000), {arch::DataAbort::Wnr::of(1) | 0x07}};
    for (u32 i = 0; i < FaultLoop::limit / 2; ++i) {
        ++guest_.vcpu().exits.memory;
        ASSERT_EQ(refuse_access(guest_.vcpu(), store, "?"), TrapResult::injected);
        ++guest_.vcpu().exits.registers;
        ASSERT_EQ(refuse_instruction(guest_.vcpu(), "register", 1),
                  i + 1 < FaultLoop::limit / 2 ? TrapResult::injected : TrapResult::stopped);
    }
}

TEST_F(Lost, TheNextLifeBeginsToCountAnew) {
    EXPECT_EQ(many(FaultLoop::limit), TrapResult::stopped);
    EXPECT_EQ(fetch(), TrapResult::injected);
}

}  // namespace
}  // namespace isthmus::core
