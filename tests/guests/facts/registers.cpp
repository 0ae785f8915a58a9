// SPDX-License-Identifier: Apache-2.0
// MRS of every encoding with op0 2 or 3, which are all that there are. One that cannot be read is
// no fact: the test sees that it is missing on one side.
#include "facts/facts.hpp"
#include "runtime/system_register.hpp"
#include "sweep/encoding.hpp"

namespace isthmus::guest::facts {
namespace {

using sweep::Encoding;

constinit u32 code[2];

u64 read_register(Encoding register_) {
    constexpr u32 ret = 0xd65f'03c0;
    code[0] = register_.read_word(0);
    code[1] = ret;
    asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" ::"r"(&code[0]) : "memory");
    return reinterpret_cast<u64 (*)()>(&code[0])();
}

}  // namespace

void register_facts() {
    for (u32 raw = 0; raw < Encoding::count; ++raw) {
        const Encoding register_{raw};
        u64 value = 0;
        if (!catch_fault([&] { value = read_register(register_); })) {
            TextBuffer<32> name;
            print(name, "{}_{}_{}_{}_{}", register_.op0(), register_.op1(), register_.crn(),
                  register_.crm(), register_.op2());
            fact("register", name.view(), value);
        }
    }
    // Each cache that CLIDR_EL1 may speak of.
    for (u64 selected = 0; selected < 14; ++selected) {
        TextBuffer<16> name;
        print(name, "ccsidr{}", selected);
        GUEST_WRITE_SYSREG(csselr_el1, selected);
        isb();
        fact_of("cache", name.view(), [] { return GUEST_READ_SYSREG(ccsidr_el1); });
    }
}

}  // namespace isthmus::guest::facts
