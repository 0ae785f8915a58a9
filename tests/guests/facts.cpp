// SPDX-License-Identifier: Apache-2.0
// Prints what it sees of its machine, a fact a line, for a test that compares two hypervisors
// (tests/conformance): its tree, every register that can be read, answers to calls, interrupt
// controller, UART, and where memory ends. Nothing here is right or wrong.
#include "facts/facts.hpp"

#include "runtime/exceptions.hpp"

namespace isthmus::guest {
namespace facts {
namespace {

constinit u64 printed = 0;

}  // namespace

void fact(std::string_view group, std::string_view name, u64 value) {
    say("fact {}.{} {x}", group, name, value);
    ++printed;
}

void fact_at(std::string_view group, u64 offset, u64 (*read)(u64), u64 base) {
    TextBuffer<24> name;
    print(name, "{x}", offset);
    fact_of(group, name.view(), [&] { return read(base + offset); });
}

void fault(std::string_view group, std::string_view name, u64 syndrome) {
    constexpr u64 status = 0x3f;
    const u64 exception_class = syndrome >> 26;
    if (exception_class == ec_data_abort) {
        say("fact {}.{} abort {x}", group, name, syndrome & status);
    } else {
        say("fact {}.{} exception {x}", group, name, exception_class);
    }
    ++printed;
}

u64 count() {
    return printed;
}

}  // namespace facts

void guest_main() {
    using namespace facts;
    say("facts begin");
    tree_facts();
    register_facts();
    uart_facts();
    call_facts();
    memory_facts();
    interrupt_facts();
    processor_facts();
    say("facts end {}", count());
}

}  // namespace isthmus::guest
