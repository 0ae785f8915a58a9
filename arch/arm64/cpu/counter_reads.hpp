// SPDX-License-Identifier: Apache-2.0
// Reading a counter that is wrong now and then, until it cannot be wrong. Pure: compiled and tested
// on the host.
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/counter_erratum.hpp"

namespace isthmus::arch {

/// More reads in a row than any of the faults lasts.
inline constexpr unsigned most_counter_reads = 200;

/// Whether the second of two reads in a row may be believed.
constexpr bool is_stable(u8 errata, u64 first, u64 second) {
    constexpr u64 near = 32;         // ticks between two reads, at most
    constexpr u64 low = bit(9) - 1;  // where the Allwinner's counter rolls over
    const bool moved = (errata & fsl_a008585) != 0 && first != second;
    const bool jumped = (errata & hisilicon_161010101) != 0 && second - first >= near;
    const bool rolls = (errata & allwinner_unknown1) != 0 && ((second + 1) & low) <= 1;
    return !moved && !jumped && !rolls;
}

/// `read()` gives the counter as the CPU has it. A counter that never comes to rest is believed in
/// the end.
template <class Read>
u64 stable_count(u8 errata, Read&& read) {
    u64 first = read();
    u64 second = read();
    for (unsigned i = 0; i < most_counter_reads && !is_stable(errata, first, second); ++i) {
        first = read();
        second = read();
    }
    // Of the A73 one of two reads is right: the earlier one when the upper half changed between.
    const bool crossed = ((first ^ second) & bit(32)) != 0;
    return (errata & arm_858921) != 0 && crossed ? first : second;
}

}  // namespace isthmus::arch
