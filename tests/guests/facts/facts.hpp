// SPDX-License-Identifier: Apache-2.0
// What the guest `facts` prints: lines "fact GROUP.NAME VALUE". A value is a hexadecimal number;
// "abort STATUS" for a data abort (ESR_EL1.DFSC); "exception CLASS" for any other (ESR_EL1.EC).
// Lines are shorter than 100 characters: Xen breaks those of 127.
#pragma once

#include <string_view>

#include "runtime/exceptions.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest::facts {

void fact(std::string_view group, std::string_view name, u64 value);
void fault(std::string_view group, std::string_view name, u64 syndrome);

/// What `read` gives, or the exception that it ends in.
template <class Read>
void fact_of(std::string_view group, std::string_view name, Read&& read) {
    u64 value = 0;
    if (const auto caught = catch_fault([&] { value = read(); })) {
        fault(group, name, caught->esr);
    } else {
        fact(group, name, value);
    }
}

/// The same for a device's register, whose name is its offset.
void fact_at(std::string_view group, u64 offset, u64 (*read)(u64), u64 base);

void tree_facts();
void register_facts();
void uart_facts();
void call_facts();
void memory_facts();
/// Changes the interrupt controller's state as it goes.
void interrupt_facts();
/// Starts the tree's other CPUs, one after the other.
void processor_facts();

/// Facts printed so far.
u64 count();

}  // namespace isthmus::guest::facts
