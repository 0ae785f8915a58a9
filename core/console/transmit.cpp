// SPDX-License-Identifier: Apache-2.0
#include "core/console/transmit.hpp"

#include <algorithm>
#include <cstring>

#include "core/run/per_cpu.hpp"
#include "isthmus/arch/console.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/panic.hpp"
#include "isthmus/spinlock.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::core {
namespace {

/// In front of each text in the queue.
struct Header {
    TransmitPart* part = nullptr;
    u64 bytes = 0;
};

/// What one pump does at most, and what a UART that takes everything takes at once.
constexpr unsigned fillings_at_once = 4;
constexpr usize filling = 64;  // of send_console

constexpr u64 looks_in_second = 1000;  // where no interrupt tells of room

/// The bytes between `head` and `tail`, which count up and wrap. Writers have the console's lock
/// and move the tail; who has the pump's lock moves the head.
struct Queue {
    std::span<char> bytes;
    Atomic<u32> head;
    Atomic<u32> tail;
    bool has_interrupt = false;
    TransmitPart own{TransmitPart::own_bytes};
    Atomic<u64> dropped;

    bool is_started() const { return !bytes.empty(); }
    bool is_empty() const { return head.load() == tail.load(); }
};
constinit Queue queue;

/// Those that wait for room and have it again.
using Hungry = StaticVector<TransmitPart*, limits::domains>;

struct Pump {
    SpinLock lock;
    Header current ISTHMUS_GUARDED_BY(lock);  ///< whose bytes are at the queue's head, and how many
    u64 last_sent ISTHMUS_GUARDED_BY(lock) = 0;  ///< when the UART took something, or was not full
    bool is_stuck ISTHMUS_GUARDED_BY(lock) = false;
    Hungry hungry ISTHMUS_GUARDED_BY(lock);
};
constinit Pump pump;

enum class Pumped : u8 { all, full, more };

void copy_in(u32 at, const void* from, usize bytes) {
    const usize begin = at % queue.bytes.size();
    const usize first = std::min(bytes, queue.bytes.size() - begin);
    std::memcpy(&queue.bytes[begin], from, first);
    std::memcpy(queue.bytes.data(), static_cast<const char*>(from) + first, bytes - first);
}

void copy_out(u32 at, void* to, usize bytes) {
    const usize begin = at % queue.bytes.size();
    const usize first = std::min(bytes, queue.bytes.size() - begin);
    std::memcpy(to, &queue.bytes[begin], first);
    std::memcpy(static_cast<char*>(to) + first, queue.bytes.data(), bytes - first);
}

ISTHMUS_REQUIRES((pump.lock)) void remember_hungry(TransmitPart& part) {
    for (const TransmitPart* known : pump.hungry.items()) {
        if (known == &part) {
            return;
        }
    }
    check(pump.hungry.push_back(&part), "more writers than domains");
}

/// So many bytes at the head are gone.
ISTHMUS_REQUIRES((pump.lock)) void take_off(usize bytes) {
    queue.head.store(queue.head.load(Order::relaxed) + static_cast<u32>(bytes));
    pump.current.bytes -= bytes;
    TransmitPart& part = *pump.current.part;
    const u32 done = static_cast<u32>(bytes + (pump.current.bytes == 0 ? sizeof(Header) : 0));
    part.waiting.fetch_sub(done);
    full_fence();  // has_room looks at `waiting` after it has set `starved`
    if (part.starved.load() != 0 && part.fits(2) && part.starved.exchange(0) != 0) {
        remember_hungry(part);
    }
}

/// The bytes at the head that are of one text and lie side by side; none: the queue is empty.
ISTHMUS_REQUIRES((pump.lock)) std::string_view next_bytes() {
    u32 head = queue.head.load(Order::relaxed);
    if (pump.current.bytes == 0) {
        if (head == queue.tail.load()) {
            return {};
        }
        copy_out(head, &pump.current, sizeof(Header));
        head += sizeof(Header);
        queue.head.store(head);
    }
    const usize begin = head % queue.bytes.size();
    return {&queue.bytes[begin], std::min<usize>(pump.current.bytes, queue.bytes.size() - begin)};
}

ISTHMUS_REQUIRES((pump.lock)) void drop_all() {
    for (std::string_view bytes = next_bytes(); !bytes.empty(); bytes = next_bytes()) {
        queue.dropped.fetch_add(bytes.size());
        take_off(bytes.size());
    }
}

/// The UART takes nothing now. One that takes nothing for a second is held to be stuck (flow
/// control, no clock): what waits for it is given up, so that no guest waits with it.
ISTHMUS_REQUIRES((pump.lock)) Pumped on_full() {
    const u64 patience_end = pump.last_sent + arch::counter_frequency();
    if (pump.is_stuck || (pump.last_sent != 0 && arch::counter() > patience_end)) {
        pump.is_stuck = true;
        drop_all();
    }
    return Pumped::full;
}

ISTHMUS_REQUIRES((pump.lock)) Pumped fill() {
    for (unsigned filled = 0; filled < fillings_at_once; ++filled) {
        const std::string_view bytes = next_bytes();
        if (bytes.empty()) {
            pump.last_sent = arch::counter();
            return Pumped::all;
        }
        const usize sent = arch::send_console(bytes);
        if (sent != 0) {
            pump.last_sent = arch::counter();
            pump.is_stuck = false;
            take_off(sent);
        }
        if (sent < std::min(bytes.size(), filling)) {
            return on_full();
        }
    }
    return Pumped::more;
}

void pump_and_tell();

void fire_pump(SoftTimer&, void*) {
    pump_and_tell();
}

/// Looks again after a while, on this CPU.
void look_later(u64 ticks) {
    SoftTimer& timer = this_cpu().transmit_due;
    const u64 when = arch::counter() + ticks;
    if (!timer.armed || timer.deadline > when) {
        timer.fire = fire_pump;
        arm_timer(timer, when);
    }
}

/// Who looks next when something is left.
ISTHMUS_REQUIRES((pump.lock)) void arrange_next(Pumped pumped) {
    const bool waits_for_interrupt = pumped == Pumped::full && queue.has_interrupt;
    arch::listen_for_console_room(waits_for_interrupt);
    if (waits_for_interrupt && pump.hungry.items().empty()) {
        look_later(arch::counter_frequency());  // it may be stuck
    } else if (pumped != Pumped::all || !pump.hungry.items().empty()) {
        look_later(arch::counter_frequency() / looks_in_second);
    }
}

/// What came after the last look, and whose writer found the lock taken, is looked at again.
/// `told`: takes those that have room again, who are then called; nullptr: they are left for
/// somebody who may call them.
void pump_until_done(Hungry* told) {
    if (!queue.is_started()) {
        return;
    }
    for (;;) {
        full_fence();  // what was added before is seen by who holds the lock, or looks again
        if (!pump.lock.try_lock()) {
            return;
        }
        const Pumped pumped = fill();
        if (told != nullptr) {
            *told = pump.hungry;
            pump.hungry = {};
        }
        arrange_next(pumped);
        pump.lock.unlock();
        if (told != nullptr) {
            for (const TransmitPart* part : told->items()) {
                if (part->tell != nullptr) {
                    part->tell(part->context);
                }
            }
        }
        full_fence();
        if (pumped != Pumped::all || queue.is_empty()) {
            return;
        }
    }
}

void pump_and_tell() {
    Hungry told;
    pump_until_done(&told);
}

/// Own lines are never lost: the UART is waited for.
void wait_for_own_room() {
    while (!queue.own.fits(1)) {
        if (pump.lock.try_lock()) {
            static_cast<void>(fill());
            pump.lock.unlock();
        }
        arch::relax();
    }
}

}  // namespace

bool TransmitPart::wait_for_room() {
    starved.store(1);
    full_fence();  // take_off looks at `starved` after it has changed `waiting`
    return fits(2);
}

TransmitPart& own_part() {
    return queue.own;
}

void start_transmit_queue(std::span<char> bytes, bool has_interrupt) {
    queue.has_interrupt = has_interrupt;
    queue.bytes = bytes;
}

void transmit(TransmitPart& part, std::string_view text) {
    if (!queue.is_started()) {
        arch::write_console(text);
        return;
    }
    if (text.empty()) {
        return;
    }
    if (&part == &queue.own) {
        wait_for_own_room();
    }
    const Header header{&part, text.size()};
    const u32 tail = queue.tail.load(Order::relaxed);
    copy_in(tail, &header, sizeof header);
    copy_in(tail + sizeof header, text.data(), text.size());
    part.waiting.fetch_add(static_cast<u32>(sizeof header + text.size()));
    queue.tail.store(tail + static_cast<u32>(sizeof header + text.size()));
}

void pump_console() {
    pump_until_done(nullptr);
}

void on_console_room() {
    arch::acknowledge_console_room();
    pump_and_tell();
}

void flush_console() {
    while (queue.is_started() && !queue.is_empty()) {
        pump_console();
        arch::relax();
    }
}

u64 transmit_bytes_dropped() {
    return queue.dropped.load() + arch::console_bytes_dropped();
}

/// Its lock may be held by a CPU that will never go on.
ISTHMUS_UNCHECKED void seize_transmit_queue() {
    for (std::string_view bytes = next_bytes(); !bytes.empty(); bytes = next_bytes()) {
        arch::write_console(bytes);
        take_off(bytes.size());
    }
    queue.bytes = {};
}

}  // namespace isthmus::core
