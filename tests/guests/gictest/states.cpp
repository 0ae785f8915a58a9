// SPDX-License-Identifier: Apache-2.0
// Pending, active and enabled, in all the orders that matter. With SPIs: a GICv2 may keep its SGIs
// enabled for ever.
#include "gictest/recorder.hpp"
#include "gictest/tests.hpp"

namespace isthmus::guest::gictest {

bool sgi_to_self() {
    gic.send_sgi_to_self(3);
    let_in(1);
    let_in(0);
    return saw_only(3);
}

bool disable_enable() {
    prepare_spi(first_spi);
    gic.disable(first_spi);
    gic.set_pending(first_spi);
    let_in(0);
    const bool kept_out = seen.count == 0 && gic.is_pending(first_spi);
    gic.enable(first_spi);
    let_in(1);
    return kept_out && saw_only(first_spi);
}

bool disable_pending() {
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    gic.disable(first_spi);
    const bool kept_out = takes_none() && gic.is_pending(first_spi);
    gic.enable(first_spi);
    const bool came = takes(first_spi) && !gic.is_pending(first_spi);
    gic.end(first_spi);
    return kept_out && came && takes_none();
}

bool disable_active() {
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    const bool came = takes(first_spi);
    gic.disable(first_spi);
    const bool still_active = gic.is_active(first_spi);
    gic.set_pending(first_spi);
    gic.end(first_spi);
    const bool kept_out = takes_none() && gic.is_pending(first_spi) && !gic.is_active(first_spi);
    gic.enable(first_spi);
    const bool again = takes(first_spi);
    gic.end(first_spi);
    return came && still_active && kept_out && again && takes_none();
}

bool clear_pending() {
    prepare_spi(first_spi);
    gic.disable(first_spi);
    gic.set_pending(first_spi);
    const bool was_pending = gic.is_pending(first_spi);
    gic.clear_pending(first_spi);
    gic.enable(first_spi);
    const bool nothing = takes_none();
    gic.set_pending(first_spi);  // enabled, so it is on its way to the CPU
    gic.clear_pending(first_spi);
    return was_pending && nothing && takes_none() && !gic.is_pending(first_spi);
}

bool clear_active() {
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    const bool came = takes(first_spi) && gic.is_active(first_spi);
    gic.clear_active(first_spi);
    const bool cleared = !gic.is_active(first_spi);
    gic.end(first_spi);  // its priority is still to be dropped
    gic.set_pending(first_spi);
    const bool again = takes(first_spi);
    gic.end(first_spi);
    return came && cleared && again && takes_none();
}

bool pending_and_active() {
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    const bool came = takes(first_spi);
    gic.set_pending(first_spi);
    gic.set_pending(first_spi);  // twice is once
    const bool both = gic.is_pending(first_spi) && gic.is_active(first_spi) && takes_none();
    gic.end(first_spi);
    const bool again = takes(first_spi) && !gic.is_pending(first_spi);
    gic.end(first_spi);
    return came && both && again && takes_none();
}

/// What went away, or is not urgent enough, between the signal and the acknowledgement.
bool spurious() {
    const bool nothing = takes_none();
    prepare_spi(first_spi);
    gic.set_pending(first_spi);
    gic.set_priority_mask(0x40);
    const bool masked = takes_none();
    gic.set_priority_mask(0xff);
    gic.clear_pending(first_spi);
    return nothing && masked && takes_none();
}

/// EOImode 1: the priority drops at once, the interrupt stays active until it is deactivated.
bool split_end() {
    prepare_spi(first_spi);
    prepare_spi(first_spi + 1);
    gic.split_end(true);
    gic.set_pending(first_spi);
    bool right = takes(first_spi);
    gic.end(first_spi);
    right = right && gic.is_active(first_spi);
    gic.set_pending(first_spi);
    right = right && takes_none();  // still active
    gic.set_pending(first_spi + 1);
    right = right && takes(first_spi + 1);  // of the same priority
    gic.end(first_spi + 1);
    gic.deactivate(first_spi);
    right = right && !gic.is_active(first_spi) && takes(first_spi);
    gic.end(first_spi);
    gic.deactivate(first_spi + 1);
    gic.deactivate(first_spi);
    gic.split_end(false);
    return right && !gic.is_active(first_spi) && !gic.is_active(first_spi + 1) && takes_none();
}

}  // namespace isthmus::guest::gictest
