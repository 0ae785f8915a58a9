// SPDX-License-Identifier: Apache-2.0
#include "core/arm/xen/runstate.hpp"

#include <algorithm>
#include <cstring>

#include "core/arm/xen/guest.hpp"
#include "core/domain/domain.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/atomic.hpp"

namespace isthmus::core::xen {
namespace {

constexpr u64 second = 1'000'000'000;

void put(const RunstateArea& area, usize offset, const void* from, usize size) {
    const auto* bytes = static_cast<const std::byte*>(from);
    const usize room = page_bytes - area.offset;  // in the first page
    const usize in_first = offset < room ? std::min<usize>(size, room - offset) : 0;
    std::memcpy(area.first + offset, bytes, in_first);
    if (in_first < size) {
        std::memcpy(area.second + (offset + in_first - room), bytes + in_first, size - in_first);
    }
}

/// A reader on another vCPU sees the flag for as long as the rest does not fit together.
void publish(const RunstateArea& area, bool with_flag) {
    constexpr usize entered = offsetof(RunstateInfo, entered);
    RunstateInfo info = area.info;
    if (with_flag) {
        info.entered |= RunstateInfo::update_flag;
        put(area, entered, &info.entered, sizeof(u64));
        full_fence();
    }
    put(area, 0, &info, sizeof(info));
    if (with_flag) {
        full_fence();
        info.entered &= ~RunstateInfo::update_flag;
        put(area, entered, &info.entered, sizeof(u64));
    }
}

}  // namespace

u64 system_time(u64 ticks) {
    const u64 frequency = arch::counter_frequency();
    return ticks / frequency * second + ticks % frequency * second / frequency;
}

u64 ticks_of(u64 nanoseconds) {
    const u64 frequency = arch::counter_frequency();
    return nanoseconds / second * frequency + nanoseconds % second * frequency / second;
}

void begin_runstate(RunstateArea& area, bool runs) {
    if (area.info.entered == 0) {
        area.info = {.state = runs ? RunstateInfo::running : RunstateInfo::offline,
                     .entered = system_time(arch::counter())};
    }
    publish(area, false);
}

void change_runstate(Vcpu& vcpu, u32 state) {
    Guest* guest = vcpu.domain->xen;
    if (guest == nullptr) {
        return;
    }
    const LockGuard guard(guest->lock);
    RunstateArea& area = guest->vcpus[vcpu.id].runstate;
    if (area.first == nullptr || area.info.state == state) {
        return;
    }
    const u64 now = system_time(arch::counter());
    area.info.time[area.info.state] += now - area.info.entered;
    area.info.entered = now;
    area.info.state = state;
    publish(area, guest->writes_update_flag.load() != 0);
}

}  // namespace isthmus::core::xen
