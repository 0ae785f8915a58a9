// SPDX-License-Identifier: Apache-2.0
// What holds for the signals of every plan, in systems that are all good: any domains have any
// regions, with doorbells or without, and any two have event channels.
#include <gtest/gtest.h>
// rapidcheck's GoogleTest header needs GoogleTest first.
#include <rapidcheck/gtest.h>

#include "tests/property/dom0less_signals.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::PlannedTree;

constexpr u32 regions = 3;

struct RandomGuest {
    bool xen;
    u32 regions;    ///< a bit for each that it has
    u32 doorbells;  ///< of these, where its node asks for doorbells
};

struct RandomSignals {
    std::vector<RandomGuest> guests;
    std::vector<std::pair<u32, u32>> channels;  ///< between guests, by number
};

rc::Gen<RandomSignals> random_signals() {
    const auto guest = rc::gen::construct<RandomGuest>(rc::gen::arbitrary<bool>(),
                                                       rc::gen::inRange<u32>(0, 1 << regions),
                                                       rc::gen::inRange<u32>(0, 1 << regions));
    const auto pair = rc::gen::pair(rc::gen::inRange<u32>(0, 4), rc::gen::inRange<u32>(0, 4));
    return rc::gen::construct<RandomSignals>(
        rc::gen::container<std::vector<RandomGuest>>(4, guest),
        rc::gen::resize(5, rc::gen::container<std::vector<std::pair<u32, u32>>>(pair)));
}

std::string regions_of(const RandomGuest& guest) {
    std::string nodes;
    for (u32 i = 0; i < regions; ++i) {
        if ((guest.regions & 1u << i) != 0) {
            TextBuffer<80> at;
            print(at, "0 {x} 0 {x} 0 0x1000", 0x7000'0000 + i * 0x1000, 0x6000'0000 + i * 0x1000);
            const std::string name = "s" + std::to_string(i);
            nodes += test::shm(name, name, std::string(at.view()),
                               (guest.doorbells & 1u << i) != 0 ? "isthmus,doorbell;" : "");
        }
    }
    return nodes;
}

/// The ends of channel n have ports n + 1 and n + 11.
std::string channels_of(const RandomSignals& system, u32 guest) {
    std::string nodes;
    for (usize i = 0; i < system.channels.size(); ++i) {
        const auto [first, second] = system.channels[i];
        const std::string n = std::to_string(i);
        const auto end = [&](const std::string& own, const std::string& peer, usize port) {
            nodes += own + n + ": " + own + n +
                     " { compatible = \"xen,evtchn-v1\"; xen,evtchn = <" + std::to_string(port) +
                     " &" + peer + n + ">; };";
        };
        if (first != second && first == guest) {
            end("x", "y", i + 1);
        } else if (first != second && second == guest) {
            end("y", "x", i + 11);
        }
    }
    return nodes;
}

RC_GTEST_PROP(SignalProperty, WhoRingsWhomIsWhatTheTreeSays, ()) {
    const RandomSignals system = *random_signals();
    std::string chosen;
    for (u32 i = 0; i < system.guests.size(); ++i) {
        chosen += test::domain(
            static_cast<int>(i + 1),
            std::string(system.guests[i].xen ? "xen,enhanced = \"no-xenstore\";" : "") +
                regions_of(system.guests[i]) + channels_of(system, i));
    }
    const PlannedTree planned(test::machine(chosen));
    RC_ASSERT(planned.plan.has_value());
    for (u32 i = 0; i < system.guests.size(); ++i) {
        const DomainPlan& domain = planned.plan->domains[i];
        check_doorbells(*planned.plan, domain);
        check_console(domain);
        usize bells = 0;
        for (u32 region = 0; region < regions; ++region) {
            u32 others = 0;
            u32 asked = 0;
            for (const RandomGuest& guest : system.guests) {
                others += guest.regions >> region & 1;
                asked |= guest.regions & guest.doorbells & 1u << region;
            }
            const bool takes_part = (system.guests[i].regions >> region & 1) != 0 && asked != 0;
            bells += takes_part ? others - 1 : 0;
        }
        RC_ASSERT(domain.doorbells.size() == bells);
        usize ends = 0;
        for (const auto& [first, second] : system.channels) {
            ends += first != second && (first == i || second == i) ? 1u : 0u;
        }
        RC_ASSERT(domain.xen.channels.size() == ends);
        for (const ChannelEndPlan& end : domain.xen.channels) {
            RC_ASSERT(end.peer_port == (end.port > 10 ? end.port - 10 : end.port + 10));
        }
    }
}

}  // namespace
}  // namespace isthmus::dom0less
