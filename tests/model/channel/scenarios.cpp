// SPDX-License-Identifier: Apache-2.0
#include "scenarios.hpp"

#include <array>

#include "weak_memory.hpp"

namespace isthmus::model {
namespace {

using Kind = Action::Kind;

// Two messages of this length fit into the ring.
constexpr std::uint32_t length = 8;
using Message = std::array<std::uint32_t, 2>;

int send(isthmus_channel& channel, std::uint32_t value) {
    Message words;
    words.fill(value);
    return isthmus_channel_send(&channel, words.data(), length);
}

/// OK: `action`'s message has come; ISTHMUS_EMPTY: another, which it allows.
int receive(isthmus_channel& channel, const Action& action) {
    Message words{};
    std::uint32_t got = 0;
    const int status = isthmus_channel_receive(&channel, words.data(), length, &got);
    if (status != ISTHMUS_OK) {
        return status;
    }
    for (const std::uint32_t word : words) {
        if (word != words[0] || got != length) {
            wrong("a message is not whole");
        }
    }
    if (words[0] == action.value) {
        return ISTHMUS_OK;
    }
    if (action.kind != Kind::expect_last) {
        wrong("another message was expected");
    }
    return ISTHMUS_EMPTY;
}

int act(Party& party, const Action& action) {
    switch (action.kind) {
        case Kind::open:
            return isthmus_channel_open(&party.channel, memory + party.number * area_bytes,
                                        area_bytes, memory + (1 - party.number) * area_bytes,
                                        area_bytes);
        case Kind::meet:
            return isthmus_session(&party.channel);
        case Kind::send:
            return send(party.channel, action.value);
        case Kind::leave:
            isthmus_channel_close(&party.channel);
            return ISTHMUS_OK;
        case Kind::expect:
        case Kind::expect_last:
            break;
    }
    return receive(party.channel, action);
}

}  // namespace

void Party::call(const std::vector<Action>& actions) {
    const Action& action = actions[this->action];
    const bool sends = action.kind == Kind::send;
    if (channel.naps > 12) {
        wrong("a party goes to sleep again and again");
    }
    switch (phase) {
        case Phase::act: {
            const int status = act(*this, action);
            if (status == ISTHMUS_OK) {
                phase = Phase::ring_then_go_on;
            } else if (status == ISTHMUS_NOT_READY ||
                       status == (sends ? ISTHMUS_FULL : ISTHMUS_EMPTY)) {
                phase = Phase::ring_then_sleep;
            } else {
                wrong(isthmus_status_text(status));
            }
            break;
        }
        case Phase::ring_then_sleep:
        case Phase::ring_then_go_on:
            if (isthmus_channel_must_ring(&channel)) {
                step({Step::Kind::ring});
            }
            this->action += phase == Phase::ring_then_go_on ? 1u : 0u;
            phase = phase == Phase::ring_then_go_on ? Phase::act : Phase::sleep;
            break;
        case Phase::sleep:
            phase = isthmus_channel_arm(&channel, sends ? ISTHMUS_WANT_ROOM : ISTHMUS_WANT_MESSAGE,
                                        length)
                        ? Phase::wake
                        : Phase::act;
            break;
        case Phase::wake:
            step({Step::Kind::wait});
            isthmus_channel_disarm(&channel);
            phase = Phase::act;
            break;
    }
}

namespace {

std::vector<Scenario> of_two_that_stay() {
    return {
        {"beginning",
         0,
         false,
         {{{Kind::open}, {Kind::send, 1}}, {{Kind::open}, {Kind::expect, 1}}}},
        {"stream",
         2,
         true,
         {{{Kind::open},
           {Kind::meet},
           {Kind::send, 1},
           {Kind::send, 2},
           {Kind::send, 3},
           {Kind::send, 4}},
          {{Kind::open},
           {Kind::meet},
           {Kind::expect, 1},
           {Kind::expect, 2},
           {Kind::expect, 3},
           {Kind::expect, 4}}}},
        {"answers",
         2,
         true,
         {{{Kind::open},
           {Kind::meet},
           {Kind::send, 1},
           {Kind::expect, 2},
           {Kind::send, 3},
           {Kind::expect, 4}},
          {{Kind::open},
           {Kind::meet},
           {Kind::expect, 1},
           {Kind::send, 2},
           {Kind::expect, 3},
           {Kind::send, 4}}}},
    };
}

std::vector<Scenario> of_two_that_come_and_go() {
    return {
        // What was sent before one begins again may be lost, but nothing after.
        {"sender-begins-again",
         2,
         false,
         {{{Kind::open}, {Kind::meet}, {Kind::send, 1}, {Kind::open}, {Kind::send, 2}},
          {{Kind::open}, {Kind::meet}, {Kind::expect_last, 2}}}},
        {"receiver-begins-again",
         2,
         false,
         {{{Kind::open}, {Kind::meet}, {Kind::send, 1}, {Kind::expect, 2}},
          {{Kind::open}, {Kind::meet}, {Kind::expect, 1}, {Kind::open}, {Kind::send, 2}}}},
        // Millions of states: tried in part.
        {"sleeps-in-two-sessions",
         2,
         false,
         {{{Kind::open}, {Kind::meet}, {Kind::send, 1}, {Kind::expect, 2}, {Kind::send, 3}},
          {{Kind::open},
           {Kind::meet},
           {Kind::expect, 1},
           {Kind::open},
           {Kind::send, 2},
           {Kind::expect, 3}}}},
        {"sender-leaves",
         2,
         false,
         {{{Kind::open}, {Kind::meet}, {Kind::send, 1}, {Kind::leave}},
          {{Kind::open}, {Kind::meet}, {Kind::expect, 1}}}},
        // Whom it was sent to may have left by then.
        {"leaves-and-comes-again",
         2,
         false,
         {{{Kind::open},
           {Kind::meet},
           {Kind::send, 1},
           {Kind::leave},
           {Kind::open},
           {Kind::send, 2}},
          {{Kind::open}, {Kind::meet}, {Kind::expect_last, 2}}}},
    };
}

}  // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all = [] {
        std::vector<Scenario> both = of_two_that_stay();
        for (Scenario& scenario : of_two_that_come_and_go()) {
            both.push_back(std::move(scenario));
        }
        return both;
    }();
    return all;
}

}  // namespace isthmus::model
