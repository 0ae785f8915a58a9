// SPDX-License-Identifier: Apache-2.0
#include "core/run/trace.hpp"

#include "isthmus/arch/time.hpp"

namespace isthmus::core {

void write_event(PerCpu& cpu, const Traced& event) {
    constexpr u64 mask = 0xff;
    const u64 number = cpu.trace_record->head.load(Order::relaxed);  // nobody else writes it
    statistics::Event& slot = cpu.trace[number % statistics::ring_events];
    const u64 lap = number / statistics::ring_events & mask;
    // Release, all three: in this order.
    slot.time.store(arch::counter());
    slot.what.store(lap << 56 | u64{static_cast<u8>(event.kind)} << 48 |
                    (event.domain & mask) << 40 | (event.vcpu & mask) << 32 | event.argument);
    cpu.trace_record->head.store(number + 1);
}

}  // namespace isthmus::core
