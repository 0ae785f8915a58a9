// SPDX-License-Identifier: Apache-2.0
// The feature ID registers of this machine. Every encoding of these rows may be read: those not
// yet named read as zero (Arm ARM D19.1).
#include <array>

#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/guest/id_fields.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::arch {
namespace {

#define ISTHMUS_READ_ROW(crm)                                                             \
    ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_0), ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_1),     \
        ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_2), ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_3), \
        ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_4), ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_5), \
        ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_6), ISTHMUS_READ_SYSREG(s3_0_c0_c##crm##_7)

u64 read_id_register(unsigned crm, unsigned op2) {
    switch (crm) {
#define ROW(number)                                             \
    case number: {                                              \
        const std::array<u64, 8> row{ISTHMUS_READ_ROW(number)}; \
        return row[op2];                                        \
    }
        ROW(1)
        ROW(2)
        ROW(3)
        ROW(4)
        ROW(5)
        ROW(6)
        ROW(7)
#undef ROW
        default:
            return 0;
    }
}

}  // namespace

u64 guest_id_register(unsigned crm, unsigned op2) {
    return guest_view_of_id(crm, op2, read_id_register(crm, op2));
}

}  // namespace isthmus::arch
