// SPDX-License-Identifier: Apache-2.0
// How long a CPU was in EL2 at most.
#include "core/run/flight_recorder.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "isthmus/arch/time.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::booted;
using test::fake;

std::string text_of(const FlightRecorder& recorder) {
    TextBuffer<240> text;
    print_stretches(text, recorder);
    return std::string(text.view());
}

TEST(FlightRecorder, KeepsTheLongestOfEachKind) {
    FlightRecorder recorder;
    EXPECT_EQ(recorder.longest(Stretch::hypercall), 0u);
    for (const u64 ticks : {5u, 9u, 7u}) {
        recorder.begin(Stretch::hypercall, 100);
        recorder.end(100 + ticks, false);
    }
    recorder.begin(Stretch::memory, 200);
    recorder.end(203, false);
    EXPECT_EQ(recorder.longest(Stretch::hypercall), 9u);
    EXPECT_EQ(recorder.longest(Stretch::memory), 3u);
    EXPECT_EQ(recorder.longest(Stretch::wake), 0u);
    EXPECT_EQ(recorder.longest_masked(), 0u);
}

TEST(FlightRecorder, OneThatTurnsOutToBeAPieceIsAPieceFromItsBeginning) {
    FlightRecorder recorder;
    recorder.begin(Stretch::interrupt, 100);
    recorder.name(Stretch::piece);
    recorder.end(150, false);
    EXPECT_EQ(recorder.longest(Stretch::interrupt), 0u);
    EXPECT_EQ(recorder.longest(Stretch::piece), 50u);
}

TEST(FlightRecorder, AnInterruptWaitsNoLongerThanTheStretchInWhichItCame) {
    FlightRecorder recorder;
    recorder.begin(Stretch::memory, 100);
    recorder.end(130, true);
    recorder.begin(Stretch::smc, 200);
    recorder.end(220, true);
    recorder.begin(Stretch::other, 300);
    recorder.end(390, false);
    EXPECT_EQ(recorder.longest_masked(), 30u);
}

TEST(FlightRecorder, WhatHasEndedOnceEndsNoMore) {
    FlightRecorder recorder;
    recorder.end(1000, true);
    recorder.begin(Stretch::smc, 100);
    recorder.end(104, false);
    recorder.end(900, true);
    EXPECT_EQ(recorder.longest(Stretch::smc), 4u);
    EXPECT_EQ(recorder.longest_masked(), 0u);
}

TEST(FlightRecorder, OfACpuThatHasOneAlone) {
    booted();
    FlightRecorder recorder;
    PerCpu& with = per_cpu(1);
    PerCpu& without = per_cpu(2);
    with.recorder = &recorder;
    for (PerCpu* cpu : {&with, &without}) {
        begin_stretch(*cpu, Stretch::wake);
        fake().now += 1000;
        name_stretch(*cpu, Stretch::other);
        end_stretch(*cpu);
    }
    with.recorder = nullptr;
    EXPECT_GE(recorder.longest(Stretch::other), 1000u);
}

/// Nanoseconds, whatever the machine's clock; kinds of which there was none are left out.
TEST(FlightRecorder, IsToldInNanoseconds) {
    booted();
    FlightRecorder recorder;
    EXPECT_EQ(text_of(recorder), "with an interrupt pending 0");
    recorder.begin(Stretch::system_register, 1);
    recorder.end(1 + arch::counter_frequency(), true);
    EXPECT_EQ(text_of(recorder), "register 1000000000, with an interrupt pending 1000000000");
}

}  // namespace
}  // namespace isthmus::core
