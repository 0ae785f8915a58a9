// SPDX-License-Identifier: Apache-2.0
// The ring of trace events of each CPU, in the statistics region (isthmus/statistics_layout.hpp).
// There is none unless a domain borrows that region: then PerCpu::trace is nullptr, and nothing is
// written.
//
// Each ring has one writer, its CPU, which masks interrupts: no lock. An event's two words come
// before the count that tells of them, and behind the count that told of the one before, so a
// reader who takes the count before and behind its look knows which events it may believe. An event
// also carries the lap of the ring in which it was written.
#pragma once

#include "core/run/per_cpu.hpp"
#include "isthmus/statistics_layout.hpp"

namespace isthmus::core {

/// What an event is about.
struct Traced {
    statistics::Kind kind = statistics::Kind::none;
    u32 domain = 0;  ///< its place among domains()
    u32 vcpu = 0;
    u32 argument = 0;
};

/// Writes one event to the ring of `cpu`, the calling CPU, which has one.
void write_event(PerCpu& cpu, const Traced& event);

/// The same, where the CPU has a ring.
inline void trace(PerCpu& cpu, const Traced& event) {
    if (cpu.trace != nullptr) [[unlikely]] {
        write_event(cpu, event);
    }
}

}  // namespace isthmus::core
