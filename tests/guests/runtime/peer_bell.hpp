// SPDX-License-Identifier: Apache-2.0
// A party's doorbell, for isthmus::guest::Channel: rings by hypercall, sleeps in WFI until the
// region's interrupt comes. Where the tree has no doorbell for the party, waiting is looking again.
#pragma once

#include "isthmus/types.hpp"
#include "isthmus_guest/isthmus_shm.hpp"

namespace isthmus::guest {

class PeerBell {
  public:
    /// Takes the guest's interrupts over. Once.
    void open(const SharedRegion& region, u32 peer);
    bool is_there() const { return number_ != ISTHMUS_NO_DOORBELL; }

    void ring();
    /// Status::timeout after 20 s, or `patience=SECONDS`: a lost peer is a failure and not a hang.
    Status wait();

    u32 rings() const { return rings_; }
    u32 wakes() const { return wakes_; }

  private:
    u32 number_ = ISTHMUS_NO_DOORBELL;
    u32 rings_ = 0;
    u32 wakes_ = 0;
    u64 asleep_since_ = 0;  // without a doorbell: when the waits in a row began
    u64 last_wait_ = 0;
};

}  // namespace isthmus::guest
