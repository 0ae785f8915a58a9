// SPDX-License-Identifier: Apache-2.0
// Two guests of core/arm/xen: the code under test, with what it asks of the rest of core.
#pragma once

#include "tests/model/ports/view.hpp"

namespace isthmus::model::ports {

/// Two guests as they begin. Once.
void build_world();
View save();
void restore(const View& view);
Answer act(Action action);
/// The same, and `inner` at the moment when it wants its lock number `at` of those that it takes
/// with none in hand. False: it takes fewer.
bool act_with(Action action, Action inner, unsigned at, Answer& answer, Answer& inner_answer);
/// What EVTCHNOP_status says of each port, against `view`. nullptr: the same.
const char* wrong_status(const View& view);

}  // namespace isthmus::model::ports
