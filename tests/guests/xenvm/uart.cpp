// SPDX-License-Identifier: Apache-2.0
// PL011 (Arm DDI 0183), set up and polled as such; then by interrupts, where Zephyr takes it for
// the SBSA's subset: an emulated one need not show that its transmitter is enabled.
#include "runtime/mmio.hpp"
#include "runtime/system_register.hpp"
#include "xenvm/xenvm.hpp"

namespace isthmus::xenvm::uart {

using namespace guest;

namespace {

constexpr u64 base = 0x2200'0000;
constexpr u64 dr = base + 0x00;
constexpr u64 fr = base + 0x18;
constexpr u64 ibrd = base + 0x24;
constexpr u64 fbrd = base + 0x28;
constexpr u64 lcrh = base + 0x2c;
constexpr u64 cr = base + 0x30;
constexpr u64 ifls = base + 0x34;
constexpr u64 imsc = base + 0x38;
constexpr u64 icr = base + 0x44;
constexpr u64 dmacr = base + 0x48;
constexpr u32 full = 1u << 5;      // FR.TXFF
constexpr u32 transmit = 1u << 5;  // in IMSC, ICR
constexpr u32 fifos = 1u << 4;     // LCR_H.FEN
constexpr u32 enabled = 1u << 0;   // CR.UARTEN

std::string_view rest;

void change(u64 at, u32 clear, u32 set) {
    write32(at, (read32(at) & ~clear) | set);
}

}  // namespace

void init() {
    change(cr, enabled, 0);
    change(lcrh, fifos, 0);
    change(cr, 1u << 14, 0);  // RTSEn
    change(cr, 1u << 15, 0);  // CTSEn
    write32(ibrd, 13);
    write32(fbrd, 1);
    change(lcrh, 0, 0);
    write32(lcrh, 3u << 5);  // eight bits
    write32(ifls, 2u << 3);
    change(lcrh, 0, fifos);
    write32(imsc, 0);
    write32(icr, 0x7ff);
    write32(dmacr, 0);
    isb();
    change(cr, 1u << 1, 3u << 8);  // SIREN; RXE, TXE
    isb();
    change(cr, 0, enabled);
}

void print(std::string_view text) {
    for (const char letter : text) {
        while ((read32(fr) & full) != 0) {
        }
        write32(dr, static_cast<u8>(letter));
    }
}

void start_printing(std::string_view text) {
    rest = text;
    change(imsc, 0, transmit);
    handle();  // nothing goes up while the FIFO is empty: the first time is software's
}

bool is_printing() {
    return !rest.empty();
}

/// Four characters at most, so that there are several interrupts.
void handle() {
    for (u32 count = 0; count < 4 && !rest.empty() && (read32(fr) & full) == 0; ++count) {
        write32(icr, transmit);
        write32(dr, static_cast<u8>(rest.front()));
        rest.remove_prefix(1);
    }
    if (rest.empty()) {
        change(imsc, transmit, 0);
    }
}

}  // namespace isthmus::xenvm::uart
