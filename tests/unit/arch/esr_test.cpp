// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/cpu/esr.hpp"

#include <gtest/gtest.h>

namespace isthmus::arch {
namespace {

TEST(Syndrome, ClassLengthAndImmediate) {
    const Syndrome hvc{0x5a00'0ea1};  // HVC #0xea1
    EXPECT_EQ(hvc.exception_class(), ExceptionClass::hvc64);
    EXPECT_EQ(hvc.instruction_length(), 4U);
    EXPECT_EQ(hvc.immediate(), 0xea1U);
    EXPECT_EQ(Syndrome{0x5c00'0000}.instruction_length(), 2U);
}

// Words as QEMU and hardware report them, taken apart by hand.
TEST(DataAbort, AStoreOfAWord) {
    const DataAbort abort{0x9382'0047};  // str w2, [..]: ISV, SAS 2, SRT 2, WnR, DFSC 7
    EXPECT_EQ(Syndrome{abort.raw}.exception_class(), ExceptionClass::data_abort_lower);
    EXPECT_TRUE(abort.has_instruction());
    EXPECT_TRUE(abort.is_write());
    EXPECT_EQ(abort.access_size(), 4U);
    EXPECT_EQ(abort.transfer_register(), 2U);
    EXPECT_FALSE(abort.is_64_bit());
    EXPECT_FALSE(abort.sign_extend());
    EXPECT_TRUE(abort.is_translation_fault());
    EXPECT_FALSE(abort.is_permission_fault());
}

TEST(DataAbort, ASigningLoadOfAByte) {
    const DataAbort abort{0x933f'8006};  // ldrsb xzr: SSE, SRT 31, SF
    EXPECT_FALSE(abort.is_write());
    EXPECT_EQ(abort.access_size(), 1U);
    EXPECT_EQ(abort.transfer_register(), 31U);
    EXPECT_TRUE(abort.is_64_bit());
    EXPECT_TRUE(abort.sign_extend());
}

TEST(DataAbort, WalksMaintenanceAndPermission) {
    EXPECT_TRUE(DataAbort{0x9200'0086}.on_table_walk());
    EXPECT_TRUE(DataAbort{0x9200'0146}.is_cache_maintenance());
    EXPECT_FALSE(DataAbort{0x9200'0146}.has_instruction());
    EXPECT_TRUE(DataAbort{0x9200'004f}.is_permission_fault());
    for (u64 level = 0; level < 4; ++level) {
        EXPECT_TRUE(DataAbort{0x04 + level}.is_translation_fault());
        EXPECT_TRUE(DataAbort{0x0c + level}.is_permission_fault());
        EXPECT_FALSE(DataAbort{0x08 + level}.is_permission_fault());
    }
}

TEST(DataAbort, WhereTheGuestPageIsKnown) {
    EXPECT_TRUE(DataAbort{0x07}.has_guest_page());
    EXPECT_TRUE(DataAbort{0x0a}.has_guest_page());
    EXPECT_TRUE(DataAbort{DataAbort::S1ptw::mask | 0x0f}.has_guest_page());
    EXPECT_FALSE(DataAbort{0x0f}.has_guest_page());
    EXPECT_FALSE(DataAbort{DataAbort::Wnr::mask | 0x0d}.has_guest_page());
}

TEST(SysregTrap, NumberDirectionAndRegister) {
    // msr icc_sgi1r_el1, x3: op0 3, op1 0, CRn 12, CRm 11, op2 5.
    const SysregTrap write{0x603a'3076};
    EXPECT_FALSE(write.is_read());
    EXPECT_EQ(write.transfer_register(), 3U);
    EXPECT_EQ(write.id(), sysreg_id(3, 0, 12, 11, 5));
    EXPECT_NE(write.id(), sysreg_id(3, 0, 12, 11, 6));
    const SysregTrap read{write.raw | 1};
    EXPECT_TRUE(read.is_read());
    EXPECT_EQ(read.id(), write.id());
}

TEST(FaultNames, LevelsAndKinds) {
    EXPECT_EQ(fault_status_name(0x04), "translation fault, level 0");
    EXPECT_EQ(fault_status_name(0x9200'0007), "translation fault, level 3");
    EXPECT_EQ(fault_status_name(0x0e), "permission fault, level 2");
    EXPECT_EQ(fault_status_name(0x0b), "access flag fault");
    EXPECT_EQ(fault_status_name(0x21), "alignment fault");
    EXPECT_EQ(fault_status_name(0x10), "external abort");
    EXPECT_EQ(fault_status_name(0x3f), "other fault");
}

TEST(ClassNames, EveryListedOneAndAnUnlistedOne) {
    EXPECT_EQ(exception_class_name(ExceptionClass::data_abort_same), "data abort in Isthmus");
    EXPECT_EQ(exception_class_name(ExceptionClass::hvc64), "HVC");
    EXPECT_EQ(exception_class_name(ExceptionClass::serror), "SError");
    EXPECT_EQ(exception_class_name(static_cast<ExceptionClass>(0x3f)), "unknown exception class");
    for (const unsigned ec : {0x00u, 0x01u, 0x07u, 0x0eu, 0x16u, 0x17u, 0x18u, 0x19u, 0x20u, 0x21u,
                              0x22u, 0x24u, 0x25u, 0x26u, 0x2fu, 0x31u, 0x3cu}) {
        EXPECT_NE(exception_class_name(static_cast<ExceptionClass>(ec)), "unknown exception class")
            << ec;
    }
}

}  // namespace
}  // namespace isthmus::arch
