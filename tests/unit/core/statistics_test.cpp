// SPDX-License-Identifier: Apache-2.0
// What borrowers read of all domains, and the rings of trace events.
#include "core/device/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/device/peer_status.hpp"
#include "core/domain/domain.hpp"
#include "core/run/trace.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using statistics::CpuRecord;
using statistics::DomainRecord;
using statistics::Event;
using statistics::Kind;
using test::booted;
using test::fake;

struct Seen {
    Kind kind;
    u64 domain;
    u64 vcpu;
    u32 argument;
};

u64 state_word(PeerState state, u32 starts) {
    return u64{starts} << 32 | static_cast<u32>(state);
}

u64 exits_of(const DomainRecord& record) {
    return record.exits_hypercall.load() + record.exits_smc.load() + record.exits_register.load() +
           record.exits_memory.load() + record.exits_interrupt.load() + record.exits_other.load();
}

/// A region for the booted machine, whose plan has none; the first domain borrows it.
class Opened {
  public:
    Opened() {
        booted();
        const usize domains_count = domains().size();
        region_.role = shm::RegionPlan::Role::statistics;
        region_.size = statistics::size(domains_count, 4);
        borrowers_[0] = domains()[0].plan->id;
        region_.borrowers = borrowers_;
        host_[0] = *HostRange::from(HostAddress(0x6000'0000), region_.size);
        region_.host = host_;
        arch::zero_host(host_[0]);
        open_statistics(plan(), region_);
    }
    ~Opened() {
        for (usize cpu = 0; cpu < limits::cpus; ++cpu) {
            per_cpu(cpu).trace = nullptr;
        }
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

    /// As who sees it through the caches.
    template <class T>
    T& at(u64 offset) const {
        return *arch::host_object<T>(host_[0].start() + offset);
    }
    const DomainRecord& look(usize number) const {
        return at<DomainRecord>(statistics::first_domain + number * sizeof(DomainRecord));
    }
    u64 head(usize cpu) const {
        return at<CpuRecord>(statistics::first_cpu(3) + cpu * sizeof(CpuRecord)).head.load();
    }
    /// Those that the ring still holds, the oldest first.
    std::vector<Seen> events(usize cpu) const {
        std::vector<Seen> found;
        const u64 end = head(cpu);
        for (u64 n = end < statistics::ring_events ? 0 : end - statistics::ring_events; n < end;
             ++n) {
            const u64 slot = n % statistics::ring_events * sizeof(Event);
            const auto& event =
                at<Event>(statistics::first_ring(3, 4) + cpu * statistics::ring_bytes + slot);
            const u64 what = event.what.load();
            EXPECT_EQ(what >> 56, n / statistics::ring_events) << "its lap";
            found.push_back({static_cast<Kind>(what >> 48 & 0xff), what >> 40 & 0xff,
                             what >> 32 & 0xff, static_cast<u32>(what)});
        }
        return found;
    }

  private:
    shm::RegionPlan region_;
    std::array<DomainId, 1> borrowers_{};
    std::array<HostRange, 1> host_{};
};

TEST(Statistics, TheHeaderSaysWhatThereIs) {
    const Opened opened;
    EXPECT_TRUE(has_statistics());
    const auto& header = opened.at<statistics::Header>(0);
    EXPECT_EQ(header.magic, 0x7461'7453u);
    EXPECT_EQ(header.version, 1u);
    EXPECT_EQ(header.bytes, statistics::size(3, 4));
    EXPECT_EQ(header.domains, 3u);
    EXPECT_EQ(header.cpus, 4u);
    EXPECT_EQ(header.ring_events, 1024u);
    EXPECT_EQ(header.frequency, arch::counter_frequency());
    EXPECT_EQ(header.period, arch::counter_frequency() / 10);
    EXPECT_STREQ(opened.look(2).name.data(), "domU3");
    EXPECT_EQ(opened.look(2).state.load(), 0u);
    EXPECT_GE(fake().published_bytes, header.bytes) << "also past the caches";
}

TEST(Statistics, AStateIsThereAtOnceWithItsEvent) {
    const Opened opened;
    Domain& domain = domains()[1];
    fake().now += 1000;
    domain.changed_at.store(fake().now);
    tell_statistics(domain);
    EXPECT_EQ(opened.look(1).state.load(), state_word(PeerState::running, domain.starts.load()));
    EXPECT_EQ(opened.look(1).changed.load(), fake().now);
    EXPECT_EQ(opened.look(0).state.load(), 0u) << "another's";
    const auto events = opened.events(0);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, Kind::state);
    EXPECT_EQ(events[0].domain, 1u);
    EXPECT_EQ(events[0].argument, static_cast<u32>(Domain::State::running));
}

TEST(Statistics, TheRingOfEachCpuIsItsOwn) {
    const Opened opened;
    fake().cpu = 2;
    Vcpu& vcpu = domains()[1].vcpus[0];
    trace_run(per_cpu(2), vcpu);
    trace_ring(vcpu, 7);
    trace_leave(per_cpu(2), vcpu, true);
    fake().cpu = 0;
    EXPECT_TRUE(opened.events(0).empty());
    const auto events = opened.events(2);
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].kind, Kind::run);
    EXPECT_EQ(events[1].kind, Kind::ring);
    EXPECT_EQ(events[1].argument, 7u);
    EXPECT_EQ(events[2].kind, Kind::leave);
    EXPECT_EQ(events[2].argument, 1u);
}

TEST(Statistics, ARingThatWrapsLosesTheOldest) {
    const Opened opened;
    for (u32 i = 0; i < 3000; ++i) {
        write_event(per_cpu(0), {Kind::ring, 1, 2, i});
    }
    EXPECT_EQ(opened.head(0), 3000u);
    u32 next = 3000 - 1024;
    for (const Seen& event : opened.events(0)) {
        EXPECT_EQ(event.argument, next++);
        EXPECT_EQ(event.vcpu, 2u);
    }
    EXPECT_EQ(next, 3000u);
}

TEST(Statistics, WithoutARingNothingIsWritten) {
    booted();
    ASSERT_EQ(per_cpu(0).trace, nullptr);
    trace(per_cpu(0), {Kind::ring, 0, 0, 0});
}

/// The timer is the first borrower's CPU's, and its first piece is due when that runs.
TEST(Statistics, CountersComeWithTheTimer) {
    const Opened opened;
    Vcpu& vcpu = domains()[0].vcpus[0];
    fake().cpu = vcpu.host_cpu;
    Vcpu& other = domains()[2].vcpus[0];
    trace_run(per_cpu(vcpu.host_cpu), vcpu);
    other.exits.hypercalls += 5;
    other.exits.memory += 2;
    const u64 before = exits_of(opened.look(2));
    for (int i = 0; i < 10; ++i) {
        fake().now += arch::counter_frequency() / 10;
        per_cpu(vcpu.host_cpu).timers.run(fake().now);
    }
    const DomainRecord& found = opened.look(2);
    EXPECT_EQ(exits_of(found), other.exits.total());
    EXPECT_GE(exits_of(found), before + 7);
    EXPECT_EQ(found.exits_hypercall.load(), other.exits.hypercalls);
    EXPECT_EQ(found.vcpus.load() >> 32, 1u);
    EXPECT_GE(found.updated.load(), fake().now - arch::counter_frequency() / 5);
    const auto events = opened.events(vcpu.host_cpu);
    EXPECT_TRUE(std::ranges::any_of(events, [](const Seen& event) {
        return event.kind == Kind::exits && event.domain == 2 && event.argument >= 7;
    }));
}

}  // namespace
}  // namespace isthmus::core
