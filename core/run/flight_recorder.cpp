// SPDX-License-Identifier: Apache-2.0
#include "core/run/flight_recorder.hpp"

#include <new>

#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

constexpr std::array<std::string_view, FlightRecorder::kinds> names{
    "hypercall", "smc", "register", "memory", "interrupt", "other", "wake", "piece"};

static_assert(sizeof(FlightRecorder) <= page_size);

u64 nanoseconds(u64 ticks) {
    return ticks * 1'000'000'000 / arch::counter_frequency();
}

}  // namespace

void FlightRecorder::end(u64 now, bool is_pending) {
    if (began_ == 0) {
        return;
    }
    const u64 ticks = now - began_;
    u64& longest = longest_[static_cast<usize>(kind_)];
    longest = ticks > longest ? ticks : longest;
    longest_masked_ = is_pending && ticks > longest_masked_ ? ticks : longest_masked_;
    began_ = 0;
}

Result<void> open_flight_recorders(const fdt::HostDescription& host) {
    for (usize index = 0; index < host.cpus.size(); ++index) {
        const HostAddress page = ISTHMUS_TRY(allocate_pages(0));
        per_cpu(index).recorder = new (arch::host_pointer(page)) FlightRecorder();
    }
    return {};
}

void record_end(FlightRecorder& recorder) {
    recorder.end(arch::counter(), arch::is_interrupt_pending());
}

void record_begin(FlightRecorder& recorder, Stretch kind) {
    recorder.begin(kind, arch::counter());
}

void print_stretches(TextSink& out, const FlightRecorder& recorder) {
    for (usize kind = 0; kind < FlightRecorder::kinds; ++kind) {
        if (const u64 ticks = recorder.longest(static_cast<Stretch>(kind)); ticks != 0) {
            print(out, "{} {}, ", names[kind], nanoseconds(ticks));
        }
    }
    print(out, "with an interrupt pending {}", nanoseconds(recorder.longest_masked()));
}

void print_recorder(TextSink& out, usize cpu) {
    if (const FlightRecorder* recorder = per_cpu(cpu).recorder; recorder != nullptr) {
        print(out, "  CPU {} in EL2, ns at most: ", cpu);
        print_stretches(out, *recorder);
        print(out, "\n");
    }
}

}  // namespace isthmus::core
