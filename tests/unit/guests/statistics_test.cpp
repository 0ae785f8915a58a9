// SPDX-License-Identifier: Apache-2.0
// The header by which guests read the statistics: what it refuses, and how it counts what is lost.
#include "isthmus_guest/isthmus_statistics.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace isthmus::guest {
namespace {

constexpr std::uint32_t events = 8;
constexpr std::size_t cpu_at = 0x80 + 256;
constexpr std::size_t ring_at = 0x400;
constexpr std::size_t bytes = ring_at + events * 16;

/// One domain, one CPU with a ring of eight events.
class Region {
  public:
    Region() : words_(bytes / 8) {
        const std::uint32_t header[] = {ISTHMUS_STATISTICS_MAGIC,
                                        1,
                                        bytes,
                                        0,
                                        0x80,
                                        256,
                                        1,
                                        cpu_at,
                                        64,
                                        1,
                                        ring_at,
                                        events,
                                        1000,
                                        0,
                                        100,
                                        0};
        std::memcpy(words_.data(), header, sizeof(header));
    }
    void half(std::size_t offset, std::uint32_t value) {
        std::memcpy(reinterpret_cast<char*>(words_.data()) + offset, &value, sizeof(value));
    }
    std::uint64_t& word(std::size_t offset) { return words_[offset / 8]; }
    int open(std::uint64_t size = bytes) {
        return isthmus_statistics_open(&all, words_.data(), size);
    }
    /// As Isthmus writes it.
    void write(std::uint32_t argument) {
        const std::uint64_t number = word(cpu_at);
        put(number, argument);
        word(cpu_at) = number + 1;
    }
    void put(std::uint64_t number, std::uint32_t argument) {
        const std::size_t slot = ring_at + number % events * 16;
        word(slot) = 1000 + number;
        word(slot + 8) = (number / events & 0xff) << 56 | std::uint64_t{ISTHMUS_EVENT_RING} << 48 |
                         std::uint64_t{2} << 40 | std::uint64_t{3} << 32 | argument;
    }

    isthmus_statistics all{};

  private:
    std::vector<std::uint64_t> words_;
};

TEST(StatisticsHeader, RefusesWhatCannotBe) {
    Region good;
    EXPECT_EQ(good.open(), ISTHMUS_OK);
    EXPECT_EQ(good.open(bytes - 8), ISTHMUS_INVALID);
    EXPECT_EQ(good.open(0x3f), ISTHMUS_INVALID);
    const struct {
        std::size_t offset;
        std::uint32_t value;
        int status;
    } cases[] = {
        {0x00, 0, ISTHMUS_INVALID},     {0x04, 2, ISTHMUS_VERSION},   {0x10, 0x81, ISTHMUS_INVALID},
        {0x10, 0x38, ISTHMUS_INVALID},  {0x14, 192, ISTHMUS_INVALID}, {0x18, 8, ISTHMUS_INVALID},
        {0x1c, bytes, ISTHMUS_INVALID}, {0x20, 0, ISTHMUS_INVALID},   {0x24, 99, ISTHMUS_INVALID},
        {0x28, ~0u, ISTHMUS_INVALID},   {0x2c, 6, ISTHMUS_INVALID},   {0x2c, 0, ISTHMUS_INVALID},
        {0x30, 0, ISTHMUS_INVALID}};
    for (const auto& wrong : cases) {
        Region region;
        region.half(wrong.offset, wrong.value);
        EXPECT_EQ(region.open(), wrong.status) << wrong.offset << " = " << wrong.value;
    }
}

TEST(StatisticsHeader, ReadsADomain) {
    Region region;
    ASSERT_EQ(region.open(), ISTHMUS_OK);
    std::memset(&region.word(0x80), 'n', 64);
    for (std::size_t at = 64; at <= 192; at += 8) {
        region.word(0x80 + at) = at;
    }
    region.word(0x80 + 64) = std::uint64_t{5} << 32 | ISTHMUS_PEER_STOPPED;
    region.word(0x80 + 80) = std::uint64_t{4} << 32 | 3;
    isthmus_domain_statistics domain{};
    ASSERT_EQ(isthmus_statistics_domain(&region.all, 0, &domain), ISTHMUS_OK);
    EXPECT_EQ(std::string_view(domain.name), std::string(64, 'n')) << "without a NUL of its own";
    EXPECT_EQ(domain.state, static_cast<std::uint32_t>(ISTHMUS_PEER_STOPPED));
    EXPECT_EQ(domain.starts, 5u);
    EXPECT_EQ(domain.changed, 72u);
    EXPECT_EQ(domain.vcpus_on, 3u);
    EXPECT_EQ(domain.vcpus, 4u);
    EXPECT_TRUE(domain.paused);
    EXPECT_EQ(domain.ran, 96u);
    EXPECT_EQ(isthmus_domain_exits(&domain), 104u + 112 + 120 + 128 + 136 + 144);
    EXPECT_EQ(domain.injected, 152u);
    EXPECT_EQ(domain.rings, 160u);
    EXPECT_EQ(domain.violations, 168u);
    EXPECT_EQ(domain.last_violation, 176u);
    EXPECT_EQ(domain.last_violation_pc, 184u);
    EXPECT_EQ(domain.updated, 192u);
    EXPECT_EQ(isthmus_statistics_domain(&region.all, 1, &domain), ISTHMUS_NOT_FOUND);
}

TEST(StatisticsHeader, ReadsEventsInTheirOrder) {
    Region region;
    ASSERT_EQ(region.open(), ISTHMUS_OK);
    isthmus_trace trace = isthmus_trace_begin(&region.all, 0);
    isthmus_event event{};
    EXPECT_EQ(isthmus_trace_next(&region.all, &trace, &event), ISTHMUS_EMPTY);
    for (std::uint32_t number = 0; number < 5000; ++number) {  // also past 256 laps
        region.write(number);
        ASSERT_EQ(isthmus_trace_next(&region.all, &trace, &event), ISTHMUS_OK) << number;
        EXPECT_EQ(event.argument, number);
        EXPECT_EQ(event.time, 1000u + number);
        EXPECT_EQ(event.kind, static_cast<std::uint32_t>(ISTHMUS_EVENT_RING));
        EXPECT_EQ(event.domain, 2u);
        EXPECT_EQ(event.vcpu, 3u);
        ASSERT_EQ(isthmus_trace_next(&region.all, &trace, &event), ISTHMUS_EMPTY);
    }
    EXPECT_EQ(trace.lost, 0u);
}

TEST(StatisticsHeader, KnowsExactlyWhatItLost) {
    Region region;
    ASSERT_EQ(region.open(), ISTHMUS_OK);
    isthmus_trace trace = isthmus_trace_begin(&region.all, 0);
    for (std::uint32_t number = 0; number < 20; ++number) {
        region.write(number);
    }
    isthmus_event event{};
    std::uint64_t read = 0;
    while (isthmus_trace_next(&region.all, &trace, &event) == ISTHMUS_OK) {
        EXPECT_EQ(event.argument, 13 + read) << "the slot of number 12 may be in work";
        ++read;
    }
    EXPECT_EQ(read, 7u);
    EXPECT_EQ(trace.lost, 13u);
    EXPECT_EQ(isthmus_trace_begin(&region.all, 0).next, 13u);
    EXPECT_EQ(isthmus_trace_begin(&region.all, 0).lost, 0u) << "from before it began";
}

TEST(StatisticsHeader, AnEventThatIsCountedAndNotThereYetIsNotRead) {
    Region region;
    ASSERT_EQ(region.open(), ISTHMUS_OK);
    for (std::uint32_t number = 0; number < events; ++number) {
        region.write(number);
    }
    isthmus_trace trace = isthmus_trace_begin(&region.all, 0);
    trace.next = events;
    region.word(cpu_at) = events + 1;  // past the caches: the count is new, its slot is old
    isthmus_event event{};
    EXPECT_EQ(isthmus_trace_next(&region.all, &trace, &event), ISTHMUS_EMPTY);
    region.put(events, 77);
    ASSERT_EQ(isthmus_trace_next(&region.all, &trace, &event), ISTHMUS_OK);
    EXPECT_EQ(event.argument, 77u);
    EXPECT_EQ(trace.lost, 0u);
}

TEST(StatisticsHeader, SaysWhatItIsInWords) {
    EXPECT_STREQ(isthmus_event_text(ISTHMUS_EVENT_EXITS), "exits");
    EXPECT_STREQ(isthmus_event_text(7), "unknown");
    EXPECT_STREQ(isthmus_event_state_text(3), "stopped");
    EXPECT_STREQ(isthmus_event_state_text(7), "unknown");
}

}  // namespace
}  // namespace isthmus::guest
