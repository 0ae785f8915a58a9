// SPDX-License-Identifier: Apache-2.0
// What follows when a domain has stopped: its last words, its devices, its memory. The CPU that its
// last vCPU left does it, in pieces: one after the other while no guest runs there, else one now
// and then, in nobody's slice.
//
//     its last vCPU left ─▶ last words ─▶ pages ─▶ devices ─┬─▶ memory (on-stop=release) ─┬─▶ ended
//                           a line each   that it named       │   teardown.hpp              │
//                                                             ├─────────────────────────────┘
//                                          order_start ───────┴─▶ rebuild ─▶ it runs again
//                                                                 rebuild.hpp
#pragma once

#include "core/console/log.hpp"
#include "core/domain/answer.hpp"
#include "core/domain/rebuild.hpp"
#include "core/domain/teardown.hpp"

namespace isthmus::core {

struct PerCpu;
struct SoftTimer;

/// How far a stopped domain's ending has come.
struct Ending {
    enum class Stage : u8 { words, pages, devices, memory, rebuild, ended };

    Stage stage = Stage::words;
    Answer answer;
    ConsoleLog::Place place;
    Teardown teardown;
    Rebuild rebuild;
    Domain* next = nullptr;  ///< waits behind it on the same CPU
};

/// So many domains run from now on. After the last one's ending, and with none at once, the machine
/// does what the command line asks for.
void expect_endings(u32 domains);
/// One that has ended is to run again. Any CPU.
void expect_one_more_ending();
/// An answer halts the machine: nothing is started any more.
bool is_halting();

/// The domain's last vCPU has left this CPU, or one that has ended is to be built again here: says
/// so. The rest is put behind what this CPU has to do already.
void begin_ending(Domain& domain);

/// 20 us of this CPU's endings, or a line of the console. False: nothing is left to do.
bool do_piece_of_endings(PerCpu& cpu);

/// Of PerCpu::ending_due: a piece while a guest runs, a tenth of the CPU's time at most.
void fire_ending(SoftTimer& timer, void* per_cpu);

}  // namespace isthmus::core
