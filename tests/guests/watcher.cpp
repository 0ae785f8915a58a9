// SPDX-License-Identifier: Apache-2.0
// Borrows the statistics region (docs/statistics.md) and looks at domain `peer=NAME` in it, with
// the MMU off, so past the caches: waits until its counters move, then until it has stopped, and
// then reads all rings to their ends. `do=poke` writes to the region instead, which it may not.
// Says what it saw, and "watcher: ok" or "watcher: FAILED: …".
#include "isthmus_guest/isthmus_statistics.h"

#include "runtime/mmio.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 patience_ms = 20'000;

constinit isthmus_statistics all{};
constinit isthmus_domain_statistics found{};

u32 number_of(std::string_view name) {
    for (u32 i = 0; i < all.domains; ++i) {
        if (isthmus_statistics_domain(&all, i, &found) == ISTHMUS_OK && name == found.name) {
            return i;
        }
    }
    die("watcher: FAILED: no domain of this name");
}

template <class Wanted>
bool wait_for(u32 domain, Wanted is_wanted) {
    const u64 end = now() + milliseconds(patience_ms);
    while (now() < end) {
        isthmus_statistics_domain(&all, domain, &found);
        if (is_wanted()) {
            return true;
        }
        wait_until(now() + milliseconds(10));
    }
    return false;
}

struct Seen {
    u32 kinds = 0;  ///< a bit each
    u64 events = 0;
    u64 lost = 0;
    bool is_sorted = true;
    bool saw_stop = false;
};

void read_ring(u32 cpu, u32 peer, Seen& seen) {
    constexpr u32 stopped = 3;
    isthmus_trace trace = isthmus_trace_begin(&all, cpu);
    isthmus_event event{};
    u64 last = 0;
    while (isthmus_trace_next(&all, &trace, &event) == ISTHMUS_OK) {
        seen.is_sorted = seen.is_sorted && event.time >= last && event.time <= now();
        last = event.time;
        seen.kinds |= 1u << event.kind;
        seen.saw_stop = seen.saw_stop || (event.kind == ISTHMUS_EVENT_STATE &&
                                          event.domain == peer && event.argument == stopped);
        ++seen.events;
    }
    seen.lost += trace.lost;
}

}  // namespace

void guest_main() {
    u64 address = 0;
    u64 bytes = 0;
    if (isthmus_find_statistics(tree().blob(), tree().size(), &address, &bytes) != ISTHMUS_OK) {
        die("watcher: FAILED: the tree has no statistics");
    }
    if (tree().option("do") == "poke") {
        write32(address, 0);
        die("watcher: FAILED: it could be written");
    }
    const auto* base = reinterpret_cast<const void*>(address);
    if (isthmus_statistics_open(&all, base, bytes) != ISTHMUS_OK) {
        die("watcher: FAILED: no statistics where the tree says");
    }
    say("watcher: {} domains, {} CPUs", all.domains, all.cpus);
    const u32 peer = number_of(tree().option("peer"));
    const bool runs = wait_for(peer, [] { return found.state == ISTHMUS_PEER_RUNNING; });
    const u64 first = isthmus_domain_exits(&found);
    if (!runs || !wait_for(peer, [&] { return isthmus_domain_exits(&found) > first; })) {
        die("watcher: FAILED: no counter moves");
    }
    say("watcher: {} runs, start {}, its counters move", std::string_view(found.name),
        found.starts);
    const bool is_over = wait_for(peer, [] { return found.state == ISTHMUS_PEER_STOPPED; });
    wait_until(now() + 2 * all.period);  // the rings, past the caches
    isthmus_statistics_domain(&all, peer, &found);
    if (!is_over || found.vcpus_on != 0 || found.ran == 0) {
        die("watcher: FAILED: it does not stop");
    }
    Seen seen;
    for (u32 cpu = 0; cpu < all.cpus; ++cpu) {
        read_ring(cpu, peer, seen);
    }
    say("watcher: {} is {}; kinds of events {x}, lost {}", std::string_view(found.name),
        std::string_view(isthmus_peer_text(found.state)), seen.kinds, seen.lost);
    const bool is_good = seen.is_sorted && seen.saw_stop && seen.lost == 0;
    say("watcher: {}", is_good ? "ok" : "FAILED: the events");
}

}  // namespace isthmus::guest
