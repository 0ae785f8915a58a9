// SPDX-License-Identifier: Apache-2.0
// Random answers to the ends of a guest, and what the plan has to make of them.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "dom0less/plan/plan.hpp"
#include "fdt/tree_writer.hpp"

namespace isthmus::dom0less {

/// What a domain says of its end: 0: nothing, else an answer, from 1 on.
struct RandomHealth {
    std::vector<u32> answers;  ///< by cause, those that are there
    u32 on_limit;
    u32 restarts;  ///< 0: no limit
    u32 seconds;
    u32 group;  ///< 0: none

    /// Who is in no group cannot end it.
    EndAnswer word(u32 number) const {
        const auto answer = static_cast<EndAnswer>(number - 1);
        return answer == EndAnswer::stop_group && group == 0 ? EndAnswer::stop : answer;
    }
    EndAnswer answer(usize cause) const { return word(answers[cause]); }
};

inline rc::Gen<RandomHealth> random_health() {
    return rc::gen::construct<RandomHealth>(
        rc::gen::container<std::vector<u32>>(end_causes, rc::gen::inRange<u32>(0, 7)),
        rc::gen::weightedElement<u32>({{4, 0}, {1, 1}, {1, 3}, {1, 6}}),
        rc::gen::weightedElement<u32>({{2, 0}, {1, 1}, {1, 1000}}),
        rc::gen::inRange<u32>(1, 604801), rc::gen::inRange<u32>(0, 3));
}

inline void write_health(fdt::TreeWriter& tree, const RandomHealth& health) {
    for (usize cause = 0; cause < end_causes; ++cause) {
        if (health.answers[cause] != 0) {
            tree.text("isthmus,on-" + std::string(cause_names[cause]),
                      answer_names[static_cast<usize>(health.answer(cause))]);
        }
    }
    if (health.restarts != 0) {
        tree.cells("isthmus,restart-limit", {health.restarts, health.seconds});
    }
    if (health.on_limit != 0) {
        tree.text("isthmus,on-restart-limit",
                  answer_names[static_cast<usize>(health.word(health.on_limit))]);
    }
    if (health.group != 0) {
        tree.text("isthmus,group", std::string(health.group, 'g'));
    }
}

/// The plan has each word of the tree, and what is usual where there is none.
inline void check_health(const RandomHealth& said, const HealthPlan& health) {
    for (usize i = 0; i < end_causes; ++i) {
        const auto cause = static_cast<EndCause>(i);
        const EndAnswer usual = cause == EndCause::reset ? EndAnswer::restart : EndAnswer::stop;
        RC_ASSERT(health.answer(cause) == (said.answers[i] != 0 ? said.answer(i) : usual));
        RC_ASSERT(health.answer(cause) != EndAnswer::stop_group || !health.group.empty());
    }
    RC_ASSERT(health.restart_count == said.restarts);
    RC_ASSERT(health.restart_seconds == (said.restarts != 0 ? said.seconds : 0));
    RC_ASSERT(health.on_restart_limit ==
              (said.on_limit != 0 ? said.word(said.on_limit) : EndAnswer::stop));
    RC_ASSERT(health.group == std::string(said.group, 'g') && health.can_restart);
}

}  // namespace isthmus::dom0less
