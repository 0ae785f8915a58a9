// SPDX-License-Identifier: Apache-2.0
// A running guest: what the plan became.
#pragma once

#include <span>

#include "core/arm/vgic/vgic.hpp"
#include "core/console/guest_console.hpp"
#include "core/domain/answer.hpp"
#include "core/domain/ending.hpp"
#include "core/domain/loaded.hpp"
#include "core/domain/vcpu.hpp"
#include "core/memory/guest_map.hpp"
#include "core/trap/mmio.hpp"
#include "dom0less/plan/plan.hpp"
#include "isthmus/spinlock.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::core {

struct Doorbells;

namespace xen {
struct Guest;
}  // namespace xen

/// An emulated device is as it was before its domain first ran. No vCPU of the domain is on.
struct DeviceReset {
    void* model = nullptr;
    void (*reset)(void* model) = nullptr;
};

struct Domain {
    enum class State : u32 {
        built,
        running,
        stopping,
        stopped,
        rebuilding,  ///< it is made anew by the plan, and runs again
        dismantling,
        dismantled
    };
    /// What becomes of one that has stopped.
    enum class Sequel : u32 {
        open,     ///< it runs
        stays,    ///< its ending is under way, and it stays stopped after it
        returns,  ///< its ending, or rebuilding, is under way, and it runs after it
        rests,    ///< it has stopped, and nobody works on it
        gone      ///< it is, or will be, taken apart
    };

    const dom0less::DomainPlan* plan = nullptr;
    arch::GuestControl control;
    DomainMap* map = nullptr;

    std::span<Vcpu> vcpus;
    Vgic vgic;
    GuestConsole console;
    Doorbells* doorbells = nullptr;  ///< nullptr: it has none
    xen::Guest* xen = nullptr;       ///< Xen's interface, where the plan gives it
    /// In the order in which guests access them most: the interrupt controller's come first.
    StaticVector<MmioDevice, 2 + limits::emulated_frames> devices;
    StaticVector<DeviceReset, limits::emulated_frames> resets;  ///< of those with state

    LoadedGuest loaded;
    /// Between two lives: what it is and what becomes of it change together, so that an order and
    /// the end of the ending never miss each other, and a stop hits the life that it was meant for.
    SpinLock life_lock;
    Sequel sequel ISTHMUS_GUARDED_BY(life_lock) = Sequel::open;
    Atomic<State> state{State::built};  ///< from and to `running` with the lock; else by one CPU
    Atomic<StopReason> stop_reason;     ///< why it stopped last; written before `stopping`
    Atomic<u32> vcpus_on;               ///< vCPUs that are on and have not left for good
    Atomic<u32> paused;                 ///< its vCPUs do not run until it is resumed
    Atomic<u64> paused_at;              ///< arch::counter
    Atomic<u64> paused_ticks;           ///< in all its pauses that are over
    RestartTimes restarts;              ///< of the CPU that its last vCPU left
    u64 started_at = 0;                 ///< arch::counter
    u64 stopped_at = 0;
    Atomic<u32> starts;      ///< how often it has begun to run
    Atomic<u64> changed_at;  ///< its state, last; arch::counter
    Ending ending;
    Atomic<u32> violations;         ///< things it did that nobody handles
    Atomic<u64> last_violation_at;  ///< arch::counter; 0: there was none
    Atomic<u64> last_violation_pc;
    Atomic<u32> violation_lines;  ///< of these, those with a line of their own or too late for one

    bool is_dismantled() const { return state.load() == State::dismantled; }
    /// Some of its map and of its references are gone, or all.
    bool is_coming_apart() const { return state.load() >= State::dismantling; }
    /// It has stopped, or is about to.
    bool is_over() const { return state.load() >= State::stopping; }
    bool is_running() const { return state.load() == State::running; }
    bool is_paused() const { return paused.load() != 0; }
};

/// A step in the domain's life; whoever wants to know of it is told here. Any CPU, one at a time
/// for each domain, with no lock held. Not for `stopping`: while one CPU has it stop, another may
/// take the next step, and peers are not shown it.
void set_state(Domain& domain, Domain::State state);
/// The second half of set_state.
void tell_state(Domain& domain);

/// More registers that the domain finds. Before it runs. Error: out_of_memory.
Result<void> add_device(Domain& domain, const MmioDevice& device);
/// What puts one of its devices back, when the domain is built again. As add_device.
Result<void> add_reset(Domain& domain, const DeviceReset& reset);
template <class Model>
Result<void> add_reset(Domain& domain, Model& model) {
    return add_reset(domain, {&model, [](void* any) { static_cast<Model*>(any)->reset(); }});
}

/// What stands from now on, for as long as the machine runs: the plan, and the domains that were
/// built by it. Boot CPU, once each.
void adopt_plan(const dom0less::Plan& plan);
void adopt_domains(std::span<Domain> built);
/// All domains, in the plan's order. Fixed once boot has built them.
std::span<Domain> domains();
/// The plan that is running. From the time it was made. Building hands the plan on; what looks at
/// what was built, and what goes on while guests run, asks for it here. A file does one of the two.
const dom0less::Plan& plan();
/// "domU1", "dom_io", …
std::string_view owner_name(DomainId id);

}  // namespace isthmus::core
