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

/// OK: one more message is there, with its number.
int receive_any(isthmus_channel& channel, std::uint32_t& value) {
    Message words{};
    std::uint32_t got = 0;
    const int status = isthmus_channel_receive(&channel, words.data(), length, &got);
    if (status == ISTHMUS_OK && (words[0] != words[1] || got != length)) {
        wrong("a message is not whole");
    }
    value = words[0];
    return status;
}

/// OK: it is answered. EMPTY: it was sent, or goes out again.
int ask(Party& party, std::uint32_t value) {
    if (party.asked_in == 0 || party.asked_in != isthmus_channel_session(&party.channel)) {
        const int status = send(party.channel, value);
        if (status == ISTHMUS_OK) {
            party.asked_in = isthmus_channel_session(&party.channel);
        }
        return status == ISTHMUS_OK ? ISTHMUS_EMPTY : status;
    }
    std::uint32_t answer = 0;
    const int status = receive_any(party.channel, answer);
    if (status == ISTHMUS_OK && answer != value) {
        wrong("another answer was expected");
    }
    if (status == ISTHMUS_OK) {
        party.asked_in = 0;
        return status;
    }
    return party.asked_in != isthmus_channel_session(&party.channel) ? ask(party, value) : status;
}

/// OK: the last of them is answered. EMPTY: it is not.
int serve(Party& party, std::uint32_t last) {
    if (!party.answers) {
        std::uint32_t value = 0;
        const int status = receive_any(party.channel, value);
        if (status != ISTHMUS_OK) {
            return status;
        }
        if (value != party.served && value != party.served + 1) {
            wrong("what was answered is lost");
        }
        party.served = value;
        party.answers = true;
        return ISTHMUS_EMPTY;
    }
    const int status = send(party.channel, party.served);
    // Who has begun again asks again, in that session.
    party.answers = status != ISTHMUS_OK && status != ISTHMUS_NOT_READY;
    return status == ISTHMUS_OK && party.served != last ? ISTHMUS_EMPTY : status;
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
        case Kind::ask:
            return ask(party, action.value);
        case Kind::serve:
            return serve(party, action.value);
        case Kind::expect:
        case Kind::expect_last:
            break;
    }
    return receive(party.channel, action);
}

}  // namespace

void Party::call(const std::vector<Action>& actions) {
    const Action& action = actions[this->action];
    const bool asks_anew = action.kind == Kind::ask &&
                           (asked_in == 0 || asked_in != isthmus_channel_session(&channel));
    const bool sends = action.kind == Kind::send || asks_anew;
    if (channel.naps > 12) {
        wrong("a party goes to sleep again and again");
    }
    switch (phase) {
        case Phase::act: {
            const int status = act(*this, action);
            if (status == ISTHMUS_OK) {
                phase = Phase::ring_then_go_on;
            } else if (status == ISTHMUS_EMPTY && answers) {
                break;  // the next call answers
            } else if (status == ISTHMUS_NOT_READY ||
                       status == (sends ? ISTHMUS_FULL : ISTHMUS_EMPTY) ||
                       (asks_anew && status == ISTHMUS_EMPTY)) {  // sent, and not answered yet
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
        // The first keeps what is not answered, the second what it has answered.
        {"server-is-killed",
         2,
         false,
         {{{Kind::open}, {Kind::meet}, {Kind::ask, 1}, {Kind::ask, 2}},
          {{Kind::open}, {Kind::meet}, {Kind::serve, 2}}},
         true},
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
