// SPDX-License-Identifier: Apache-2.0
// The booted machine's own domains, all started, each vCPU on its CPU and none in a guest yet.
#pragma once

#include <gtest/gtest.h>

#include "core/domain/lifecycle.hpp"
#include "core/entry_points.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::test {

class RunningDomains : public ::testing::Test {
  protected:
    RunningDomains() {
        booted();
        for (usize cpu = 0; cpu < FakeMachine::cpu_count; ++cpu) {
            core::per_cpu(cpu).queue = core::RunQueue();
        }
        for (core::Domain& each : core::domains()) {
            each.stop_reason.store(core::StopReason::none);
            {
                const LockGuard guard(each.life_lock);
                each.sequel = core::Domain::Sequel::open;
            }
            for (core::Vcpu& vcpu : each.vcpus) {
                vcpu.power.store(core::Vcpu::Power::off);
                core::per_cpu(vcpu.host_cpu).queue.add(vcpu);
                vcpu.vgic->resident = false;
            }
        }
        fake().on_idle = [] { throw Asleep(); };
        core::start_domains();
        fake().take_output();
    }
    /// None is left paused: other tests' guests of these domains are to run.
    ~RunningDomains() override {
        for (core::Domain& each : core::domains()) {
            each.paused.store(0);
        }
        fake().restart();
    }
    RunningDomains(const RunningDomains&) = delete;
    RunningDomains& operator=(const RunningDomains&) = delete;

    /// The CPU's loop until it is in a guest (true) or asleep.
    static bool schedule_on(usize cpu) {
        fake().cpu = cpu;
        try {
            core::schedule();
        } catch (const GuestEntered& guest) {
            EXPECT_EQ(guest.cpu, cpu);
            return true;
        } catch (const Asleep&) {
            return false;
        }
    }
    static core::Domain& domain(usize index) { return core::domains()[index]; }

  private:
    /// Thrown by the CPU that falls asleep.
    struct Asleep {};
};

}  // namespace isthmus::test
