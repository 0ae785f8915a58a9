// SPDX-License-Identifier: Apache-2.0
// Tries every order of the two parties' steps, and every store that each load may see, for the
// scenario whose name is the argument (none: prints the names), or so many states of it. Ends with
// 1 when a party finds something wrong, or when one sleeps for good: a lost wake-up.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_set>

#include "scenarios.hpp"
#include "weak_memory.hpp"

namespace isthmus::model {

Playback playback;
alignas(64) unsigned char memory[2 * area_bytes];

namespace {

struct Thread {
    Party party;                         // as it was before the call that it is in
    std::vector<std::uint64_t> answers;  // of this call's steps
    Step next;
    ThreadViews views;
    bool rung = false;
    View bell;  // what its doorbell has seen: ringing is a release, waking an acquire
};

struct State {
    Memory memory;
    Thread threads[2];
};

/// 128 bits: two states with one number are one state.
struct Number {
    std::uint64_t high = 0x243f'6a88'85a3'08d3;
    std::uint64_t low = 0x1319'8a2e'0370'7344;

    void add(std::uint64_t value) {
        high = (high ^ value) * 0x9e37'79b9'7f4a'7c15;
        high ^= high >> 29;
        low = (low + value) * 0xbf58'476d'1ce4'e5b9;
        low ^= low >> 31;
    }
    void add(const View& view) {
        for (std::size_t i = 0; i < places; i += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, view.at.data() + i, 8);
            add(word);
        }
    }
    void add(const Party& party) {
        const isthmus_channel& channel = party.channel;
        for (const std::uint32_t part :
             {party.action, static_cast<std::uint32_t>(party.phase), channel.ring_in,
              channel.generation, channel.seen, channel.sent, channel.taken, channel.naps,
              channel.rung, channel.did, party.asked_in, std::uint32_t{party.answers}, party.served,
              std::uint32_t{party.was_killed}}) {
            add(part);
        }
    }
    bool operator==(const Number&) const = default;
};
static_assert(places % 8 == 0);
struct Hash {
    std::size_t operator()(const Number& number) const { return number.high ^ number.low; }
};

Number number_of(const State& state) {
    Number number;
    for (const Thread& thread : state.threads) {
        number.add(thread.party);
        number.add(thread.answers.size());
        for (const std::uint64_t answer : thread.answers) {
            number.add(answer);
        }
        number.add(thread.views.now);
        number.add(thread.views.noticed);
        number.add(thread.views.fenced);
        number.add(thread.rung ? 1 : 0);
        number.add(thread.bell);
    }
    number.add(state.memory.fences());
    return number;
}

class Explorer {
  public:
    Explorer(const Scenario& scenario, std::size_t limit) : scenario_(scenario), limit_(limit) {}

    /// What is wrong; nothing when all is right.
    std::optional<std::string> run() {
        State first;
        for (const int mover : {0, 1}) {
            first.threads[mover].party.number = static_cast<std::uint32_t>(mover);
            find_next(first, mover);
        }
        known_ = true;
        while (!is_past_prelude(first)) {
            for (const int mover : {0, 1}) {
                advance(first, mover);
            }
        }
        known_ = false;
        std::vector<State> todo{first};
        while (!todo.empty() && seen_.size() < limit_) {
            const State state = std::move(todo.back());
            todo.pop_back();
            if (!seen_.insert(number_of(state)).second) {
                continue;
            }
            if (const auto why = complaint(state)) {
                return why;
            }
            for (const int mover : {0, 1}) {
                move(state, mover, todo);
            }
            if (scenario_.kills && !state.threads[1].party.was_killed) {
                todo.push_back(killed(state));
            }
        }
        return std::nullopt;
    }
    std::size_t states() const { return seen_.size(); }

  private:
    bool is_past_prelude(const State& state) const {
        return state.threads[0].party.action >= scenario_.prelude &&
               state.threads[1].party.action >= scenario_.prelude;
    }
    /// One step of the prelude, in which each load sees the newest.
    void advance(State& state, int mover) {
        Thread& thread = state.threads[mover];
        const bool waits = thread.next.kind == Step::Kind::wait && !thread.rung;
        if (!waits && thread.party.action < scenario_.prelude) {
            thread.answers.push_back(carry_out(state, mover, 0));
            find_next(state, mover);
        }
    }

    /// Whether a step's place among the peer's steps does not matter. A store's does not: a load
    /// may miss it however early it was. Nor that of a load of what never changes once it is there:
    /// the first fields of an area, and generation and `seen` where nobody begins again.
    bool is_anywhere(const Step& step) const {
        return step.kind == Step::Kind::store ||
               (step.kind == Step::Kind::load &&
                step.place % places_of_an_area < (scenario_.steady && !known_ ? 6u : 4u));
    }

    /// True when the call that the party is in needs no further step; else its next step is known.
    static bool calls_to_the_end(Thread& thread, const std::vector<Action>& actions) {
        Party party = thread.party;
        playback = {&thread.answers, 0, {}};
        try {
            party.call(actions);
        } catch (const Pause&) {
            thread.next = playback.next;
            return false;
        }
        thread.party = party;
        thread.answers.clear();
        return true;
    }

    /// Up to the next step of which it does.
    void find_next(State& state, int mover) {
        Thread& thread = state.threads[mover];
        const std::vector<Action>& actions = scenario_.parties[mover];
        for (;;) {
            if (thread.party.action == actions.size()) {
                thread.next = {Step::Kind::done};
                return;
            }
            if (calls_to_the_end(thread, actions)) {
                continue;
            }
            if (!is_anywhere(thread.next)) {
                return;
            }
            thread.answers.push_back(carry_out(state, mover, 0));
        }
    }

    /// The second party ends where it is and begins again: a ring that it has not taken is lost.
    State killed(State state) {
        Thread& thread = state.threads[1];
        thread.party.restart();
        thread.answers.clear();
        thread.rung = false;
        find_next(state, 1);
        return state;
    }

    std::optional<std::string> complaint(const State& state) const {
        bool asleep = true;
        bool done = true;
        for (const Thread& thread : state.threads) {
            if (thread.next.kind == Step::Kind::wrong) {
                return std::string("wrong: ") + thread.next.why;
            }
            const bool is_done = thread.next.kind == Step::Kind::done;
            done = done && is_done;
            asleep = asleep && (is_done || (thread.next.kind == Step::Kind::wait && !thread.rung));
        }
        // One that was restarted when all was answered waits for the next question.
        done = done || (scenario_.kills && state.threads[0].next.kind == Step::Kind::done);
        return asleep && !done ? std::optional<std::string>("a wake-up is lost") : std::nullopt;
    }

    void move(const State& from, int mover, std::vector<State>& todo) {
        const Thread& thread = from.threads[mover];
        const Step& step = thread.next;
        if (step.kind == Step::Kind::done || (step.kind == Step::Kind::wait && !thread.rung)) {
            return;
        }
        const std::size_t choices =
            step.kind == Step::Kind::load ? from.memory.choices(thread.views, step.place) : 1;
        for (std::size_t choice = 0; choice < choices; ++choice) {
            State to = from;
            const std::uint64_t answer = carry_out(to, mover, choice);
            to.threads[mover].answers.push_back(answer);
            find_next(to, mover);
            todo.push_back(std::move(to));
        }
    }

    static std::uint64_t carry_out(State& state, int mover, std::size_t choice) {
        Thread& thread = state.threads[mover];
        Thread& peer = state.threads[1 - mover];
        const Step& step = thread.next;
        switch (step.kind) {
            case Step::Kind::load:
                return state.memory.load(thread.views, step.place, choice, step.ordered);
            case Step::Kind::store:
                state.memory.store(thread.views, step.place, step.value, step.ordered);
                return 0;
            case Step::Kind::fence:
                state.memory.fence(thread.views);
                return 0;
            case Step::Kind::ring:
                peer.rung = true;
                peer.bell.join(thread.views.now);
                return 0;
            case Step::Kind::wait:
                thread.rung = false;
                thread.views.now.join(thread.bell);
                return 0;
            case Step::Kind::done:
            case Step::Kind::wrong:
                break;
        }
        return 0;
    }

    const Scenario& scenario_;
    std::size_t limit_;
    bool known_ = false;
    std::unordered_set<Number, Hash> seen_;
};

int explore(const Scenario& scenario, std::size_t limit) {
    Explorer explorer(scenario, limit);
    const auto why = explorer.run();
    std::printf("%s: %zu states: %s\n", scenario.name, explorer.states(),
                why ? why->c_str() : "all is right");
    return why ? 1 : 0;
}

}  // namespace
}  // namespace isthmus::model

int main(int count, char** arguments) {
    using namespace isthmus::model;
    for (const Scenario& scenario : scenarios()) {
        if (count < 2) {
            std::printf("%s\n", scenario.name);
        } else if (std::strcmp(arguments[1], scenario.name) == 0) {
            return explore(scenario,
                           count < 3 ? ~std::size_t{0} : std::strtoull(arguments[2], nullptr, 10));
        }
    }
    return count < 2 ? 0 : 2;
}
