// SPDX-License-Identifier: Apache-2.0
// Arm PL011 and the SBSA generic UART (Arm DDI 0183).
#include "arch/arm64/mmio.hpp"
#include "arch/arm64/uart.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 uartdr = 0x00;
constexpr u64 uartfr = 0x18;
constexpr u64 uartimsc = 0x38;
constexpr u64 uarticr = 0x44;
constexpr u32 fr_rxfe = 1u << 4;
constexpr u32 fr_txff = 1u << 5;
constexpr u32 int_rx = 1u << 4;
constexpr u32 int_rt = 1u << 6;

class Pl011 final : public Uart {
  public:
    constexpr Pl011() = default;

    bool drives(std::string_view compatible) const override {
        return compatible == "arm,pl011" || compatible == "arm,sbsa-uart";
    }
    void open(HypAddress registers, const ConsoleDevice&) override {
        base_ = registers;
        write32(base_ + uartimsc, 0);
    }
    void put(u8 byte) override {
        while ((read32(base_ + uartfr) & fr_txff) != 0) {
            relax();
        }
        write32(base_ + uartdr, byte);
    }
    int get() override {
        if ((read32(base_ + uartfr) & fr_rxfe) != 0) {
            return -1;
        }
        return static_cast<int>(read32(base_ + uartdr) & 0xff);
    }
    void enable_receive_interrupt() override {
        write32(base_ + uarticr, int_rx | int_rt);
        write32(base_ + uartimsc, int_rx | int_rt);
    }

  private:
    HypAddress base_;
};

constinit Pl011 driver;

}  // namespace

Uart& pl011() {
    return driver;
}

}  // namespace isthmus::arch
