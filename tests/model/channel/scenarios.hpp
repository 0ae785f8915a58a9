// SPDX-License-Identifier: Apache-2.0
// What the two parties do: a list of actions each, done with the calls of isthmus_channel.h and
// isthmus_wait.h in the order in which isthmus_wait.h shows them. Between two calls a party is its
// channel and a place in its list.
#pragma once

#include "party.hpp"

namespace isthmus::model {

struct Action {
    enum class Kind : std::uint8_t {
        open,
        meet,
        send,
        expect,
        expect_last,
        leave,
        ask,    ///< sends, until there is an answer: again in each session
        serve,  ///< answers numbered messages up to this one, of which none may be missing
    } kind = Kind::open;
    std::uint32_t value = 0;  ///< expect_last: others may come before it
};

struct Scenario {
    const char* name;
    std::uint32_t prelude;  ///< so many actions are done in one order, and count as known
    bool steady;            ///< nobody begins again after them
    std::vector<Action> parties[2];
    bool kills = false;  ///< the second party is restarted once, at any step
};

const std::vector<Scenario>& scenarios();

struct Party {
    std::uint32_t number = 0;
    std::uint32_t action = 0;  ///< index
    enum class Phase : std::uint8_t { act, ring_then_sleep, sleep, wake, ring_then_go_on };
    Phase phase = Phase::act;
    isthmus_channel channel{};
    std::uint32_t asked_in = 0;  ///< the session of the last message; 0: none is under way
    bool answers = false;        ///< received, not answered yet
    std::uint32_t served = 0;    ///< the last number that it answered: outlasts a restart
    bool was_killed = false;

    /// As it begins again: of what it had in its memory nothing is left.
    void restart() {
        const Party last = *this;
        *this = Party();
        number = last.number;
        served = last.served;
        was_killed = true;
    }

    /// One call, and what follows from it. Throws Pause before a step without an answer.
    void call(const std::vector<Action>& actions);
};

}  // namespace isthmus::model
