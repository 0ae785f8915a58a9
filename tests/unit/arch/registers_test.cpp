// SPDX-License-Identifier: Apache-2.0
// Register constants against the manual's bit numbers, written out here a second time, and the
// address space's geometry.
#include "arch/arm64/cpu/registers.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

#include "arch/arm64/map/layout.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 bits(std::initializer_list<unsigned> positions) {
    u64 word = 0;
    for (const unsigned position : positions) {
        word |= u64{1} << position;
    }
    return word;
}

// Arm ARM D19.2.48: VM 0, SWIO 1, PTW 2, FMO 3, IMO 4, AMO 5, FB 9, BSU 11:10, TID3 18, TSC 19,
// TIDCP 20, TACR 21, RW 31, TLOR 35, TERR 36.
static_assert(hcr::guest == bits({0, 1, 2, 3, 4, 5, 9, 10, 18, 19, 20, 21, 31, 35, 36}));
// Without these a guest would not be one.
static_assert((hcr::guest & hcr::twi) == 0, "WFI is the guest's own: the CPU is its alone");
static_assert(hcr::fwb == bits({46}));

// CPTR_EL2, E2H 0: RES1 7:0 less 8, 9, 13; TZ 8, TSM 12, TTA 20, TAM 30; TFP 10 and TCPAC 31 clear.
static_assert((cptr::guest & bits({8, 12, 20, 30})) == bits({8, 12, 20, 30}));
static_assert((cptr::guest & bits({10, 31})) == 0, "guests use SIMD");
static_assert((cptr::guest & bits({9, 13})) == bits({9, 13}));

// MDCR_EL2: TPMCR 5, TPM 6, TDA 9, TDOSA 10, TDRA 11, TPMS 14, TTRF 19.
static_assert(mdcr::guest == bits({5, 6, 9, 10, 11, 14, 19}));
// CNTHCTL_EL2, E2H 0: the counter is free, the physical timer traps.
static_assert(cnthctl::guest == bits({0}));
static_assert((timer_ctl::enable | timer_ctl::imask | timer_ctl::istatus) == 7);

// SCTLR: RES1 bits, then M, C, SA, I, and for Isthmus WXN.
static_assert(sctlr::el2_res1 == bits({4, 5, 11, 16, 18, 22, 23, 28, 29}));
static_assert(sctlr::el1_res1 == bits({11, 20, 22, 23, 28, 29}));
static_assert((sctlr::el2 & ~sctlr::el2_res1) == bits({0, 2, 3, 12, 19}));

static_assert(spsr::masked == bits({6, 7, 8, 9}));
static_assert(spsr::el1h == 5 && spsr::el2h == 9);
static_assert(mpidr_affinity_mask == 0xff'00ff'ffff);

TEST(Layout, WindowsDoNotOverlap) {
    EXPECT_LE(image_base + image_limit, boot_tree_base);
    EXPECT_LE(boot_tree_base + boot_tree_window, device_base);
    EXPECT_LE(device_base + device_window, stack_base);
    EXPECT_LE(stack_base + (limits::cpus + 1) * stack_slot, emergency_stack_base);
    EXPECT_LE(emergency_stack_base + (limits::cpus + 1) * stack_slot, window_base);
    EXPECT_LE(window_base + limits::cpus * page_size, ram_base);
    EXPECT_LE(ram_base + host_address_limit, u64{1} << 48);
}

TEST(Layout, ImageAndStacksShareOneSlotOfTheTopTable) {
    constexpr u64 slot = 512 * GiB;
    EXPECT_EQ(image_base / slot, (window_base + 1 * GiB - 1) / slot);
    EXPECT_NE(image_base / slot, ram_base / slot);
}

TEST(Layout, UnderEveryStackThereIsAHole) {
    for (usize slot = 0; slot <= limits::cpus; ++slot) {
        const HypAddress top = stack_top(slot);
        EXPECT_TRUE(top.is_aligned(page_size));
        EXPECT_GE((top - stack_size) - HypAddress(stack_base + slot * stack_slot), page_size);
    }
    EXPECT_EQ(stack_top(1) - stack_top(0), stack_slot);
    EXPECT_EQ(emergency_stack_top(3) - stack_top(3), emergency_stack_base - stack_base);
}

}  // namespace
}  // namespace isthmus::arch
