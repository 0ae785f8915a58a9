// SPDX-License-Identifier: Apache-2.0
// What Isthmus's command line asks for (docs/bindings.md, "Hypervisor arguments").
#pragma once

#include <optional>
#include <string_view>

#include "isthmus/log.hpp"
#include "isthmus/types.hpp"
#include "isthmus/units.hpp"
#include "isthmus/visible.hpp"

namespace isthmus::dom0less {

struct Options {
    /// How the CPUs of a pool are given to vCPUs: `null`, one to each; `rr`, in turns. Where nobody
    /// has named one the planner chooses (`as_fits`): null if every vCPU finds a CPU, else rr.
    enum class Scheduler : u8 { null, rr, as_fits };
    /// What follows when no guest runs any more.
    enum class OnLastOff : u8 { halt, poweroff, reset };

    /// Whether the console's input comes to Isthmus itself, too, and what it may be told to do
    /// there: nothing; to show; to stop and start guests.
    enum class Prompt : u8 { off, read, control };

    OnLastOff on_last_off = OnLastOff::halt;
    std::string_view dtuart;  ///< empty: the tree's stdout-path; fdt::no_console: none
    /// `guest-output`: how what guests say is shown on the console.
    TextForm guest_output = TextForm::utf8;
    char conswitch = 'a';  ///< Ctrl- and this letter, three times, moves the input
    /// `on-stop=release`: a stopped guest is taken apart and its memory given back; the default,
    /// keep, changes nothing at run time.
    bool release_stopped = false;
    std::string_view inject;  ///< a fault on purpose, in builds for tests (core/boot/inject.hpp)
    Scheduler scheduler = Scheduler::as_fits;  ///< of pools that name none
    u32 slice_ms = 5;  ///< `sched-slice`: how long a vCPU runs in turn, milliseconds
    LogLevel log_level = LogLevel::normal;        ///< of Isthmus's lines
    LogLevel guest_log_level = LogLevel::normal;  ///< of those about what a guest may not do
    LogStamps stamps = LogStamps::none;           ///< `console_timestamps`
    Prompt prompt = Prompt::read;                 ///< `isthmus,operator` of /chosen
    /// All RAM that nobody has is cleared at boot. Without it pages are cleared when they are given
    /// to a guest, which is all that a guest could notice.
    bool bootscrub = false;
    /// `flight-recorder`: the longest stretches in EL2 are kept (docs/timing.md).
    bool flight_recorder = false;
    u64 dom0_memory = 512 * MiB;        ///< `dom0_mem`, bytes
    std::optional<u32> dom0_max_vcpus;  ///< else as many as there are CPUs for it
};

/// As `log` has them, from the least; "quiet" is `error`.
std::string_view log_level_name(LogLevel level);
/// As `console_timestamps` has them.
std::string_view log_stamps_name(LogStamps stamps);
/// As `isthmus,operator` has them.
std::string_view prompt_name(Options::Prompt prompt);
std::string_view scheduler_name(Options::Scheduler scheduler);
/// As `guest-output` has it.
std::string_view text_form_name(TextForm form);

}  // namespace isthmus::dom0less
