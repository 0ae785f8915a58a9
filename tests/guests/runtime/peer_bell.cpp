// SPDX-License-Identifier: Apache-2.0
#include "runtime/peer_bell.hpp"

#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit u32 bell_intid = 0;
constinit volatile bool rung = false;

void handle_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    if (acknowledged == intid_none) {
        return;
    }
    if (acknowledged == bell_intid) {
        rung = true;
    } else {
        stop_timer();
    }
    gic.end(acknowledged);
}

void open_interrupt(u32 intid) {
    gic.set_priority(intid, 0x80);
    if (intid >= 32) {
        gic.route_here(intid);
        gic.set_edge(intid, true);
    }
    gic.enable(intid);
}

}  // namespace

void PeerBell::open(const SharedRegion& region, u32 peer) {
    number_ = isthmus_doorbell_to(&region.shown, peer);
    bell_intid = region.shown.interrupt;
    if (!is_there()) {
        return;
    }
    if (bell_intid == 0 || !gic.open()) {
        die("a doorbell without its interrupt");
    }
    set_irq_handler(handle_interrupt);
    gic.open_cpu();
    open_interrupt(bell_intid);
    open_interrupt(timer_intid());
}

void PeerBell::ring() {
    if (is_there()) {
        if (isthmus_doorbell_ring(number_) != ISTHMUS_OK) {
            die("the doorbell refuses to be rung");
        }
        ++rings_;
    }
}

Status PeerBell::wait() {
    const u64 start = now();
    const u64 patience = milliseconds(1000 * tree().number_option("patience", 20));
    if (!is_there()) {
        // Waits within a millisecond of each other are one.
        asleep_since_ = start - last_wait_ > milliseconds(1) ? start : asleep_since_;
        relax();
        last_wait_ = now();
        return last_wait_ - asleep_since_ < patience ? Status::ok : Status::timeout;
    }
    const u64 end = start + patience;
    start_timer(end);
    mask_irq();
    while (!rung && now() < end) {
        wfi();
        unmask_irq();
        isb();
        mask_irq();
    }
    const bool was_rung = rung;
    rung = false;
    stop_timer();
    unmask_irq();
    wakes_ += was_rung ? 1 : 0;
    return was_rung ? Status::ok : Status::timeout;
}

}  // namespace isthmus::guest
