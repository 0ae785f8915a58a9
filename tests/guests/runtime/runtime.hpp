// SPDX-License-Identifier: Apache-2.0
// What a test guest is given: it defines guest_main(), and finds its machine here.
#pragma once

#include <string_view>

#include "isthmus/text.hpp"
#include "runtime/tree.hpp"
#include "runtime/uart.hpp"

namespace isthmus::guest {

/// Written by each guest. When it returns, the guest switches itself off.
void guest_main();

/// The machine as the tree tells it; set before guest_main().
const Tree& tree();
const Uart& uart();
/// CNTVCT_EL0 as the very first instruction read it.
u64 entry_count();

TextSink& console();

/// One whole line on the UART; the fields are those of isthmus/text.hpp.
template <class... Args>
void say(std::string_view format, const Args&... args) {
    print(console(), format, args...);
    console().write("\n");
}

/// PSCI SYSTEM_OFF.
[[noreturn]] void power_off();
/// Says why, then powers off.
[[noreturn]] void die(std::string_view why);

}  // namespace isthmus::guest
