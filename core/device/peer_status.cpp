// SPDX-License-Identifier: Apache-2.0
#include "core/device/peer_status.hpp"

#include <cstddef>
#include <new>

#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

/// A guest may read the page uncached.
void publish(HostAddress address, usize bytes) {
    arch::publish_host(*HostRange::from(address, bytes));
}

bool ended_by_a_fault(StopReason reason) {
    return reason == StopReason::crash || reason == StopReason::watchdog ||
           reason == StopReason::panic;
}

void write_slot(HostAddress page, usize party, u64 word, u64 now) {
    const u64 offset = offsetof(PeerStatusPage, slots) + party * sizeof(PeerSlot);
    auto& slot = *arch::host_object<PeerSlot>(page + offset);
    slot.changed.store(now);
    slot.word.store(word);  // release: who sees it sees the time, too
    publish(page + offset, sizeof(PeerSlot));
}

}  // namespace

std::optional<PeerState> shown_state(const Domain& domain) {
    switch (domain.state.load()) {
        case Domain::State::running:
            return PeerState::running;
        case Domain::State::stopped:
            return ended_by_a_fault(domain.stop_reason.load()) ? PeerState::crashed
                                                               : PeerState::stopped;
        case Domain::State::rebuilding:
            return PeerState::building;
        default:
            return std::nullopt;
    }
}

void open_peer_status(HostAddress page, usize parties) {
    auto& status = *new (arch::host_pointer(page)) PeerStatusPage();
    status.first_slot = offsetof(PeerStatusPage, slots);
    status.parties = static_cast<u32>(parties);
    status.frequency = arch::counter_frequency();
    publish(page, sizeof(PeerStatusPage));
}

void tell_peers(Domain& domain) {
    const auto shown = shown_state(domain);
    if (!shown) {
        return;
    }
    const u64 word = u64{domain.starts.load()} << 32 | static_cast<u32>(*shown);
    for (const shm::SharedViewPlan& view : domain.plan->views) {
        const shm::RegionPlan& region = plan().regions[view.region];
        if (region.role != shm::RegionPlan::Role::status) {
            continue;
        }
        for (usize party = 0; party < region.parties.size(); ++party) {
            if (region.parties[party] == domain.plan->id) {
                write_slot(region.host.front().start(), party, word, domain.changed_at.load());
            }
        }
        ring_peers(domain, region.subject);
    }
}

}  // namespace isthmus::core
