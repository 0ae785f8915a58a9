// SPDX-License-Identifier: Apache-2.0
// What is to be written to the machine's console and has not left yet: one queue, in the order in
// which it was written, of which every writer has its part. Nobody waits for the UART: what it does
// not take now it takes when its interrupt tells of room, or when a timer looks.
//
//     show_line, log ─▶ transmit ─▶ [ a | isthmus | b | a ] ─▶ pump ─▶ UART's FIFO
//       console's lock     parts of the queue, in order        one CPU at a time
//                                                              ▲ after a write, the UART's
//                                                                interrupt, or a timer
//
// A guest whose part is full is told by its own console that there is no room; nobody else
// notices. So a byte leaves after at most the queue's size in bytes, whoever else writes.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/atomic.hpp"
#include "isthmus/units.hpp"

namespace isthmus::core {

/// Of one writer.
struct TransmitPart {
    /// What a guest has in the queue at most, with names and marks of the console; and Isthmus.
    static constexpr u32 guest_bytes = 4 * KiB;
    static constexpr u32 own_bytes = 16 * KiB;
    /// What one call of show_line adds at most: a line of which each byte is shown as `<1b>`, the
    /// steps back to its cursor, two names and marks.
    static constexpr u32 line_bytes = 1536;

    constexpr TransmitPart() = default;
    constexpr explicit TransmitPart(u32 bytes) : most(bytes) {}

    Atomic<u32> waiting;  ///< bytes in the queue
    Atomic<u32> starved;  ///< somebody was told that there is no room
    u32 most = guest_bytes;
    /// There is room again, after has_room said no. Any CPU, with no lock held.
    void (*tell)(void* context) = nullptr;
    void* context = nullptr;

    /// Room for a line that is next, and for one that its writer has to end. False: `tell` will be
    /// called.
    bool has_room() { return fits(2) || wait_for_room(); }
    /// So many lines have room. Before the queue is there nothing waits.
    bool fits(u32 lines) const { return waiting.load() + lines * line_bytes <= most; }

  private:
    bool wait_for_room();
};

/// What a queue needs that has room for everybody: bytes.
constexpr u64 transmit_queue_bytes(usize guests) {
    return TransmitPart::own_bytes + guests * TransmitPart::guest_bytes;
}

/// From now on what is written waits in `queue`: transmit_queue_bytes or more, a power of two;
/// before, the writer waits for the UART. `has_interrupt`: the UART's comes to on_console_room.
/// Boot CPU, once.
void start_transmit_queue(std::span<char> queue, bool has_interrupt);

/// Adds text of a writer. The caller holds the console's lock. When Isthmus's own part is full, it
/// waits until the UART has taken enough; a guest's writer has asked has_room before.
void transmit(TransmitPart& part, std::string_view text);
/// Isthmus's own part.
TransmitPart& own_part();

/// Hands on what the UART takes now: at most a few of its FIFOs full. Any CPU; not with the
/// console's lock. Who has room again is told a little later, as the caller may have locks of a
/// guest.
void pump_console();
/// The UART's interrupt. No lock is held.
void on_console_room();

/// Waits until all has left, or the UART takes nothing any more: before the machine ends.
void flush_console();
/// Bytes that were given up, because the UART took nothing for a second.
u64 transmit_bytes_dropped();

/// The console is a panic's: what waits is written by polling, as far as the UART takes it, and so
/// is what follows. All other CPUs are stopped.
void seize_transmit_queue();

}  // namespace isthmus::core
