// SPDX-License-Identifier: Apache-2.0
// One probe: the guest touches something it was not given and looks what came back.
#pragma once

#include <span>
#include <string_view>

#include "runtime/exceptions.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest::probes {

/// What must follow. Whatever it is, it stays inside this guest: the guest still runs afterwards.
enum class Expect : u8 {
    data_abort,         ///< a data abort in this guest
    external,           ///< a data abort that says: external abort
    external_on_walk,   ///< the same, on a walk of this guest's tables
    alignment,          ///< a data abort that says: not aligned
    not_exclusive,      ///< a data abort that says: no exclusive or atomic access here
    fetch_on_walk,      ///< an instruction abort that says: external abort on a walk
    instruction_abort,  ///< an instruction abort in this guest
    undefined,          ///< an undefined-instruction exception in this guest
    fault,              ///< any exception in this guest
    success,            ///< no exception
    contained,          ///< either; the architecture or the hypervisor may choose
};

struct Probe {
    std::string_view name;
    Expect expect = Expect::contained;
    void (*action)() = nullptr;
};

/// Holds when there is no exception and the answer is yes.
struct Check {
    std::string_view name;
    bool (*holds)() = nullptr;
};

std::span<const Probe> memory_probes();
std::span<const Probe> register_probes();
std::span<const Probe> device_probes();
std::span<const Check> undescribed_checks();
std::span<const Check> idle_checks();
std::span<const Check> power_checks();
/// Changes the translation: comes last.
std::span<const Probe> walk_probes();
/// Calls have answers, not faults: prints its own lines, gives the number of failures.
u32 probe_calls(std::string_view only);
u32 probe_id_registers(std::string_view only);

/// Prints the probe's line; 1 for a failure.
u32 report(std::string_view name, bool passed, u64 seen);
constexpr bool wanted(std::string_view only, std::string_view name) {
    return only == "all" || only == name;
}

}  // namespace isthmus::guest::probes
