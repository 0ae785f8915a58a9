// SPDX-License-Identifier: Apache-2.0
// The statistics region, which a domain with `isthmus,statistics` may read: counters of all
// domains, and for each CPU of the machine a ring of the last events. Isthmus writes it, a guest
// may only read it. The guest's tree says where it is, under /reserved-memory:
//
//     isthmus-statistics@22200000 {
//         compatible = "isthmus,statistics-v1";
//         reg = <0x0 0x22200000 0x0 0xa000>;
//         no-map;
//     };
//
//     0x00  magic  version           u32 each: "Stat", 1
//     0x08  bytes                    u64, all of it
//     0x10  first domain, bytes of a domain's record, domains        u32 each
//     0x1c  first CPU, bytes of a CPU's record, CPUs                 u32 each
//     0x28  first ring, events of a ring (a power of two)            u32 each
//     0x30  frequency                u64, ticks of the machine's counter (CNTVCT_EL0) in a second
//     0x38  period                   u64, ticks between two times that a domain's words are written
//
// A domain's record: a name of 64 bytes, then words of 8 bytes (struct isthmus_domain_statistics).
// A CPU's: one word, how many events its ring was given in all, which never goes back. An event: 16
// bytes, the time, then 31:0 argument, 39:32 vCPU, 47:40 domain, 55:48 kind, 63:56 lap.
//
// Every word is stored at once, and no two belong together but the words of one event. Event number
// n stands in slot n modulo the events of a ring, with n divided by them as its lap; Isthmus writes
// it, then the CPU's word. So whoever takes that word before and behind its look knows what it
// missed, exactly. The lap tells events apart where the region is seen past the caches, as Linux's
// /dev/mem does: there they appear ten times a second.
//
// A later version may have longer records and more kinds of events; these stay where they are.
#ifndef ISTHMUS_STATISTICS_H
#define ISTHMUS_STATISTICS_H

#include "isthmus_area.h"
#include "isthmus_peer.h"
#include "isthmus_tree.h"

#if defined(__cplusplus)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

#define ISTHMUS_STATISTICS_MAGIC 0x74617453u  // "Stat"
#define ISTHMUS_STATISTICS_VERSION 1u
#define ISTHMUS_STATISTICS_HEADER 0x40u
#define ISTHMUS_STATISTICS_NAME 64u
#define ISTHMUS_STATISTICS_DOMAIN 200u  // a record of this version

/// Kinds of events, and what their arguments are.
enum {
    ISTHMUS_EVENT_RUN = 1,     // a vCPU begins to run on the CPU
    ISTHMUS_EVENT_LEAVE = 2,   // it leaves the CPU; 1: it was cut short, 0: it sleeps, or is off
    ISTHMUS_EVENT_INJECT = 3,  // interrupts were injected since its last such event; how many
    ISTHMUS_EVENT_RING = 4,    // it rings a doorbell; the number
    ISTHMUS_EVENT_STATE = 5,   // a domain's state has changed; see isthmus_event_state_text()
    ISTHMUS_EVENT_EXITS = 6    // likewise: how often it left its guest
};

/// The region, once it was looked at. Its fields are its own affair.
struct isthmus_statistics {
    const uint8_t* base;
    uint32_t first_domain, domain_bytes, domains;
    uint32_t first_cpu, cpu_bytes, cpus;
    uint32_t first_ring, ring_events;
    uint64_t frequency, period;  // ticks in a second; between two updates
};

/// One domain as it was at `updated`. Times and durations in ticks.
struct isthmus_domain_statistics {
    char name[ISTHMUS_STATISTICS_NAME + 1];
    uint32_t state;   // ISTHMUS_PEER_…
    uint32_t starts;  // how often it has begun to run: one more than its restarts
    uint64_t changed;
    uint32_t vcpus_on, vcpus;
    bool paused;
    uint64_t ran;                                                    // of all its vCPUs
    uint64_t hypercalls, smc, registers, memory, interrupts, other;  // exits
    uint64_t injected;                                               // interrupts
    uint64_t rings;                                                  // of its doorbells, by it
    uint64_t violations, last_violation, last_violation_pc;
    uint64_t updated;
};

struct isthmus_event {
    uint64_t time;
    uint32_t kind, domain, vcpu, argument;
};

/// Where one reader is in the ring of one CPU.
struct isthmus_trace {
    uint32_t cpu;
    uint64_t next;  // number of the event that comes next
    uint64_t lost;  // overwritten before this reader came
};

/// Where the guest sees the region: OK, NOT_FOUND or BAD_TREE.
static inline int isthmus_find_statistics(const void* blob, size_t size, uint64_t* address,
                                          uint64_t* bytes) {
    struct isthmus_tree tree;
    struct isthmus_walk walk = isthmus_walk_begin();
    struct isthmus_node node;
    int status = isthmus_tree_open(&tree, blob, size);
    while (status == ISTHMUS_OK) {
        status = isthmus_next_compatible(&tree, &walk, "isthmus,statistics-v1", &node);
        if (status == ISTHMUS_OK && isthmus_get_reg(&tree, &node, address, bytes)) {
            return ISTHMUS_OK;
        }
    }
    return status;
}

static inline uint64_t isthmus_statistics_word(const uint8_t* base, uint64_t offset) {
    return ISTHMUS_LOAD_ACQUIRE((const uint64_t*)(const void*)(base + offset));
}

static inline uint32_t isthmus_statistics_half(const uint8_t* base, uint64_t offset) {
    return ISTHMUS_LOAD((const uint32_t*)(const void*)(base + offset));
}

/// Whether `count` records of `each` bytes lie within the region from `first` on.
static inline bool isthmus_statistics_fits(uint64_t bytes, uint32_t first, uint64_t each,
                                           uint32_t count) {
    return first % 8 == 0 && each % 8 == 0 && each != 0 && first >= ISTHMUS_STATISTICS_HEADER &&
           first <= bytes && count <= (bytes - first) / each;
}

/// `base`: where the caller sees it, 8-byte aligned. OK; INVALID: not aligned, too small, or no
/// statistics; VERSION: those of another layout.
static inline int isthmus_statistics_open(struct isthmus_statistics* all, const void* base,
                                          uint64_t bytes) {
    const uint8_t* at = (const uint8_t*)base;
    if (base == NULL || (uintptr_t)base % 8 != 0 || bytes < ISTHMUS_STATISTICS_HEADER ||
        isthmus_statistics_half(at, 0x0) != ISTHMUS_STATISTICS_MAGIC) {
        return ISTHMUS_INVALID;
    }
    if (isthmus_statistics_half(at, 0x4) != ISTHMUS_STATISTICS_VERSION) {
        return ISTHMUS_VERSION;
    }
    all->base = at;
    all->first_domain = isthmus_statistics_half(at, 0x10);
    all->domain_bytes = isthmus_statistics_half(at, 0x14);
    all->domains = isthmus_statistics_half(at, 0x18);
    all->first_cpu = isthmus_statistics_half(at, 0x1c);
    all->cpu_bytes = isthmus_statistics_half(at, 0x20);
    all->cpus = isthmus_statistics_half(at, 0x24);
    all->first_ring = isthmus_statistics_half(at, 0x28);
    all->ring_events = isthmus_statistics_half(at, 0x2c);
    all->frequency = isthmus_statistics_word(at, 0x30);
    all->period = isthmus_statistics_word(at, 0x38);
    const bool is_power = all->ring_events != 0 && (all->ring_events & (all->ring_events - 1)) == 0;
    return is_power && all->frequency != 0 && all->domain_bytes >= ISTHMUS_STATISTICS_DOMAIN &&
                   isthmus_statistics_fits(bytes, all->first_domain, all->domain_bytes,
                                           all->domains) &&
                   isthmus_statistics_fits(bytes, all->first_cpu, all->cpu_bytes, all->cpus) &&
                   isthmus_statistics_fits(bytes, all->first_ring, (uint64_t)all->ring_events * 16,
                                           all->cpus)
               ? ISTHMUS_OK
               : ISTHMUS_INVALID;
}

/// The domain of this number: OK or NOT_FOUND.
static inline int isthmus_statistics_domain(const struct isthmus_statistics* all, uint32_t number,
                                            struct isthmus_domain_statistics* domain) {
    if (number >= all->domains) {
        return ISTHMUS_NOT_FOUND;
    }
    const uint8_t* at = all->base + all->first_domain + (uint64_t)number * all->domain_bytes;
    for (uint32_t i = 0; i < ISTHMUS_STATISTICS_NAME; ++i) {
        domain->name[i] = (char)ISTHMUS_LOAD(at + i);
    }
    domain->name[ISTHMUS_STATISTICS_NAME] = '\0';
    domain->updated = isthmus_statistics_word(at, 192);
    const uint64_t state = isthmus_statistics_word(at, 64);
    domain->state = (uint32_t)state;
    domain->starts = (uint32_t)(state >> 32);
    domain->changed = isthmus_statistics_word(at, 72);
    const uint64_t vcpus = isthmus_statistics_word(at, 80);
    domain->vcpus_on = (uint32_t)vcpus;
    domain->vcpus = (uint32_t)(vcpus >> 32);
    domain->paused = isthmus_statistics_word(at, 88) != 0;
    domain->ran = isthmus_statistics_word(at, 96);
    domain->hypercalls = isthmus_statistics_word(at, 104);
    domain->smc = isthmus_statistics_word(at, 112);
    domain->registers = isthmus_statistics_word(at, 120);
    domain->memory = isthmus_statistics_word(at, 128);
    domain->interrupts = isthmus_statistics_word(at, 136);
    domain->other = isthmus_statistics_word(at, 144);
    domain->injected = isthmus_statistics_word(at, 152);
    domain->rings = isthmus_statistics_word(at, 160);
    domain->violations = isthmus_statistics_word(at, 168);
    domain->last_violation = isthmus_statistics_word(at, 176);
    domain->last_violation_pc = isthmus_statistics_word(at, 184);
    return ISTHMUS_OK;
}

static inline uint64_t isthmus_domain_exits(const struct isthmus_domain_statistics* domain) {
    return domain->hypercalls + domain->smc + domain->registers + domain->memory +
           domain->interrupts + domain->other;
}

static inline uint64_t isthmus_trace_head(const struct isthmus_statistics* all, uint32_t cpu) {
    return isthmus_statistics_word(all->base, all->first_cpu + (uint64_t)cpu * all->cpu_bytes);
}

/// The oldest event that a ring with `head` still holds: the slot before it may be in work.
static inline uint64_t isthmus_trace_oldest(const struct isthmus_statistics* all, uint64_t head) {
    return head < all->ring_events ? 0 : head - all->ring_events + 1;
}

/// Begins with the oldest event that the ring of this CPU, which is less than `all->cpus`, holds.
static inline struct isthmus_trace isthmus_trace_begin(const struct isthmus_statistics* all,
                                                       uint32_t cpu) {
    struct isthmus_trace trace;
    trace.cpu = cpu;
    trace.next = isthmus_trace_oldest(all, isthmus_trace_head(all, cpu));
    trace.lost = 0;
    return trace;
}

/// The next event: OK, or EMPTY. What was overwritten before is added to `trace->lost`.
static inline int isthmus_trace_next(const struct isthmus_statistics* all,
                                     struct isthmus_trace* trace, struct isthmus_event* event) {
    const uint64_t ring = all->first_ring + (uint64_t)trace->cpu * all->ring_events * 16;
    uint64_t oldest = isthmus_trace_oldest(all, isthmus_trace_head(all, trace->cpu));
    for (;;) {
        if (trace->next < oldest) {
            trace->lost += oldest - trace->next;
            trace->next = oldest;
        }
        if (trace->next >= isthmus_trace_head(all, trace->cpu)) {
            return ISTHMUS_EMPTY;
        }
        const uint64_t slot = ring + trace->next % all->ring_events * 16;
        event->time = isthmus_statistics_word(all->base, slot);
        const uint64_t what = isthmus_statistics_word(all->base, slot + 8);
        oldest = isthmus_trace_oldest(all, isthmus_trace_head(all, trace->cpu));
        if (trace->next < oldest) {
            continue;  // it was overwritten meanwhile
        }
        if (what >> 56 != (trace->next / all->ring_events & 0xff)) {
            return ISTHMUS_EMPTY;  // past the caches, what is counted is not there yet
        }
        event->argument = (uint32_t)what;
        event->vcpu = (uint32_t)(what >> 32) & 0xff;
        event->domain = (uint32_t)(what >> 40) & 0xff;
        event->kind = (uint32_t)(what >> 48) & 0xff;
        trace->next += 1;
        return ISTHMUS_OK;
    }
}

/// For messages to people.
static inline const char* isthmus_event_text(uint32_t kind) {
    static const char* const texts[] = {"nothing", "run",   "leave", "inject",
                                        "ring",    "state", "exits"};
    return kind <= ISTHMUS_EVENT_EXITS ? texts[kind] : "unknown";
}

static inline const char* isthmus_event_state_text(uint32_t argument) {
    static const char* const texts[] = {"built",      "running",     "stopping",  "stopped",
                                        "rebuilding", "dismantling", "dismantled"};
    return argument < sizeof(texts) / sizeof(texts[0]) ? texts[argument] : "unknown";
}

#if defined(__cplusplus)
#pragma GCC diagnostic pop
#endif
#endif
