// SPDX-License-Identifier: Apache-2.0
// What a GICv3 does, without list registers: a handful of interrupts, each pending or active, and
// of those that may be delivered the most urgent is next (Arm IHI 0069, 4.1 and 4.8).
#pragma once

#include <map>
#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::model {

struct Interrupt {
    bool enabled = false;
    bool edge = false;
    bool latched = false;  ///< an edge, or made pending by register
    bool line = false;
    u8 priority = 0;
    usize target = 0;
    bool active = false;
    bool active_by_register = false;  ///< no guest will end it

    bool pending() const { return latched || (line && !edge); }
};

class Gic {
  public:
    static constexpr u32 first_shared = 32;
    static constexpr usize nobody = 99;

    explicit Gic(usize cpus) : private_(cpus), running_(cpus) {}

    Interrupt& at(usize cpu, u32 intid) {
        return intid < first_shared ? private_[cpu][intid] : shared_[intid];
    }
    bool group_enabled = true;

    bool may_deliver(usize cpu, u32 intid) {
        const Interrupt& irq = at(cpu, intid);
        return group_enabled && irq.enabled && irq.pending() && !irq.active && irq.target == cpu;
    }
    void set_line(usize cpu, u32 intid, bool level) {
        Interrupt& irq = at(cpu, intid);
        irq.latched = irq.latched || (irq.edge && level && !irq.line);
        irq.line = level;
    }

    /// The priority of the next delivery to this CPU; 0x100 when there is none.
    unsigned next_priority(usize cpu) {
        unsigned best = 0x100;
        for (const auto* bank : {&private_[cpu], &shared_}) {
            for (const auto& [intid, irq] : *bank) {
                if (may_deliver(cpu, intid) && irq.priority < best) {
                    best = irq.priority;
                }
            }
        }
        return best < running_priority(cpu) ? best : 0x100;
    }
    unsigned running_priority(usize cpu) const {
        return running_[cpu].empty() ? 0x100 : running_[cpu].back().priority;
    }
    void acknowledge(usize cpu, u32 intid) {
        Interrupt& irq = at(cpu, intid);
        irq.latched = false;
        irq.active = true;
        running_[cpu].push_back({intid, irq.priority});
    }
    bool is_handling(usize cpu) const { return !running_[cpu].empty(); }
    /// Ends what was acknowledged last and says which that was.
    u32 end(usize cpu) {
        const u32 intid = running_[cpu].back().intid;
        running_[cpu].pop_back();
        at(cpu, intid).active = false;
        return intid;
    }
    /// The vCPU is reset: private interrupts forget, shared ones it was handling end.
    void reset(usize cpu) {
        while (is_handling(cpu)) {
            end(cpu);
        }
        for (auto& [intid, irq] : private_[cpu]) {
            irq = Interrupt{};
            irq.target = cpu;
            irq.enabled = intid < 16;
            irq.edge = intid < 16;
        }
    }

  private:
    struct Running {
        u32 intid;
        unsigned priority;
    };
    std::vector<std::map<u32, Interrupt>> private_;
    std::map<u32, Interrupt> shared_;
    std::vector<std::vector<Running>> running_;
};

}  // namespace isthmus::model
