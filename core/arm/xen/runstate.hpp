// SPDX-License-Identifier: Apache-2.0
// What a vCPU does and for how long, in a place of its own memory (VCPUOP_register_runstate_memory_
// area): Linux takes its stolen time from there. A vCPU without such a place costs a look at a flag
// at each switch. Times are those of CNTVCT_EL0, in nanoseconds.
#pragma once

#include <span>

#include "core/arm/xen/abi.hpp"

namespace isthmus::core {

struct Vcpu;

namespace xen {

/// Guarded by the lock of the domain's Guest.
struct RunstateArea {
    std::byte* first = nullptr;   ///< nullptr: none is registered
    std::byte* second = nullptr;  ///< where it crosses a page's end
    u32 offset = 0;               ///< of the area in its first page
    RunstateInfo info;            ///< what was written there last, but for the time that runs
};

/// A point in time as guests of this interface see it, in nanoseconds of the counter.
u64 system_time(u64 ticks);
/// The reverse.
u64 ticks_of(u64 nanoseconds);

/// The area has just got its place: it holds what the vCPU does. Under the Guest's lock.
void begin_runstate(RunstateArea& area, bool runs);

/// The vCPU's state is `state` from now on (RunstateInfo). Of one with a registered area, on its
/// own CPU.
void change_runstate(Vcpu& vcpu, u32 state);

}  // namespace xen
}  // namespace isthmus::core
