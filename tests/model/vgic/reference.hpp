// SPDX-License-Identifier: Apache-2.0
// What the architecture says of one interrupt (Arm IHI 0069, 4.1 and 4.4), written without a look
// at the virtual GIC: enabled, pending by a latch or by its line, active.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::model::vgic {

struct ReferenceIrq {
    bool enabled = false;
    bool edge = false;
    bool latched = false;
    bool line = false;
    bool active = false;
    bool by_register = false;  ///< active, but no guest will end it
    u8 target = 0;
    u8 handler = 0;  ///< who acknowledged it

    bool pending() const { return latched || (line && !edge); }
    bool may_be_taken_by(unsigned vcpu) const {
        return enabled && pending() && !active && target == vcpu;
    }
    void acknowledge(u8 vcpu) {
        latched = false;
        active = true;
        by_register = false;
        handler = vcpu;
    }
    void end() {
        active = false;
        handler = 0;
    }
    void set_active() {
        by_register = by_register || !active;
        active = true;
    }
    void clear_active() {
        by_register = false;
        end();
    }
};

/// What a guest is handling, innermost last: its active priorities.
struct Nesting {
    static constexpr unsigned deepest = 3;
    u8 depth = 0;
    u8 intids[deepest] = {};

    bool is_empty() const { return depth == 0; }
    u8 innermost() const { return intids[depth - 1]; }
    void push(u8 intid) { intids[depth++] = intid; }
    u8 pop() {
        const u8 intid = innermost();
        intids[--depth] = 0;
        return intid;
    }
};

}  // namespace isthmus::model::vgic
