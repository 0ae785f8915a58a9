// SPDX-License-Identifier: Apache-2.0
// Static event channels: which end is the other's, and what is wrong with those that have none.
// Internal to the room.
#pragma once

#include "dom0less/plan/signals.hpp"
#include "dom0less/read/plan_input.hpp"
#include "isthmus/arena.hpp"

namespace isthmus::dom0less {

/// Of one domain, ascending by port. What a rule refuses is left out. Rules: evtchn-peer (a phandle
/// that leads to no end), evtchn-one-sided (the other end names somebody else),
/// evtchn-same-domain.
std::span<const ChannelEndPlan> plan_channels(const SystemConfig& config,
                                              const DomainConfig& domain, Arena& arena,
                                              Findings& findings);

/// The ports by which a view's guest reaches the parties of its region through the channels that
/// the region's node names, by party; empty when it names none. Rule shm-notification: a phandle
/// that leads to no end of the guest's own, or to a channel whose other end is no party's.
std::span<const u32> plan_notifications(const shm::NodeConfig& node, const DomainConfig& domain,
                                        std::span<const ChannelEndPlan> channels,
                                        std::span<const DomainId> parties, Arena& arena,
                                        Findings& findings);

}  // namespace isthmus::dom0less
