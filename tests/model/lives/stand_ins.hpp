// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace isthmus::model::lives {

/// The machine is not halting: as before its boot.
void forget_machine();

}  // namespace isthmus::model::lives
