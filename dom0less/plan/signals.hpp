// SPDX-License-Identifier: Apache-2.0
// How guests ring each other, as the plan has it: doorbells of shared regions, and static event
// channels, which are Xen's way (docs/signals.md).
#pragma once

#include <span>
#include <string_view>

#include "isthmus/domain_id.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {

/// How much of Xen's interface a guest has.
enum class XenInterface : u8 {
    none,   ///< console_io alone
    calls,  ///< its hypercalls, because an event channel ends here; nothing in its tree
    node,   ///< and the `hypervisor` node, by which kernels find it
};

/// One end of a static event channel. Ports are numbered from 1.
struct ChannelEndPlan {
    u32 port = 0;
    DomainId peer = DomainId::none;
    u32 peer_port = 0;
    std::string_view path;  ///< of the end's node
};

struct XenPlan {
    XenInterface interface = XenInterface::none;
    std::span<const ChannelEndPlan> channels;  ///< ascending by port
    /// First range of the node: where kernels want to see grant tables. Nothing is ever there.
    /// Empty without a node.
    GuestRange grants;
    /// The page of the console ring (HVM_PARAM_CONSOLE_PFN): the last of the guest's RAM, which its
    /// tree reserves. Empty where there is none: Dom0, whose console is console_io, and without a
    /// node.
    GuestRange console;
    u32 console_port = 0;  ///< its event channel: the lowest port of no static one; 0: none
};

/// A guest's doorbell to one peer in one region. Its number is its place in DomainPlan::doorbells.
struct DoorbellPlan {
    u32 region = 0;  ///< index into Plan::regions
    DomainId peer = DomainId::none;
    u32 peer_bell = 0;          ///< number of the peer's doorbell to this guest
    u32 intid = 0;              ///< shared interrupt by which all of this region ring here
    bool keep_when_off = true;  ///< rings while the peer is off reach it when it is on
};

}  // namespace isthmus::dom0less
