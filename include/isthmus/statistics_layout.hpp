// SPDX-License-Identifier: Apache-2.0
// The statistics region as its bytes are: one header, a record for each domain, a record for each
// CPU, and for each CPU a ring of trace events (docs/statistics.md). Guests that borrow it see the
// same layout in include/isthmus_guest/isthmus_statistics.h.
#pragma once

#include <array>
#include <cstddef>

#include "isthmus/atomic.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/units.hpp"

namespace isthmus::statistics {

struct Header {
    static constexpr u32 magic_word = 0x7461'7453;  ///< "Stat"
    static constexpr u32 this_version = 1;

    u32 magic = magic_word;
    u32 version = this_version;
    u64 bytes = 0;         ///< all of it
    u32 first_domain = 0;  ///< where the domains' records begin, in bytes
    u32 domain_bytes = 0;
    u32 domains = 0;
    u32 first_cpu = 0;  ///< where the CPUs' records begin
    u32 cpu_bytes = 0;
    u32 cpus = 0;
    u32 first_ring = 0;  ///< where the rings of events begin, in the order of the CPUs
    u32 ring_events = 0;
    u64 frequency = 0;  ///< ticks in a second
    u64 period = 0;     ///< between two times at which a domain's counters are written; ticks
    std::array<u64, 8> reserved{};
};

/// Written by one CPU, a word at once.
struct DomainRecord {
    std::array<char, limits::name_length> name{};  ///< shorter ones end with NUL
    Atomic<u64> state;    ///< 31:0 PeerState; 63:32 how often it has begun to run
    Atomic<u64> changed;  ///< when its state changed last; ticks
    Atomic<u64> vcpus;    ///< 31:0 that are on; 63:32 all
    Atomic<u64> paused;   ///< 1: its vCPUs stand still
    Atomic<u64> ran;      ///< on CPUs, of all its vCPUs; ticks
    Atomic<u64> exits_hypercall;
    Atomic<u64> exits_smc;
    Atomic<u64> exits_register;
    Atomic<u64> exits_memory;
    Atomic<u64> exits_interrupt;
    Atomic<u64> exits_other;
    Atomic<u64> injected;  ///< interrupts
    Atomic<u64> rings;     ///< of its doorbells, by itself
    Atomic<u64> violations;
    Atomic<u64> last_violation;     ///< when; ticks, 0: there was none
    Atomic<u64> last_violation_pc;  ///< where
    Atomic<u64> updated;            ///< when the words from `vcpus` on were written; last
    std::array<u64, 7> reserved{};
};

/// Written by that CPU.
struct CpuRecord {
    Atomic<u64> head;  ///< how many events its ring was given in all
    std::array<u64, 7> reserved{};
};

/// 16 bytes, two words that are each stored at once.
struct Event {
    Atomic<u64> time;  ///< ticks
    Atomic<u64> what;  ///< 31:0 argument; 39:32 vCPU; 47:40 domain; 55:48 kind; 63:56 lap
};

enum class Kind : u8 {
    none,
    run,     ///< a vCPU begins to run on the CPU
    leave,   ///< it leaves the CPU; argument 1: it was cut short, 0: it sleeps or is off
    inject,  ///< interrupts were injected into a vCPU since its last such event; how many
    ring,    ///< a vCPU rings; argument: the doorbell's number
    state,   ///< a domain's state changes; argument: Domain::State
    exits,   ///< likewise: how often a vCPU left its guest
};

inline constexpr u32 ring_events = 1024;  ///< a power of two
inline constexpr u64 ring_bytes = ring_events * sizeof(Event);
inline constexpr u64 first_domain = sizeof(Header);

static_assert(sizeof(Header) == 128 && offsetof(Header, frequency) == 48);
static_assert(sizeof(DomainRecord) == 256 && offsetof(DomainRecord, updated) == 192);
static_assert(sizeof(CpuRecord) == 64 && sizeof(Event) == 16);
static_assert((ring_events & (ring_events - 1)) == 0 && ring_bytes % page_size == 0);
static_assert(limits::domains < 256 && limits::vcpus_per_domain <= 256);

constexpr u64 first_cpu(usize domains) {
    return first_domain + domains * sizeof(DomainRecord);
}
constexpr u64 first_ring(usize domains, usize cpus) {
    return align_up(first_cpu(domains) + cpus * sizeof(CpuRecord), page_size);
}
/// Of the whole region: a multiple of a page.
constexpr u64 size(usize domains, usize cpus) {
    return first_ring(domains, cpus) + cpus * ring_bytes;
}
/// Of how many CPUs a region of this size is.
constexpr usize cpus_in(usize domains, u64 bytes) {
    usize cpus = 0;
    while (cpus < limits::cpus && size(domains, cpus + 1) <= bytes) {
        ++cpus;
    }
    return cpus;
}

}  // namespace isthmus::statistics
