// SPDX-License-Identifier: Apache-2.0
// The world switch on a CPU whose registers take effect late, with walks on speculation at every
// step; and each ISB of it left out in turn, to see that the machine notices.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/guest/world_switch.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "tests/unit/lagging/lagging_machine.hpp"

namespace isthmus::arch {
namespace {

using test::lagging;

VcpuState guest(unsigned vmid) {
    VcpuState state;
    state.ttbr0 = vmid * 0x1000;
    state.ttbr1 = vmid * 0x10'0000;
    state.tcr = vmid * 0x100'0000'0000;
    state.mair = vmid;
    state.sctlr = sctlr::el1_res1 | (vmid == 1 ? sctlr::m : sctlr::i);  // B has its MMU off
    state.cntv_ctl = timer_ctl::enable;
    test::LaggingMachine& machine = lagging();
    machine.belongs("ttbr0_el1", state.ttbr0, vmid);
    machine.belongs("ttbr1_el1", state.ttbr1, vmid);
    machine.belongs("tcr_el1", state.tcr, vmid);
    machine.belongs("mair_el1", state.mair, vmid);
    machine.belongs("sctlr_el1", state.sctlr, vmid);
    return state;
}

/// Both guests in turn, tables that change meanwhile, and a nap.
void run() {
    VcpuState a = guest(1);
    VcpuState b = guest(2);
    const GuestControl control_a = make_guest_control(1, HostAddress(0x8000'0000));
    const GuestControl control_b = make_guest_control(2, HostAddress(0x9000'0000));
    const GuestRange page = *GuestRange::from(GuestAddress(0x4000'0000), page_size);
    const GuestRange much = *GuestRange::from(GuestAddress(0x4000'0000), GiB);
    init_cpu_for_guests();
    lagging().speculate();
    for (int round = 0; round < 2; ++round) {
        load_vcpu(a, control_a, false);
        set_private_active(27, true);
        start_virtual_timer(a);
        invalidate_guest(control_b.vttbr, page);
        stop_virtual_timer(a);
        set_private_active(27, false);
        save_vcpu(a);
        invalidate_guest(control_a.vttbr, page);
        wait_for_interrupt();
        load_vcpu(b, control_b, true);
        invalidate_guest(control_a.vttbr, much);
        save_vcpu(b);
    }
}

class LaggingTest : public ::testing::Test {
  protected:
    LaggingTest() { lagging().restart(); }
};

TEST_F(LaggingTest, NoWalkMixesGuestsAtAnyStep) {
    run();
    EXPECT_EQ(lagging().violations(), std::vector<std::string>{});
    EXPECT_EQ(lagging().value("vttbr_el2") >> 48, 0u) << "nobody is loaded: VMID 0";
}

/// What these are for is beyond this machine: the function, and how many.
const std::map<std::string, unsigned> beyond_this_model = {
    {"init_cpu_for_guests", 3},  // before the first guest, and a TLBI of everything follows
    {"load_vcpu", 1},            // the virtual interface is on before its list registers are read
    {"save_vcpu", 1},            // what was injected into the guest has arrived
};

TEST_F(LaggingTest, EachIsbIsMissedWhenItIsLeftOut) {
    run();
    const std::set<std::string> isbs = lagging().isbs();
    ASSERT_GT(isbs.size(), 12u);
    std::map<std::string, unsigned> unnoticed;
    for (const std::string& isb : isbs) {
        lagging().restart();
        lagging().leave_out(isb);
        run();
        if (lagging().violations().empty()) {
            const std::string function = isb.substr(0, isb.find('('));
            ++unnoticed[function.substr(function.rfind(':') + 1)];
        }
    }
    EXPECT_EQ(unnoticed, beyond_this_model);
}

/// Firmware may trap them, and then nothing goes on: there is a line of the boot story before.
TEST_F(LaggingTest, WhatOnlySomeCpusHaveIsTouchedBeforeTheFirstGuest) {
    lagging().set("id_aa64pfr0_el1", u64{2} << 56 | u64{1} << 28);  // CSV2_2, RAS
    lagging().set("id_aa64pfr1_el1", u64{1} << 24);                 // SME
    init_cpu_for_guests();
#define EXPECT_WRITTEN(member, name, is_there) EXPECT_TRUE(lagging().was_written(#name)) << #member;
    ISTHMUS_OPTIONAL_REGISTERS(EXPECT_WRITTEN)
#undef EXPECT_WRITTEN
}

TEST_F(LaggingTest, AFullListRegisterIsNotTakenForAnEmptyOne) {
    write_list_register(1, {.intid = 40, .state = ListRegister::State::pending});
    static_cast<void>(empty_list_registers());
    EXPECT_EQ(lagging().violations(), std::vector<std::string>{});
}

}  // namespace
}  // namespace isthmus::arch
