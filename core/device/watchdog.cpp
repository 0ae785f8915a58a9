// SPDX-License-Identifier: Apache-2.0
#include "core/device/watchdog.hpp"

#include "core/domain/lifecycle.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

// Control frame.
constexpr u64 wcs = 0x000;
constexpr u64 wor = 0x008;
constexpr u64 wor_high = 0x00c;
constexpr u64 wcv = 0x010;
constexpr u64 wcv_high = 0x014;
// Refresh frame.
constexpr u64 wrr = 0x000;
// Both.
constexpr u64 w_iidr = 0xfcc;
constexpr u64 revision_1 = 1u << 16;  ///< WOR has 48 bits

constexpr u64 wcs_enable = 1u << 0;
constexpr u64 wcs_ws0 = 1u << 1;
constexpr u64 wcs_ws1 = 1u << 2;

constexpr unsigned word_bits = 32;
constexpr u64 word_mask = 0xffff'ffff;
constexpr u64 offset_mask = 0xffff'ffff'ffff;

/// `size` 8: all of it; else the half that `high` says.
u64 part_of(u64 value, bool high, unsigned size) {
    return size == 8 ? value : high ? value >> word_bits : value & word_mask;
}

u64 with_part(u64 old, bool high, unsigned size, u64 value) {
    if (size == 8) {
        return value;
    }
    return high ? (old & word_mask) | value << word_bits : (old & ~word_mask) | (value & word_mask);
}

}  // namespace

void Watchdog::refresh(u64 now) {
    ws0_ = false;
    ws1_ = false;
    compare_ = now + offset_;
}

u64 Watchdog::read_control(u64 offset, unsigned size) const {
    switch (offset) {
        case wcs:
            return (enabled_ ? wcs_enable : 0) | (ws0_ ? wcs_ws0 : 0) | (ws1_ ? wcs_ws1 : 0);
        case wor:
        case wor_high:
            return part_of(offset_, offset == wor_high, size);
        case wcv:
        case wcv_high:
            return part_of(compare_, offset == wcv_high, size);
        case w_iidr:
            return revision_1;
        default:
            return 0;
    }
}

void Watchdog::write_control(u64 offset, unsigned size, u64 value, u64 now) {
    switch (offset) {
        case wcs:
            enabled_ = (value & wcs_enable) != 0;
            refresh(now);
            break;
        case wor:
        case wor_high:
            offset_ = with_part(offset_, offset == wor_high, size, value) & offset_mask;
            refresh(now);
            break;
        case wcv:
        case wcv_high:
            compare_ = with_part(compare_, offset == wcv_high, size, value);
            break;
        default:
            break;
    }
}

u64 Watchdog::read_refresh(u64 offset) const {
    return offset == w_iidr ? revision_1 : 0;
}

void Watchdog::write_refresh(u64 offset, u64 now) {
    if (offset == wrr) {
        refresh(now);
    }
}

Watchdog::Signal Watchdog::look(u64 now) {
    if (!enabled_ || ws1_ || now <= compare_) {
        return Signal::none;
    }
    if (ws0_) {
        ws1_ = true;
        return Signal::second;
    }
    ws0_ = true;
    compare_ = now + offset_;
    return Signal::first;
}

u64 Watchdog::deadline() const {
    return !enabled_ || ws1_ || compare_ == ~u64{0} ? ~u64{0} : compare_ + 1;
}

namespace {

/// A domain's watchdog. It is refreshed on any CPU, but a timer is its CPU's own: one timer stands
/// for the earliest time that may matter, and looks again when it is due. So a refresh costs no
/// timer where one is armed already.
class GuestWatchdog {
  public:
    constexpr GuestWatchdog() = default;

    Result<void> init(Domain& domain, u32 intid) {
        domain_ = &domain;
        intid_ = intid;
        timers_ = ISTHMUS_TRY(allocate_objects<SoftTimer>(domain.vcpus.size()));
        for (SoftTimer& timer : timers_) {
            timer.fire = fire;
            timer.context = this;
        }
        return {};
    }

    Result<u64> read_control(Vcpu&, u64 offset, unsigned size) {
        const LockGuard guard(lock_);
        catch_up();
        return registers_.read_control(offset, size);
    }
    Result<u64> read_refresh(Vcpu&, u64 offset, unsigned) {
        const LockGuard guard(lock_);
        return registers_.read_refresh(offset);
    }
    Result<void> write_control(Vcpu& vcpu, u64 offset, unsigned size, u64 value) {
        {
            const LockGuard guard(lock_);
            catch_up();
            registers_.write_control(offset, size, value, arch::counter());
            arm(timers_[vcpu.id]);
        }
        update_line();
        return {};
    }
    Result<void> write_refresh(Vcpu& vcpu, u64 offset, unsigned, u64) {
        {
            const LockGuard guard(lock_);
            catch_up();
            registers_.write_refresh(offset, arch::counter());
            arm(timers_[vcpu.id]);
        }
        update_line();
        return {};
    }

    /// Timers that are armed find that nobody waits for them.
    void reset() {
        const LockGuard guard(lock_);
        registers_.reset(domain_->stop_reason.load() == StopReason::watchdog);
        armed_ = ~u64{0};
    }

  private:
    bool level() {
        const LockGuard guard(lock_);
        return registers_.first_signal();
    }

    /// Sets the line as the state asks, and looks again, as in the UART.
    void update_line() {
        bool set = false;
        do {
            set = level();
            domain_->vgic.set_line(intid_, set);
        } while (level() != set);
    }

    /// On the CPU that `timer` is of.
    void arm(SoftTimer& timer) ISTHMUS_REQUIRES(lock_) {
        const u64 deadline = registers_.deadline();
        if (deadline < armed_) {
            armed_ = deadline;
            arm_timer(timer, deadline);
        }
    }

    /// What was paused since it was last looked at did not count.
    void catch_up() ISTHMUS_REQUIRES(lock_) {
        const u64 paused_for = domain_->paused_ticks.load();
        registers_.shift(paused_for - seen_paused_);
        seen_paused_ = paused_for;
    }

    /// While the domain is paused the time that was left stays: a timer that fires then looks again
    /// when that could have passed, if the domain went on now.
    bool stands_still(SoftTimer& timer) ISTHMUS_REQUIRES(lock_) {
        catch_up();
        if (!domain_->is_paused()) {
            return false;
        }
        const u64 least = arch::counter_frequency() / 1000;
        const u64 left = registers_.time_left(domain_->paused_at.load());
        armed_ = arch::counter() + (left < least ? least : left);
        arm_timer(timer, armed_);
        return true;
    }

    /// None when another timer was armed for an earlier time, and has looked since.
    Watchdog::Signal look(SoftTimer& timer) {
        const LockGuard guard(lock_);
        if (timer.deadline != armed_ || domain_->is_over() || stands_still(timer)) {
            return Watchdog::Signal::none;
        }
        armed_ = ~u64{0};
        const auto signal = registers_.look(arch::counter());
        arm(timer);
        return signal;
    }

    static void fire(SoftTimer& timer, void* context) {
        auto& watchdog = *static_cast<GuestWatchdog*>(context);
        Domain& domain = *watchdog.domain_;
        Vcpu& cause = domain.vcpus[static_cast<usize>(&timer - watchdog.timers_.data())];
        const Interruption interruption(this_cpu(), cause);
        const auto signal = watchdog.look(timer);
        if (signal == Watchdog::Signal::second) {
            stop_domain(domain, StopReason::watchdog);
        } else if (signal == Watchdog::Signal::first) {
            watchdog.update_line();
        }
    }

    SpinLock lock_;
    Watchdog registers_ ISTHMUS_GUARDED_BY(lock_);
    u64 armed_ ISTHMUS_GUARDED_BY(lock_) = ~u64{0};  ///< deadline of that timer; ~0: none
    u64 seen_paused_ ISTHMUS_GUARDED_BY(lock_) = 0;  ///< ticks of pauses that the registers know
    Domain* domain_ = nullptr;
    u32 intid_ = 0;
    std::span<SoftTimer> timers_;  ///< one for each vCPU, of its CPU
};

Result<u64> read_control(GuestWatchdog& watchdog, Vcpu& vcpu, u64 offset, unsigned size) {
    return watchdog.read_control(vcpu, offset, size);
}
Result<void> write_control(GuestWatchdog& watchdog, Vcpu& vcpu, u64 offset, unsigned size,
                           u64 value) {
    return watchdog.write_control(vcpu, offset, size, value);
}
Result<u64> read_refresh(GuestWatchdog& watchdog, Vcpu& vcpu, u64 offset, unsigned size) {
    return watchdog.read_refresh(vcpu, offset, size);
}
Result<void> write_refresh(GuestWatchdog& watchdog, Vcpu& vcpu, u64 offset, unsigned size,
                           u64 value) {
    return watchdog.write_refresh(vcpu, offset, size, value);
}

}  // namespace

Result<void> make_watchdog(Domain& domain, const dom0less::EmulatedDevicePlan& plan) {
    GuestWatchdog& watchdog = ISTHMUS_TRY(allocate_objects<GuestWatchdog>(1))[0];
    ISTHMUS_TRY(watchdog.init(domain, plan.interrupts[0]));
    ISTHMUS_TRY(add_reset(domain, watchdog));
    ISTHMUS_TRY(
        add_device(domain, mmio_device<read_control, write_control>(plan.registers[0], watchdog)));
    return add_device(domain,
                      mmio_device<read_refresh, write_refresh>(plan.registers[1], watchdog));
}

}  // namespace isthmus::core
