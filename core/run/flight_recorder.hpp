// SPDX-License-Identifier: Apache-2.0
// The flight recorder: how long each CPU was in EL2 at most, by what began it (docs/timing.md).
// Boot argument `flight-recorder=on`.
//
//     guest ──exit──▶ begin ─────────────────────────────▶ end ──▶ a guest
//                       │ no vCPU is ready                  ▲
//                       └─▶ end ──▶ wait ──▶ begin: wake ───┘
//
// Interrupts are masked from begin to end, so such a stretch is also how long one that came
// meanwhile waited at most. A stretch during which a piece of a rebuild was done is of kind
// `piece`, whatever began it.
//
// Off: PerCpu::recorder is nullptr, and the CPU's vectors are those without it. Then an exit costs
// nothing, and a switch of vCPUs the test of that pointer. All of it is one CPU's own affair.
#pragma once

#include <array>

#include "core/run/per_cpu.hpp"
#include "fdt/host_description.hpp"
#include "isthmus/result.hpp"
#include "isthmus/text.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

/// What began it.
enum class Stretch : u8 {
    hypercall,
    smc,
    system_register,
    memory,     ///< a load, store or fetch: an emulated device, or a fault
    interrupt,  ///< of the machine
    other,      ///< WFI, SError, what a guest was not given
    wake,       ///< an interrupt while no guest ran
    piece       ///< of a guest that is rebuilt or taken apart
};

class FlightRecorder {
  public:
    static constexpr usize kinds = 8;

    /// `now`: arch::counter. One that is open already is forgotten.
    void begin(Stretch kind, u64 now) {
        began_ = now;
        kind_ = kind;
    }
    /// It is of this kind after all.
    void name(Stretch kind) { kind_ = kind; }
    /// `is_pending`: an interrupt is. Nothing is open: no effect.
    void end(u64 now, bool is_pending);

    /// Ticks; 0: there was none.
    u64 longest(Stretch kind) const { return longest_[static_cast<usize>(kind)]; }
    /// Of those at whose end an interrupt was pending; ticks. None was masked for longer.
    u64 longest_masked() const { return longest_masked_; }

  private:
    u64 began_ = 0;  ///< 0: none is open
    Stretch kind_ = Stretch::other;
    std::array<u64, kinds> longest_{};
    u64 longest_masked_ = 0;
};

/// Gives each CPU of the machine one, before it takes its vectors. Boot CPU. Errors:
/// allocate_pages.
Result<void> open_flight_recorders(const fdt::HostDescription& host);

/// For a CPU that has a recorder, the calling one.
void record_end(FlightRecorder& recorder);
void record_begin(FlightRecorder& recorder, Stretch kind);

/// The same, where `cpu`, the calling one, has a recorder.
inline void end_stretch(PerCpu& cpu) {
    if (cpu.recorder != nullptr) [[unlikely]] {
        record_end(*cpu.recorder);
    }
}
inline void begin_stretch(PerCpu& cpu, Stretch kind) {
    if (cpu.recorder != nullptr) [[unlikely]] {
        record_begin(*cpu.recorder, kind);
    }
}
/// The one that is open is of this kind after all.
inline void name_stretch(PerCpu& cpu, Stretch kind) {
    if (cpu.recorder != nullptr) [[unlikely]] {
        cpu.recorder->name(kind);
    }
}

/// "hypercall 812, memory 2104, …; with an interrupt pending 2104 ns": of one CPU that has one.
void print_stretches(TextSink& out, const FlightRecorder& recorder);
/// The same as a line that names the CPU; nothing where it has none.
void print_recorder(TextSink& out, usize cpu);

}  // namespace isthmus::core
