// SPDX-License-Identifier: Apache-2.0
// The tests by name; gictest.cpp has the table. Each returns whether it passed; begin() was called.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest::gictest {

/// Where the versions of the architecture differ.
struct Behaviour {
    u32 version;
    u32 senders;  ///< one SGI from so many CPUs arrives so many times, of two
    bool names_sender;
};
const Behaviour& expected();

/// The second CPU answers this SGI with the next.
inline constexpr u32 sgi_to_answer = 8;

// states.cpp: pending, active, enabled.
bool sgi_to_self();
bool disable_enable();
bool disable_pending();
bool disable_active();
bool clear_pending();
bool clear_active();
bool pending_and_active();
bool spurious();
bool split_end();

// order.cpp: priorities, and more than fits.
bool identification();
bool priority_bits();
bool priority_mask();
bool priority_order();
bool preemption();
bool more_than_list_registers();

// lines.cpp: the timer's and the UART's.
bool timer();
bool timer_follows_its_line();
bool uart_level();
bool uart_stays_up();

// senders.cpp: two CPUs.
bool sgi_other();
bool sgi_filters();
bool sgi_two_senders();
bool route_change();
bool route_pending();
bool second_vcpu_private();

}  // namespace isthmus::guest::gictest
