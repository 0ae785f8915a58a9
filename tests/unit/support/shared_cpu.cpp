// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/shared_cpu.hpp"

#include <algorithm>

#include "arch/arm64/cpu/registers.hpp"
#include "core/arm/guest_timers.hpp"
#include "core/entry_points.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/scheduler.hpp"
#include "isthmus/panic.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::test {
namespace {

using core::PhysicalTimerRegister;
constexpr u64 never = ~u64{0};

/// The CPU sleeps until its timer's time.
void sleep_until_deadline() {
    check(fake().here().deadline != never || fake().here().kicked, "asleep for good");
    if (!fake().here().kicked && fake().now < fake().here().deadline) {
        fake().now = fake().here().deadline;
    }
    fake().here().kicked = false;
    fake().idle_rounds = 0;
    core::on_deadline(core::this_cpu());
}

}  // namespace

std::string Habit::text() const {
    return "work " + std::to_string(work) + " sleep " + std::to_string(sleep) + " jitter " +
           std::to_string(jitter) + (by_the_clock ? " by the clock" : "") +
           (physical ? "" : " virtual") + (works_through ? " through" : "") + " priority " +
           std::to_string(priority);
}

SharedCpu::SharedCpu(const Config& config, const std::vector<Habit>& habits)
    : config_(config), random_(config.seed) {
    booted();
    fake().restart();
    fake().cpu = home;
    fake().frequency = 10'000'000;
    fake().save_ticks = config.costs.save;
    fake().load_ticks = config.costs.load;
    fake().work_ticks = config.costs.work;
    fake().on_idle = sleep_until_deadline;
    core::PerCpu& cpu = core::this_cpu();
    cpu.queue.set_slice(config.slice);
    cpu.minimum_turn = config.minimum_turn;
    cpu.slice_end.fire = core::fire_slice_end;
    cpu.slice_end.context = &cpu;
    for (const Habit& habit : habits) {
        add(habit);
    }
}

SharedCpu::~SharedCpu() {
    fake().restart();
}

void SharedCpu::add(const Habit& habit) {
    Guest& guest = *guests_.emplace_back(std::make_unique<Guest>());
    guest.habit = habit;
    guest.left = habit.work;
    guest.wanted_since = fake().now;
    guest.domain.plan = core::domains()[0].plan;
    guest.domain.vcpus = std::span(&guest.vcpu, 1);
    guest.domain.state.store(core::Domain::State::running);
    guest.domain.vcpus_on.store(1);
    guest.vcpu.domain = &guest.domain;
    guest.vcpu.vgic = &guest.vgic;
    guest.vcpu.host_cpu = home;
    guest.vcpu.priority = habit.priority;
    guest.vcpu.physical_deadline.fire = core::fire_physical_timer;
    guest.vcpu.physical_deadline.context = &guest.vcpu;
    guest.vcpu.virtual_deadline.fire = core::fire_virtual_timer;
    guest.vcpu.virtual_deadline.context = &guest.vcpu;
    guest.vgic.host_cpu = home;
    guest.vgic.private_irqs[core::guest_virtual_timer].host_intid = core::guest_virtual_timer;
    guest.domain.vgic.init(std::span(&guest.vgic, 1), guest.spis);
    static_cast<void>(guest.domain.vgic.write_distributor(guest.vgic, 0, 4, 2));
    static_cast<void>(guest.domain.vgic.write_redistributor(
        0x1'0100, 4, 1u << core::guest_physical_timer | 1u << core::guest_virtual_timer));
    guest.vcpu.power.store(core::Vcpu::Power::on);
    guest.interface = std::make_unique<VirtualCpu>(home);
    core::this_cpu().queue.add(guest.vcpu);
}

SharedCpu::Guest& SharedCpu::current() {
    for (const auto& guest : guests_) {
        if (&guest->vcpu == core::this_cpu().current) {
            return *guest;
        }
    }
    panic("no guest runs");
}

u64 SharedCpu::chance(u64 up_to) {
    random_ = random_ * 6364136223846793005 + 1442695040888963407;
    return up_to == 0 ? 0 : (random_ >> 33) % (up_to + 1);
}

/// Who is awake wants to run from now on.
void SharedCpu::note_timers() {
    for (const auto& guest : guests_) {
        if (guest->wanted_since == never && &guest->vcpu != core::this_cpu().current &&
            guest->vgic.waiting.load() == 0) {
            guest->wanted_since = fake().now;
        }
    }
}

void SharedCpu::enter() {
    try {
        core::schedule();
    } catch (const GuestEntered&) {
        fake().now += config_.costs.way;
        note_timers();
    }
}

bool SharedCpu::take_interrupts(Guest& guest) {
    FakeCpu& cpu = fake().here();
    core::PerCpu& state = core::this_cpu();
    while (cpu.kicked || cpu.deadline <= fake().now) {
        fake().now += config_.costs.way;
        if (cpu.kicked) {
            cpu.kicked = false;
            core::on_kick(state);
        } else {
            core::on_deadline(state);
        }
        note_timers();
        if (state.leave_guest) {
            guest.wanted_since = guest.wanted_since == never ? fake().now : guest.wanted_since;
            return false;
        }
        fake().now += config_.costs.way;
    }
    return true;
}

void SharedCpu::set_timer(Guest& guest) {
    const u64 wait = guest.habit.sleep + chance(guest.habit.jitter);
    const u64 at = guest.habit.by_the_clock ? (fake().now / wait + 1) * wait : fake().now + wait;
    if (guest.habit.physical) {
        fake().now += 2 * config_.costs.way;
        core::write_physical_timer(guest.vcpu, PhysicalTimerRegister::compare, at);
        core::write_physical_timer(guest.vcpu, PhysicalTimerRegister::control, 1);
    } else {
        guest.vcpu.state.cntv_ctl = arch::timer_ctl::enable;
        guest.vcpu.state.cntv_cval = at;
    }
}

/// Its timer's interrupt, in its handler.
void SharedCpu::handle_tick(Guest& guest) {
    core::PerCpu& cpu = core::this_cpu();
    if (!guest.habit.physical && guest.vcpu.state.cntv_ctl == arch::timer_ctl::enable &&
        guest.vcpu.state.cntv_cval <= fake().now) {
        core::on_virtual_timer(cpu);
        guest.vcpu.state.cntv_ctl = 0;
    }
    for (u32 intid = guest.interface->acknowledge(); intid != spurious;
         intid = guest.interface->acknowledge()) {
        if (guest.habit.physical) {
            core::write_physical_timer(guest.vcpu, PhysicalTimerRegister::control, 0);
        }
        guest.interface->end(intid);
    }
}

void SharedCpu::sleep(Guest& guest) {
    if (!guest.habit.works_through) {
        set_timer(guest);
    }
    fake().now += config_.costs.way;
    guest.left = guest.habit.work + chance(guest.habit.jitter);
    guest.sets_timer = true;
    fake().here().interrupt_pending =
        guest.vcpu.state.cntv_ctl != 0 && guest.vcpu.state.cntv_cval <= fake().now;
    blocked_ = core::wait_for_guest_interrupt(guest.vcpu) == core::TrapResult::blocked;
    guest.wanted_since = blocked_ ? never : fake().now;
}

void SharedCpu::run_guest(Guest& guest, u64 end) {
    blocked_ = false;
    while (!blocked_ && take_interrupts(guest) && fake().now < end) {
        handle_tick(guest);
        if (guest.wanted_since != never) {
            guest.longest = std::max(guest.longest, fake().now - guest.wanted_since);
            guest.wanted_since = never;
            ++guest.turns;
        }
        if (guest.habit.works_through && guest.left != 0 && guest.sets_timer) {
            guest.sets_timer = false;
            set_timer(guest);
        }
        const bool sleeps = guest.habit.sleep != 0;
        const u64 wanted = std::min(sleeps ? guest.left : never, end - fake().now);
        const u64 until_interrupt =
            fake().here().deadline > fake().now ? fake().here().deadline - fake().now : 0;
        const u64 ticks = std::min(wanted, until_interrupt);
        fake().now += ticks;
        guest.useful += ticks;
        guest.left -= sleeps ? ticks : 0;
        if (sleeps && guest.left == 0) {
            sleep(guest);
        }
    }
}

void SharedCpu::run(u64 ticks) {
    const u64 end = fake().now + ticks;
    while (fake().now < end) {
        enter();
        run_guest(current(), end);
    }
    for (const auto& guest : guests_) {
        if (guest->wanted_since != never) {
            guest->longest = std::max(guest->longest, fake().now - guest->wanted_since);
        }
    }
}

}  // namespace isthmus::test
