// SPDX-License-Identifier: Apache-2.0
// The real virtual GIC (core/arm/vgic) for two vCPUs on the small machine, and beside it the
// architecture's own rules. step() does one thing that a guest, the machine or the scheduler can
// do; wrong() says what is not as it must be afterwards.
//
// A guest's instruction commutes with a kick that is on its way to its CPU, as what sent the kick
// did not look into that CPU's list register. So a kick or maintenance interrupt is taken before
// the guest goes on there, while the other CPU may do anything meanwhile.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/arm/vgic/vgic.hpp"
#include "tests/model/vgic/machine.hpp"
#include "tests/model/vgic/reference.hpp"

namespace isthmus::model::vgic {

/// `event`: one without a line (Vgic::raise_shared), raised on either CPU.
enum class Shared : u8 { none, emulated, level, edge, event };

struct Setup {
    unsigned cpus = 1;  ///< 1: both vCPUs share CPU 0
    Shared shared_line = Shared::none;
    bool has_sgi = false;          ///< an SGI, more urgent than all else
    u8 timers = 3;                 ///< a bit for each vCPU that uses its timer
    bool shared_is_urgent = true;  ///< more than the timer, or less
    bool fair_ends = false;        ///< no guest clears what it is handling, to end it then
    bool split_end = false;        ///< EOImode 1: the end is a drop and a deactivation
};

enum class What : u8 {
    acknowledge,
    end,
    deactivate,
    timer_up,
    timer_down,
    wait,
    off,
    turn_on,
    leave,
    enter,
    read_own,
    read_other,
    take_kick,
    take_timer,
    take_shared,
    line_up,
    line_down,
    raise,
    send_sgi,
    route,
    write,
};

struct Action {
    What what{};
    u8 vcpu = 0;   ///< or the CPU
    u8 other = 0;  ///< whose frame, target
    u8 intid = 0;
    u16 bank = 0;  ///< of a write
};
std::string text_of(const Action& action);

struct Vcpu {
    Nesting nesting;   ///< priorities that are active in its interface
    u8 undropped = 0;  ///< EOImode 1: a bit for each interrupt dropped, not deactivated
    bool on = true;
};

/// All that changes, to be put away and fetched again.
struct State {
    core::VirtualIrq timers[count], sgis[count], spi;
    struct Cpu {
        u32 used = 0, parked_active = 0, queued_words = 0, waiting = 0;
        u64 queued = 0;
        u16 intid_of = 0;
        u16 raised_again = 0;
        bool resident = false;
        bool is_to_look = false;
        arch::ListRegister list;
    } cpus[count];
    Machine machine;
    Vcpu vcpus[count];
    ReferenceIrq ref_timers[count], ref_sgis[count], ref_shared;
    bool vague = false;  ///< the guest has broken the rules of ends: what it gets is its own affair

    u64 hash() const;
};

class World {
  public:
    explicit World(const Setup& setup);

    State save() const;
    void restore(const State& state);
    const std::vector<Action>& actions() const { return actions_; }
    /// False: cannot happen now, and nothing did.
    bool step(const Action& action);
    /// nullptr when all is as it must be.
    const char* wrong();
    bool is_settled() const;
    std::string show();

  private:
    unsigned cpu_of(unsigned vcpu) const { return setup_.cpus == 1 ? 0 : vcpu; }
    bool is_resident(unsigned vcpu) const { return cpus_[vcpu].resident; }
    bool may_execute(unsigned vcpu) const;
    bool timer_is_signalled(unsigned cpu) const;
    bool shared_is_signalled() const;
    u8 priority_of(u32 intid) const;
    unsigned running_priority(unsigned vcpu) const;
    ReferenceIrq& reference(unsigned vcpu, u32 intid);
    core::VirtualIrq& real(unsigned vcpu, u32 intid);
    bool may_have_fallen(u32 intid) const;
    bool has(u32 intid, unsigned vcpu) const;

    bool guest_step(const Action& action);
    bool scheduler_step(const Action& action);
    bool machine_step(const Action& action);
    bool acknowledge(unsigned vcpu);
    bool end(unsigned vcpu);
    bool deactivate_dropped(unsigned vcpu, u32 intid);
    void deactivate(unsigned vcpu, u32 intid);
    void leave(unsigned vcpu);
    void reset(unsigned vcpu);
    void write(const Action& action);
    void read(unsigned vcpu, unsigned frame);
    void say(const char* what) { said_ = said_ != nullptr ? said_ : what; }
    void check_delivery();
    void check_states();
    void check_lines();
    void check_shared_line();
    void add_actions();

    Setup setup_;
    core::Vgic gic_;
    std::array<core::VgicCpu, count> cpus_;
    std::array<core::VirtualIrq, 32> spis_;
    State state_;  ///< of it the parts that are not the GIC's or the machine's
    std::vector<Action> actions_;
    const char* said_ = nullptr;
};

}  // namespace isthmus::model::vgic
