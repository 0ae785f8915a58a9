// SPDX-License-Identifier: Apache-2.0
#include "steps/steps.hpp"

#include "isthmus/units.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/mmio.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"
#include "steps/places.hpp"

namespace isthmus::guest::steps {
namespace {

constexpr u64 patience_ms = 20'000;

bool look(const Step& step) {
    const auto region = region_of(step.place);
    if (region) {
        say("steps: {} is seen at {x}, {}, from offset {x}", step.place,
            reinterpret_cast<u64>(region->bytes.data()), byte_size(region->bytes.size()),
            region->offset);
    }
    return region.has_value();
}

bool is(u64 address, u32 expected) {
    const u32 found = read32(address);
    if (found != expected) {
        say("steps: {x} holds {x}", address, found);
    }
    return found == expected;
}

bool await(u64 address, u32 expected) {
    const u64 end = now() + milliseconds(patience_ms);
    while (read32(address) != expected) {
        if (now() > end) {
            return is(address, expected);
        }
        relax();
    }
    return true;
}

/// A word for every page; it tells the page's place in the region, whatever part of it is seen.
u32 page_word(const SharedRegion& region, u64 at, u32 seed) {
    return seed ^ static_cast<u32>((region.offset + at) / page_size * 0x9e37'79b1);
}

bool for_every_page(const Step& step, bool (*visit)(u64 address, u32 word)) {
    const auto region = region_of(step.place);
    if (!region) {
        return false;
    }
    const u64 start = reinterpret_cast<u64>(region->bytes.data());
    for (u64 at = 0; at < region->bytes.size(); at += page_size) {
        if (!visit(start + at, page_word(*region, at, step.number))) {
            return false;
        }
    }
    return true;
}

bool fill_page(u64 address, u32 word) {
    write32(address, word);
    write32(address + page_size - 4, ~word);
    return true;
}
bool check_page(u64 address, u32 word) {
    return is(address, word) && is(address + page_size - 4, ~word);
}

bool maintain_cache(u64 address) {
    const u32 before = read32(address);
    asm volatile(
        "dc cvac, %0\n"
        "dc civac, %0\n"
        "dc ivac, %0\n"
        "dsb sy" ::"r"(address)
        : "memory");
    return is(address, before);
}

template <class Action>
bool faults(u64 expected_class, Action&& action) {
    const auto fault = catch_fault(action);
    return fault && fault->exception_class() == expected_class;
}

}  // namespace

bool run(const Step& step) {
    if (step.action == "look") {
        return look(step);
    }
    if (step.action == "fill" || step.action == "check") {
        return for_every_page(step, step.action == "fill" ? fill_page : check_page);
    }
    const auto address = address_of(step.place);
    if (!address) {
        return false;
    }
    if (step.action == "set") {
        dsb();  // what was stored before is seen before
        write32(*address, step.number);
        return true;
    }
    if (step.action == "is") {
        return is(*address, step.number);
    }
    if (step.action == "await") {
        return await(*address, step.number);
    }
    return step.action == "cache" && maintain_cache(*address);
}

bool run_expecting_fault(const Step& step) {
    const auto address = address_of(step.place);
    if (!address) {
        return false;
    }
    if (step.action == "no-store") {
        return faults(ec_data_abort, [&] { write32(*address, step.number); });
    }
    if (step.action == "no-load") {
        return faults(ec_data_abort, [&] { read32(*address); });
    }
    return faults(ec_instruction_abort, [&] {
        asm volatile("blr %0" ::"r"(*address) : "x30", "memory");
    });
}

}  // namespace isthmus::guest::steps
