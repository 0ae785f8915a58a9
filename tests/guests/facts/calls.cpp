// SPDX-License-Identifier: Apache-2.0
// Answers to calls that change nothing: SMC Calling Convention, PSCI, Xen's.
#include "facts/facts.hpp"
#include "runtime/smccc.hpp"

namespace isthmus::guest::facts {
namespace {

constexpr u64 smc64 = 0x4000'0000;
constexpr u64 arch_features = 0x8000'0001;

u64 own_mpidr() {
    return tree().cpu(0).value_or(0);
}

struct Call {
    std::string_view name;
    u64 function;
    u64 (*first)() = nullptr;
    u64 second = 0;
    u64 third = 0;
};
constexpr Call calls[] = {
    {"smccc-version", 0x8000'0000},
    {"psci-version", psci::version},
    {"psci-migrate", 0x8400'0005, own_mpidr},
    {"psci-migrate-64", 0xc400'0005, own_mpidr},
    {"psci-migrate-info-type", psci::migrate_info_type},
    {"psci-migrate-info-up-cpu", 0x8400'0007},
    {"psci-migrate-info-up-cpu-64", 0xc400'0007},
    {"psci-info-self", psci::affinity_info, own_mpidr},
    {"psci-info-self-32", psci::affinity_info & ~smc64, own_mpidr},
    {"psci-info-level-1", psci::affinity_info, own_mpidr, 1},
    {"psci-info-nobody", psci::affinity_info, [] { return u64{0x00ab'cdef}; }},
    {"psci-info-cpu-1", psci::affinity_info, [] { return tree().cpu(1).value_or(1); }},
    {"psci-on-self", psci::cpu_on, own_mpidr, 0x4000'0000},
    {"psci-on-nobody", psci::cpu_on, [] { return u64{0x00ab'cdef}; }, 0x4000'0000},
    {"psci-freeze", 0x8400'000b},
    {"psci-default-suspend", 0x8400'000c},
    {"psci-node-hw-state", 0x8400'000d, own_mpidr},
    {"psci-suspend-mode", 0x8400'000f},
    {"psci-stat-residency", 0x8400'0010, own_mpidr},
    {"psci-reset2-unknown", 0x8400'0012, [] { return u64{0x1234}; }},
    {"psci-mem-protect", 0x8400'0013},
    {"psci-unknown", 0x8400'001f},
    {"soc-id", 0x8000'0002},
    {"workaround-1", 0x8000'8000},
    {"workaround-2", 0x8000'7fff, [] { return u64{1}; }},
    {"workaround-3", 0x8000'3fff},
    {"trng-version", 0x8400'0050},
    {"stolen-time-features", 0xc500'0020, [] { return u64{0xc500'0021}; }},
    {"firmware-calls", 0x8200'ff00},
    {"standard-calls", 0x8400'ff00},
    {"standard-uid", 0x8400'ff01},
    {"standard-revision", 0x8400'ff03},
    {"hypervisor-calls", 0x8600'ff00},
    {"hypervisor-uid", 0x8600'ff01},
    {"hypervisor-revision", 0x8600'ff03},
    {"trusted-os-uid", 0xbf00'ff01},
    {"unknown-arch", 0x8000'1234},
    {"unknown-fast-64", 0xc600'1234},
    {"unknown-yielding", 0x0400'1234},
};

template <class Caller>
void call_by(std::string_view group, Caller caller) {
    for (const Call& call : calls) {
        fact_of(group, call.name, [&] {
            return caller(call.function, call.first != nullptr ? call.first() : 0, call.second,
                          call.third);
        });
    }
}

void features() {
    for (const u64 convention : {u64{0}, smc64}) {
        for (u64 number = 0; number <= 0x1f; ++number) {
            const u64 function = 0x8400'0000 | convention | number;
            TextBuffer<24> name;
            print(name, "{x}", function);
            fact("psci-features", name.view(), hvc(psci::features, function));
        }
    }
    fact("psci-features", "smccc-version", hvc(psci::features, 0x8000'0000));
    for (const u64 asked : {0x8000'0000, 0x8000'0001, 0x8000'0002, 0x8000'0003, 0x8000'3fff,
                            0x8000'7fff, 0x8000'8000, 0x8400'0000, 0x8000'1234}) {
        TextBuffer<24> name;
        print(name, "{x}", asked);
        fact("arch-features", name.view(), hvc(arch_features, asked));
    }
}

/// A call whose structure is `words`, and the word of it that comes back.
void xen_fact(std::string_view name, u64 number, u64 operation, std::array<u32, 6> words,
              usize answer) {
    const auto result =
        static_cast<i64>(xen_hypercall(number, operation, reinterpret_cast<u64>(&words)));
    TextBuffer<40> key;
    print(key, "{}", name);
    fact("xen", key.view(), static_cast<u64>(result));
    if (result >= 0 && answer < words.size()) {
        print(key, "-word");
        fact("xen", key.view(), words[answer]);
    }
}

/// Rightly and wrongly, what needs no page of events. A domain is itself 0x7ff0.
void xen_facts() {
    constexpr u32 self = 0x7ff0;
    constexpr usize none = 9;
    constexpr u64 memory = 12, version = 17, vcpu = 24, sched = 29, events = 32, hvm = 34;
    fact("xen", "version", xen_hypercall(version, 0, 0));
    fact("xen", "pagesize", xen_hypercall(version, 7, 0));
    fact("xen", "version-11", xen_hypercall(version, 11, 0));
    xen_fact("features", version, 6, {0}, 1);
    xen_fact("features-1", version, 6, {1}, 1);
    xen_fact("send-0", events, 4, {0}, none);
    xen_fact("send-free", events, 4, {77}, none);
    xen_fact("send-beyond", events, 4, {0x20000}, none);
    xen_fact("bind-ipi", events, 7, {0, 0}, none);
    xen_fact("bind-ipi-nobody", events, 7, {99, 0}, none);
    xen_fact("bind-virq-timer", events, 1, {0, 0, 0}, none);
    xen_fact("bind-virq-again", events, 1, {0, 0, 0}, none);
    xen_fact("bind-virq-24", events, 1, {24, 0, 0}, none);
    xen_fact("close-free", events, 3, {77}, none);
    xen_fact("status-free", events, 5, {self, 77}, 2);
    xen_fact("status-beyond", events, 5, {self, 0x20000}, 2);
    xen_fact("bind-vcpu-free", events, 8, {77, 0}, none);
    xen_fact("unmask-beyond", events, 9, {0x20000}, none);
    xen_fact("alloc-unbound-self", events, 6, {self | self << 16, 0}, none);
    xen_fact("bind-interdomain-nobody", events, 0, {500, 1, 0}, none);
    xen_fact("events-99", events, 99, {}, none);
    xen_fact("store-evtchn", hvm, 1, {self, 2, 0, 0}, 2);
    xen_fact("param-99", hvm, 1, {self, 99, 0, 0}, none);
    xen_fact("vcpu-info-offset", vcpu, 10, {0}, none);
    xen_fact("vcpu-is-up", vcpu, 3, {0}, none);
    xen_fact("physmap-space-9", memory, 7, {self, 9}, none);
    xen_fact("poll-0", sched, 3, {0, 0, 0, 0, 1, 0}, none);
    xen_fact("yield", sched, 0, {}, none);
}

}  // namespace

void call_facts() {
    call_by("hvc", [](u64 f, u64 a, u64 b, u64 c) { return hvc(f, a, b, c); });
    call_by("smc", [](u64 f, u64 a, u64 b, u64 c) { return smc(f, a, b, c); });
    features();
    for (u64 number = 0; number < 64; ++number) {
        TextBuffer<24> name;
        print(name, "{}", number);
        fact("hypercall", name.view(), xen_hypercall(number, ~u64{0}, ~u64{0}));
    }
    xen_facts();
    fact_of("call", "hvc-1", [] {
        asm volatile("hvc #1" ::: "x0", "x1", "x2", "x3", "memory");
        return u64{0};
    });
    fact_of("call", "smc-1", [] {
        asm volatile("smc #1" ::: "x0", "x1", "x2", "x3", "memory");
        return u64{0};
    });
}

}  // namespace isthmus::guest::facts
