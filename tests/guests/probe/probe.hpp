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

std::span<const Probe> memory_probes();
std::span<const Probe> register_probes();
std::span<const Probe> device_probes();
/// Calls have answers, not faults: prints its own lines, gives the number of failures.
u32 probe_calls(std::string_view only);
u32 probe_id_registers(std::string_view only);

/// Prints the probe's line; 1 for a failure.
u32 report(std::string_view name, bool passed, u64 seen);
constexpr bool wanted(std::string_view only, std::string_view name) {
    return only == "all" || only == name;
}

}  // namespace isthmus::guest::probes
