// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/arch/fake_uart.hpp"

#include "isthmus/arch/cpus.hpp"

namespace isthmus::test {

FakeUart& fake_uart() {
    static FakeUart the_uart;
    return the_uart;
}

}  // namespace isthmus::test

namespace isthmus::arch {

using test::fake_uart;

u32 UartRegisters::read(u64 offset) const {
    ++fake_uart().reads;
    return fake_uart().on_read ? fake_uart().on_read(offset) : fake_uart().registers[offset];
}

void UartRegisters::write(u64 offset, u32 value) const {
    fake_uart().registers[offset] = value;
    fake_uart().writes.emplace_back(offset, value);
    if (fake_uart().on_write) {
        fake_uart().on_write(offset, value);
    }
}

void relax() {}

}  // namespace isthmus::arch
