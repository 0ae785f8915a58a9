// SPDX-License-Identifier: Apache-2.0
#include "tests/model/vgic/explore.hpp"

#include <deque>
#include <unordered_set>

namespace isthmus::model::vgic {
namespace {

struct Origin {
    u32 before;
    u16 action;
};

std::string way_to(const Setup& setup, const std::vector<Origin>& origins, u32 state, u16 last,
                   const char* wrong) {
    std::vector<u16> steps{last};
    for (; state != 0; state = origins[state].before) {
        steps.push_back(origins[state].action);
    }
    World world(setup);
    std::string text = std::string(wrong) + "\n" + world.show();
    for (usize i = steps.size(); i-- > 0;) {
        const Action& action = world.actions()[steps[i]];
        world.step(action);
        world.wrong();
        text += text_of(action) + "\n" + world.show();
    }
    return text;
}

}  // namespace

Outcome explore(const Setup& setup, usize most_states) {
    Outcome outcome;
    World world(setup);
    const State first = world.save();
    std::unordered_set<u64> met{first.hash()};
    std::vector<Origin> origins{{}};
    std::deque<std::pair<u32, State>> open{{0, first}};
    while (!open.empty()) {
        const auto [number, state] = open.front();
        open.pop_front();
        for (u16 i = 0; i < world.actions().size(); ++i) {
            world.restore(state);
            if (!world.step(world.actions()[i])) {
                continue;
            }
            ++outcome.steps;
            if (const char* wrong = world.wrong()) {
                outcome.states = met.size();
                outcome.wrong = way_to(setup, origins, number, i, wrong);
                return outcome;
            }
            const State next = world.save();
            if (!met.insert(next.hash()).second) {
                continue;
            }
            if (origins.size() >= most_states) {
                outcome.is_complete = false;
                continue;
            }
            open.emplace_back(static_cast<u32>(origins.size()), next);
            origins.push_back({number, i});
        }
    }
    outcome.states = met.size();
    return outcome;
}

}  // namespace isthmus::model::vgic
