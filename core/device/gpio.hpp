// SPDX-License-Identifier: Apache-2.0
// An emulated GPIO block (Arm PrimeCell PL061, Arm DDI 0190) whose lines are doorbells: of each
// pair the even line is an output that rings, with every 1 that is written to it, and the odd one
// an input on which a ring is a pulse. For stock kernels, which have a driver for it.
#pragma once

#include "dom0less/plan/emulated.hpp"
#include "isthmus/atomic.hpp"
#include "isthmus/result.hpp"
#include "isthmus/spinlock.hpp"

namespace isthmus::core {

struct Domain;

/// The registers. `offset`: within the frame, aligned to the size of the access. Nothing a guest
/// writes is refused; what is not there reads as zero.
class GpioRegisters {
  public:
    constexpr GpioRegisters() = default;

    u64 read(u64 offset);
    /// A bit for each line that is an output and was written 1.
    u8 write(u64 offset, u64 value);

    /// A pulse on a line (its bit): low, high, low, which is an edge of either kind. False: the one
    /// before it is still latched. Any CPU, without the lock.
    bool pulse(u32 line) { return (latched_.fetch_or(line, Order::seq_cst) & line) == 0; }
    /// After a pulse: whether line() has to be looked at. The guest enables a line and then looks
    /// at what is latched; a pulse latches and then looks at what is enabled. Both in one order of
    /// all, so that one of the two sees the other.
    bool is_enabled(u32 line) const { return (enabled_.load(Order::seq_cst) & line) != 0; }
    /// As it was at first: nothing is latched or enabled.
    void reset();
    /// GPIOMIS is not zero: the interrupt line as it should be now.
    bool line();

  private:
    u8 raw_status() const ISTHMUS_REQUIRES(lock_);
    u64 read_locked(u64 offset) const ISTHMUS_REQUIRES(lock_);
    void write_locked(u64 offset, u8 value) ISTHMUS_REQUIRES(lock_);

    SpinLock lock_;
    u8 data_ ISTHMUS_GUARDED_BY(lock_) = 0;        ///< of lines that are, or were, outputs
    u8 both_edges_ ISTHMUS_GUARDED_BY(lock_) = 0;  ///< GPIOIBE
    u8 event_ ISTHMUS_GUARDED_BY(lock_) = 0;       ///< GPIOIEV
    u8 alternate_ ISTHMUS_GUARDED_BY(lock_) = 0;   ///< GPIOAFSEL: nothing has another function
    u8 outputs_ ISTHMUS_GUARDED_BY(lock_) = 0;     ///< GPIODIR
    u8 levels_ ISTHMUS_GUARDED_BY(lock_) = 0;      ///< GPIOIS: not the edge asks, but the level
    Atomic<u32> enabled_;                          ///< GPIOIE; written under the lock
    Atomic<u32> latched_;                          ///< edges that came, until GPIOIC
};

/// A block of a domain.
class Gpio {
  public:
    constexpr Gpio() = default;

    /// The guest is rung on this line (its bit). False: a ring before it waits there. Any CPU.
    bool pulse(u32 line) {
        const bool is_new = registers.pulse(line);
        if (is_new && registers.is_enabled(line)) [[unlikely]] {
            update_line();
        }
        return is_new;
    }
    /// Sets the interrupt line in the domain's vGIC as the state asks. Any CPU, after a change.
    void update_line();

    GpioRegisters registers;
    Domain* domain = nullptr;
    u32 number = 0;  ///< among the domain's blocks
    u32 intid = 0;
};

/// The model of EmulatedKind::gpio. As DeviceModel::make.
Result<void> make_gpio(Domain& domain, const dom0less::EmulatedDevicePlan& plan);

}  // namespace isthmus::core
