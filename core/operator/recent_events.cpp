// SPDX-License-Identifier: Apache-2.0
#include "core/operator/recent_events.hpp"

#include "core/run/per_cpu.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

using statistics::Kind;

/// What is written over while it is read goes on so far behind the newest: the ring would have to
/// turn half round during the second look.
constexpr u64 safe_distance = statistics::ring_events / 2;

RecentEvent read(const statistics::Event& slot, u32 cpu) {
    RecentEvent event;
    event.time = slot.time.load();
    const u64 what = slot.what.load();
    event.cpu = cpu;
    event.kind = static_cast<Kind>(what >> 48 & 0xff);
    event.domain = static_cast<u32>(what >> 40 & 0xff);
    event.vcpu = static_cast<u32>(what >> 32 & 0xff);
    event.argument = static_cast<u32>(what);
    return event;
}

}  // namespace

RecentEvents::RecentEvents(u64 of_each_cpu) : asked_(arch::counter()) {
    for (u32 cpu = 0; cpu < limits::cpus; ++cpu) {
        if (per_cpu(cpu).trace != nullptr) {
            const u64 head = per_cpu(cpu).trace_record->head.load();
            next_[cpu] = head < of_each_cpu ? 0 : head - of_each_cpu;
        }
    }
}

/// Without taking it. Events that are written over before they are read whole are counted.
std::optional<RecentEvent> RecentEvents::first_of(u32 cpu) {
    if (per_cpu(cpu).trace == nullptr) {
        return std::nullopt;
    }
    const Atomic<u64>& head = per_cpu(cpu).trace_record->head;
    u64& number = next_[cpu];
    for (int look = 0; look < 2 && number != head.load(); ++look) {
        const auto event = read(per_cpu(cpu).trace[number % statistics::ring_events], cpu);
        const u64 written = head.load();
        if (written - number < statistics::ring_events) {
            return event.time <= asked_ ? std::optional(event) : std::nullopt;
        }
        lost_ += written - safe_distance - number;
        number = written - safe_distance;
    }
    return std::nullopt;
}

std::optional<RecentEvent> RecentEvents::next() {
    std::optional<RecentEvent> first;
    for (u32 cpu = 0; cpu < limits::cpus; ++cpu) {
        const auto event = first_of(cpu);
        if (event && (!first || event->time < first->time)) {
            first = event;
        }
    }
    if (first) {
        ++next_[first->cpu];
    }
    return first;
}

TextBuffer<120> text_of(const RecentEvent& event) {
    TextBuffer<120> text;
    const std::string_view name =
        event.domain < domains().size() ? domains()[event.domain].plan->name : "?";
    if (event.kind == Kind::state) {
        print(text, "{} is {}", name, state_word(static_cast<Domain::State>(event.argument)));
        return text;
    }
    print(text, "{} vcpu{} ", name, event.vcpu);
    switch (event.kind) {
        case Kind::run:
            print(text, "runs");
            break;
        case Kind::leave:
            print(text, "{}", event.argument == 0 ? "sleeps, or is off" : "is cut short");
            break;
        case Kind::inject:
            print(text, "was given {} interrupts", event.argument);
            break;
        case Kind::ring:
            print(text, "rings doorbell {}", event.argument);
            break;
        case Kind::exits:
            print(text, "left its guest {} times", event.argument);
            break;
        case Kind::state:
        case Kind::none:
            break;
    }
    return text;
}

std::string_view state_word(Domain::State state) {
    using State = Domain::State;
    switch (state) {
        case State::built:
            return "built";
        case State::running:
            return "running";
        case State::stopping:
            return "stopping";
        case State::stopped:
            return "stopped";
        case State::rebuilding:
            return "rebuilding";
        case State::dismantling:
            return "being taken apart";
        case State::dismantled:
            break;
    }
    return "taken apart";
}

}  // namespace isthmus::core
