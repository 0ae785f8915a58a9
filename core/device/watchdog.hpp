// SPDX-License-Identifier: Apache-2.0
// An emulated generic watchdog (Arm Base System Architecture, DEN 0094, "Generic Watchdog",
// revision 1). A guest that does not refresh it in time gets an interrupt (WS0); one that does not
// even then within the same time stops (WS1).
//
//     off ──WCS.EN──▶ counting ──past WCV──▶ WS0: interrupt ──past WCV──▶ WS1: the domain stops
//                       ▲  ▲                    │
//                       └──┴──── refresh ◀──────┘
#pragma once

#include "dom0less/plan/emulated.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;

/// Its registers. Times are of the machine's counter, which is the guest's too.
class Watchdog {
  public:
    enum class Signal : u8 { none, first, second };

    constexpr Watchdog() = default;

    u64 read_control(u64 offset, unsigned size) const;
    void write_control(u64 offset, unsigned size, u64 value, u64 now);
    u64 read_refresh(u64 offset) const;
    void write_refresh(u64 offset, u64 now);

    /// What time has brought about since it was last asked.
    Signal look(u64 now);
    /// When look() is to be called next; ~0: not before it is written to.
    u64 deadline() const;
    bool first_signal() const { return ws0_; }

    /// Its system was reset. WS1 stays set over the reset that it has caused, and says so to the
    /// system that comes up (DEN 0094, "Generic Watchdog": only a refresh, or a reset of another
    /// cause, clears it).
    void reset(bool by_itself) {
        *this = {};
        ws1_ = by_itself;
    }
    /// Time stood still for it.
    void shift(u64 ticks) { compare_ += enabled_ ? ticks : 0; }
    /// How far its next signal was away at `now`; 0: it is due. ~0: none comes.
    u64 time_left(u64 now) const {
        const u64 due = deadline();
        return due == ~u64{0} ? due : due > now ? due - now : 0;
    }

  private:
    void refresh(u64 now);

    u64 offset_ = 0;   ///< WOR, 48 bits
    u64 compare_ = 0;  ///< WCV
    bool enabled_ = false;
    bool ws0_ = false;
    bool ws1_ = false;
};

/// The model of EmulatedKind::watchdog. As DeviceModel::make.
Result<void> make_watchdog(Domain& domain, const dom0less::EmulatedDevicePlan& plan);

}  // namespace isthmus::core
