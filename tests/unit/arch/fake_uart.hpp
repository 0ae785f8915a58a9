// SPDX-License-Identifier: Apache-2.0
// Registers for the UART drivers: what is written is remembered, and a test says what the hardware
// makes of it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "arch/arm64/uart/uart.hpp"

namespace isthmus::test {

struct FakeUart {
    std::map<u64, u32> registers;             ///< what a plain register holds
    std::function<u32(u64)> on_read;          ///< all reads, when set
    std::function<void(u64, u32)> on_write;   ///< after a write was remembered
    std::vector<std::pair<u64, u32>> writes;  ///< in order
    u64 reads = 0;

    std::deque<u32> received;  ///< for models: the receive FIFO, and what was sent
    std::vector<u32> sent;

    /// What was written to one register, in order.
    std::vector<u32> written(u64 offset) const {
        std::vector<u32> values;
        for (const auto& [where, value] : writes) {
            if (where == offset) {
                values.push_back(value);
            }
        }
        return values;
    }
    u32 next_received() {
        const u32 value = received.front();
        received.pop_front();
        return value;
    }
};

/// The one that UartRegisters speaks to.
FakeUart& fake_uart();

/// What a driver is asked for, with a fresh FakeUart.
class UartDriverTest {
  public:
    explicit UartDriverTest(const char* name) : driver(*arch::find_uart_driver(name)) {
        fake_uart() = {};
    }

    void open() { driver.open(registers); }
    bool has_room() { return room() != 0; }
    u32 room() { return driver.room(registers); }
    void send(char c) { driver.send(registers, static_cast<u8>(c)); }
    int receive() { return driver.receive(registers); }
    void listen(bool on) { driver.listen(registers, {.receive = on}); }
    void listen_for_room() { driver.listen(registers, {.room = true}); }
    void listen_for_both() { driver.listen(registers, {.receive = true, .room = true}); }
    void acknowledge() { driver.acknowledge(registers); }
    void acknowledge_room() { driver.acknowledge_room(registers); }

    const arch::UartDriver& driver;
    arch::UartRegisters registers;
};

}  // namespace isthmus::test
