// SPDX-License-Identifier: Apache-2.0
#include "core/device/dma_faults.hpp"

#include "core/device/dma.hpp"
#include "core/run/timer_queue.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/arch/smmu.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constexpr u32 most_lines = 32;  ///< of one SMMU in a second

/// What one SMMU said since `began`, for a second. Boot CPU alone.
struct Burst {
    u64 began = 0;  ///< arch::counter
    u32 lines = 0;
    u64 unshown = 0;  ///< faults
    bool lost_told = false;
    bool is_paused = false;  ///< its interrupt waits for the second's end
    SoftTimer end;

    void begin() {
        began = arch::counter();
        lines = 0;
        unshown = 0;
        lost_told = false;
    }
    bool is_over() const { return arch::counter() - began >= arch::counter_frequency(); }
};
constinit std::array<Burst, limits::smmus> bursts;

struct Source {
    const Smmu& smmu;
    Burst& burst;
};

void show_fault(void* context, const arch::DmaFault& fault) {
    const auto& [smmu, burst] = *static_cast<const Source*>(context);
    if (burst.lines >= most_lines) {
        ++burst.unshown;
        return;
    }
    ++burst.lines;
    if (fault.has_access) {
        log("{}: stream {x} {} {x}: {}", smmu.path, fault.stream,
            fault.is_write ? "writes to" : "reads from", fault.address, fault.name);
    } else {
        log("{}: stream {x}: {}", smmu.path, fault.stream, fault.name);
    }
}

void count_fault(void* context, const arch::DmaFault&) {
    ++static_cast<const Source*>(context)->burst.unshown;
}

/// A queue full at most. True: perhaps there is more, and no interrupt will say so.
bool take_events(usize index, void (*visit)(void* context, const arch::DmaFault& fault)) {
    Source source{smmus()[index], bursts[index]};
    const arch::DmaEvents events = arch::take_dma_events(index, visit, &source);
    if (events.were_lost && !source.burst.lost_told) {
        source.burst.lost_told = true;
        log("{}: its event queue was full: faults were lost", source.smmu.path);
    }
    if (events.errors != 0) {
        ++source.burst.lines;
        log("{}: SMMU_GERROR {x}", source.smmu.path, events.errors);
    }
    return events.has_more;
}

/// What a device does without end must not keep this CPU from the vCPU that has it: the interrupt
/// stays away for the rest of the second. One that comes meanwhile waits in its controller.
void pause(usize index) {
    Burst& burst = bursts[index];
    burst.is_paused = true;
    arch::set_interrupt_enabled(smmus()[index].intid, false);
    arm_timer(burst.end, burst.began + arch::counter_frequency());
}

/// Where SMMUs share the interrupt, it comes again when none of them waits.
void go_on(u32 intid) {
    bool is_wanted = true;
    for (usize index = 0; index < smmus().size(); ++index) {
        is_wanted = is_wanted && !(smmus()[index].intid == intid && bursts[index].is_paused);
    }
    if (is_wanted) {
        arch::set_interrupt_enabled(intid, true);
    }
}

void show_events(usize index) {
    Burst& burst = bursts[index];
    if (burst.is_paused) {
        return;
    }
    if (burst.lines == 0 || burst.is_over()) {
        burst.begin();
    }
    bool has_more = true;
    while (has_more && burst.lines < most_lines) {
        has_more = take_events(index, show_fault);
    }
    if (burst.lines >= most_lines) {
        pause(index);
    }
}

void end_pause(SoftTimer&, void* context) {
    Burst& burst = *static_cast<Burst*>(context);
    const usize index = static_cast<usize>(&burst - bursts.data());
    const bool has_more = take_events(index, count_fault);
    if (burst.unshown != 0) {
        log("{}: {} more faults, not shown", smmus()[index].path, burst.unshown);
    }
    burst.is_paused = false;
    burst.begin();
    if (has_more) {
        show_events(index);
    }
    go_on(smmus()[index].intid);
}

}  // namespace

void listen_to_smmus() {
    bursts = {};
    for (Burst& burst : bursts) {
        burst.end = {.fire = end_pause, .context = &burst};
    }
    for (const Smmu& smmu : smmus()) {
        if (smmu.is_used && smmu.intid != 0) {
            arch::prepare_interrupt(smmu.intid, arch::cpu_index(),
                                    smmu.edge ? arch::Trigger::edge : arch::Trigger::level);
            arch::set_interrupt_enabled(smmu.intid, true);
        }
    }
}

bool on_smmu_interrupt(u32 intid) {
    bool found = false;
    for (usize index = 0; index < smmus().size(); ++index) {
        if (smmus()[index].is_used && smmus()[index].intid == intid) {
            show_events(index);
            found = true;
        }
    }
    return found;
}

}  // namespace isthmus::core
