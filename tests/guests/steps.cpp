// SPDX-License-Identifier: Apache-2.0
// Does to shared regions what its command line says, step after step, and says how each went.
//
//     steps=STEP,STEP,…      STEP = ACTION:PLACE:NUMBER, as far as the action needs them
//     PLACE = ID, ID+OFFSET, #CELL, #CELL+OFFSET, or a guest address 0x…
//
//     look:ID          prints where the region is seen, its size, and where in the region that is
//     set:PLACE:N      stores a 32-bit word          is:PLACE:N      the word is N now
//     await:PLACE:N    until the word is N           no-store:PLACE  a store is a data abort
//     fill:ID:N        a word in every page,         check:ID:N      what fill wrote, seen with
//                      by its offset in the region                   this view's own offset
//     cache:PLACE      clean and invalidate by address: no fault, and no word changes
//     no-load:PLACE    a load is a data abort        no-fetch:PLACE  a fetch is an instruction
//     abort
//
// `mmu=off` leaves the MMU off (for addresses beyond the runtime's map).
#include "steps/steps.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest {
namespace {

/// What stands before the first `separator`; `rest` is what follows it.
std::string_view cut(std::string_view& rest, char separator) {
    const usize end = rest.find(separator);
    const std::string_view first(rest.data(), end < rest.size() ? end : rest.size());
    rest.remove_prefix(first.size() < rest.size() ? first.size() + 1 : first.size());
    return first;
}

bool run(std::string_view text) {
    std::string_view rest = text;
    steps::Step step;
    step.action = cut(rest, ':');
    step.place = cut(rest, ':');
    step.number = static_cast<u32>(steps::parse_number(rest));
    bool good = false;
    std::optional<Fault> fault;
    if (steps::expects_fault(step)) {
        good = steps::run_expecting_fault(step);
    } else {
        fault = catch_fault([&] { good = steps::run(step); });
    }
    if (fault) {
        good = false;
        say("steps: {} FAILED: fault at {x}, syndrome {x}", text, fault->far, fault->esr);
    } else {
        say("steps: {} {}", text, good ? "ok" : "FAILED");
    }
    return good;
}

}  // namespace

void guest_main() {
    if (tree().option("mmu", "on") == "on") {
        enable_mmu();
    }
    std::string_view rest = tree().option("steps");
    while (!rest.empty()) {
        if (!run(cut(rest, ','))) {
            return;
        }
    }
    say("steps: all ok");
}

}  // namespace isthmus::guest
