// SPDX-License-Identifier: Apache-2.0
#include "core/dma_faults.hpp"

#include "core/dma.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/log.hpp"
#include "isthmus/smmu.hpp"

namespace isthmus::core {
namespace {

constexpr u32 logged_faults = 32;

/// Shown, or counted, of each SMMU.
constinit std::array<u32, limits::smmus> faults{};

struct Shown {
    const Smmu& smmu;
    u32& faults;
};

void show_fault(void* context, const arch::DmaFault& fault) {
    const Shown& shown = *static_cast<Shown*>(context);
    const Smmu& smmu = shown.smmu;
    if (shown.faults++ >= logged_faults) {
        return;
    }
    if (fault.has_access) {
        log("{}: stream {x} {} {x}: {}", smmu.path, fault.stream,
            fault.is_write ? "writes to" : "reads from", fault.address, fault.name);
    } else {
        log("{}: stream {x}: {}", smmu.path, fault.stream, fault.name);
    }
}

void show_events(usize index) {
    Shown shown{smmus()[index], faults[index]};
    arch::DmaEvents events;
    do {
        events = arch::take_dma_events(index, show_fault, &shown);
        if (events.errors != 0) {
            log("{}: errors {x} of its own", shown.smmu.path, events.errors);
        }
        // What a device does without end must not keep this CPU: past the lines shown, one look.
    } while (events.has_more && shown.faults < logged_faults);
}

}  // namespace

void listen_to_smmus() {
    faults = {};
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
