// SPDX-License-Identifier: Apache-2.0
// The account at the end.
#pragma once

namespace isthmus::core {

/// Per guest: exits by kind, interrupts, time; per doorbell: its rings; per region: owner, borrowers, references expected
/// and found. Any CPU, when no guest runs.
void print_summary();

}  // namespace isthmus::core
