// SPDX-License-Identifier: Apache-2.0
// What victim and attacker share: the region "meeting". Under QEMU's -icount the machine's CPUs run
// one after the other in one thread, and the counter counts the instructions of all. Both sides
// give the thread away themselves, by YIELD after some 250 instructions each, and the attacker
// notes when it does, so that the victim can leave out what was not its own:
//
//     attacker  ──op──op── stamp, YIELD                       ──op──op── stamp, YIELD
//     victim                            (exits) ──unit── YIELD
//                                 ◀── its own time ────▶
#pragma once

#include "isthmus/atomic.hpp"
#include "isthmus/types.hpp"
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest {

struct Meeting {
    Atomic<u32> has_started;  ///< the attacker attacks
    Atomic<u32> is_over;      ///< the victim wants no more
    Atomic<u32> in_turn;      ///< the attacker is between two stamps
    Atomic<u64> stamp;        ///< CNTVCT_EL0 when it gave its turn away last
};

/// Instructions, about, after which either gives the thread away.
inline constexpr u64 turn_instructions = 256;

inline Meeting& find_meeting() {
    const auto region = find_shared_region(tree().blob(), "meeting");
    if (!region) {
        die("interference: FAILED, no region");
    }
    return *static_cast<Meeting*>(static_cast<void*>(region->bytes.data()));
}

[[noreturn]] void attack(Meeting& meeting);
/// `meeting`: nullptr when the victim is alone.
void be_victim(Meeting* meeting);

}  // namespace isthmus::guest
