// SPDX-License-Identifier: Apache-2.0
#include "runtime/runtime.hpp"

#include <source_location>

#include "isthmus/panic.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest {
namespace {

class UartSink final : public TextSink {
  public:
    void write(std::string_view text) override {
        for (const char c : text) {
            uart().put(c);
        }
    }
};

constinit Tree guest_tree;
constinit Uart guest_uart;
constinit UartSink guest_console;
constinit u64 guest_entry_count = 0;

}  // namespace

bool Uart::open(const Tree& from) {
    for (const std::string_view compatible : {"arm,sbsa-uart", "arm,pl011"}) {
        const int node = from.find_compatible(compatible);
        const auto registers = node >= 0 ? from.reg(node) : std::nullopt;
        if (!registers) {
            continue;
        }
        base_ = registers->start().raw();
        intid_ = from.interrupt(node).value_or(0);
        if (compatible == "arm,pl011") {
            write32(base_ + control, 0x301);  // enabled, transmit and receive
        }
        return true;
    }
    return false;
}

const Tree& tree() {
    return guest_tree;
}
const Uart& uart() {
    return guest_uart;
}
TextSink& console() {
    return guest_console;
}
u64 entry_count() {
    return guest_entry_count;
}

void power_off() {
    hvc(psci::system_off);
    for (;;) {
        wfi();
    }
}

void die(std::string_view why) {
    say("guest: died: {}", why);
    power_off();
}

}  // namespace isthmus::guest

namespace isthmus {

void panic(const char* what, std::source_location where) {
    guest::say("guest: {} at {}:{}", what, where.file_name(), where.line());
    guest::power_off();
}

}  // namespace isthmus

/// From entry.S.
extern "C" [[noreturn]] void guest_start(const void* blob, isthmus::u64 count) {
    using namespace isthmus::guest;
    guest_entry_count = count;
    guest_tree = Tree(blob);
    install_cpu(0);
    if (!guest_tree.valid()) {
        power_off();
    }
    static_cast<void>(guest_uart.open(guest_tree));
    guest_main();
    power_off();
}
