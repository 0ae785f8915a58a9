// SPDX-License-Identifier: Apache-2.0
// What the interface promises, said again and from its description alone (docs/xen-interface.md).
#pragma once

#include "tests/model/ports/view.hpp"

namespace isthmus::model::ports {

/// How many steps an action has between which others may come.
unsigned steps_of(Action action);
/// Does step `step` of it. The answer is that of the last step.
Answer refer(View& view, Action action, unsigned step);
/// The action may be taken: guests that have stopped do nothing, and no more than `most` ports of a
/// guest are open beside the tree's.
bool is_possible(const View& view, Action action, unsigned most);
/// What must hold in each state. nullptr: it does.
const char* broken_rule(const View& view);

}  // namespace isthmus::model::ports
