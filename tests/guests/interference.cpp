// SPDX-License-Identifier: Apache-2.0
// A victim and an attacker, each a guest of this program: what the one loses by what the other does
// (tests/bench/interference.py, which says what the figures mean).
//   role=victim    cpu=other or same: where the attacker is; alone=yes: nowhere; ms=, samples=
//   role=attacker  do=spin, hypercalls, smcs, sgis, timer, distributor, uart-bytes, uart-lines,
//                  violations, maintenance, psci, wfi or doorbells
// Prints "interference: NAME COUNT" lines.
#include "interference/meeting.hpp"
#include "runtime/mmu.hpp"

namespace isthmus::guest {

void guest_main() {
    enable_mmu();
    if (tree().option("role") == "attacker") {
        attack(find_meeting());
    }
    be_victim(tree().option("alone") == "yes" ? nullptr : &find_meeting());
}

}  // namespace isthmus::guest
