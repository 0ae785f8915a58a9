// SPDX-License-Identifier: Apache-2.0
// The UART's registers as they are at the start, and what its interrupt mask keeps.
#include "facts/facts.hpp"

namespace isthmus::guest::facts {
namespace {

u64 word(u64 address) {
    return read32(address);
}

}  // namespace

void uart_facts() {
    const u64 base = uart().base();
    constexpr u64 last_of_the_first = 0x4c;
    constexpr u64 identification = 0xfe0;
    for (u64 offset = 0; offset <= last_of_the_first; offset += 4) {
        fact_at("uart", offset, word, base);
    }
    for (u64 offset = identification; offset < 0x1000; offset += 4) {
        fact_at("uart", offset, word, base);
    }
    fact_of("uart", "flags-16", [&] { return u64{read32(base + Uart::flags)} & 0xffff; });
    fact_of("uart", "flags-8", [&] { return u64{read8(base + Uart::flags)}; });
    fact_of("uart", "mask-kept", [&] {
        write32(base + Uart::interrupt_mask, ~u32{0});
        const u64 kept = read32(base + Uart::interrupt_mask);
        write32(base + Uart::interrupt_mask, 0);
        return kept;
    });
}

}  // namespace isthmus::guest::facts
