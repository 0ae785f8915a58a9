// SPDX-License-Identifier: Apache-2.0
// An emulated SBSA generic UART: the PL011's data, flag and interrupt registers (Arm DDI 0183;
// Arm SBSA, appendix B). What the guest sends goes to its lines on the console; what is typed for
// it waits in a ring until it is read.
#pragma once

#include <array>
#include <optional>

#include "dom0less/plan/emulated.hpp"
#include "isthmus/result.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core {

struct Domain;

class Vuart {
  public:
    constexpr Vuart() = default;

    /// Whether the receive ring took the byte; when it is full the byte stays with the caller. The
    /// caller then updates the interrupt line with `line()`.
    bool receive(u8 byte);
    /// The oldest byte that waits, for who fetches it without the registers.
    std::optional<u8> take();
    /// The interrupt line as it should be now.
    bool line();
    /// The guest waits for what is typed: its interrupts are on.
    bool listens();

    /// As it was at first: empty, with its interrupts off.
    void reset();

    /// `has_room`: another byte can be sent.
    Result<u64> read(u64 offset, bool has_room);
    /// A byte to send is returned, else -1.
    Result<int> write(u64 offset, u64 value);
    /// For another byte there is no room, until found_room(): the transmit interrupt is raised when
    /// the FIFO has fallen to its level (DDI 0183, 2.8), so meanwhile it is not.
    void found_no_room();
    void found_room();

  private:
    u32 raw_status() const ISTHMUS_REQUIRES(lock_);
    u64 read_data() ISTHMUS_REQUIRES(lock_);

    static constexpr usize ring_size = 256;  // a power of two
    SpinLock lock_;
    std::array<u8, ring_size> ring_ ISTHMUS_GUARDED_BY(lock_){};
    u32 head_ ISTHMUS_GUARDED_BY(lock_) = 0;  ///< next to read; both count up and wrap
    u32 tail_ ISTHMUS_GUARDED_BY(lock_) = 0;
    u32 mask_ ISTHMUS_GUARDED_BY(lock_) = 0;  ///< UARTIMSC
    /// The transmit interrupt's latch: something was sent since it was cleared.
    bool sent_ ISTHMUS_GUARDED_BY(lock_) = false;
    bool full_ ISTHMUS_GUARDED_BY(lock_) = false;  ///< and waits for found_room()
};

/// The model of EmulatedKind::uart: sends to the domain's console, and takes what is typed there.
/// As DeviceModel::make.
Result<void> make_vuart(Domain& domain, const dom0less::EmulatedDevicePlan& plan);

}  // namespace isthmus::core
