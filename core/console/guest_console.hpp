// SPDX-License-Identifier: Apache-2.0
// One guest's part of the console: its output in whole lines under its name, and what was typed
// for it. A line that is not ended is shown, too, once it has stood for a moment: a prompt.
#pragma once

#include <array>
#include <string_view>

#include "core/console/line.hpp"
#include "core/console/log.hpp"
#include "core/console/transmit.hpp"
#include "isthmus/atomic.hpp"
#include "isthmus/spinlock.hpp"
#include "isthmus/visible.hpp"

namespace isthmus::core {

struct Vcpu;

/// The guest's device that takes what is typed.
struct ConsoleReceiver {
    void* device = nullptr;
    /// Whether the device took the byte; when it has no room the byte stays here.
    bool (*receive)(void* device, u8 byte) = nullptr;
    /// The oldest byte that it has received and the guest has not read.
    std::optional<u8> (*take)(void* device) = nullptr;
    /// After bytes were received or taken: its interrupt is brought up to date.
    void (*update)(void* device) = nullptr;
    /// Whether the guest waits for input there.
    bool (*listens)(void* device) = nullptr;
};

class GuestConsole {
  public:
    constexpr GuestConsole() = default;

    /// `form`: how the guest's text is shown. In any but `raw` its control characters do nothing
    /// but edit its own line (core/console/line.hpp).
    void init(std::string_view name, TextForm form) {
        name_ = name;
        form_ = form;
    }
    /// What the guest says here counts as said there: its second console. Before the guest runs.
    void join_output(GuestConsole& first) { output_ = first.output_; }
    /// Whether the machine's console takes another byte of this guest: it may end a line. False:
    /// what tell_room named is called when it does.
    bool has_output_room() { return output_->has_room(); }
    /// `call(context)` when there is room again, on any CPU, with no lock held. Before the guest
    /// runs.
    void tell_room(void (*call)(void* context), void* context) {
        part_.context = context;
        part_.tell = call;
    }
    /// What is typed goes to this device. Before the guest runs; without one nothing is typed.
    void connect(const ConsoleReceiver& receiver) { receiver_ = receiver; }
    /// A second one, by Xen's interface. What is typed goes there when the guest waits for it there
    /// and not at its first. `shown`: nullptr, or where its text is shown, under a name of its own.
    void connect_ring(const ConsoleReceiver& ring, GuestConsole* shown) {
        ring_ = ring;
        second_ = shown;
    }
    bool has_receiver() const { return receiver_.device != nullptr; }
    std::string_view name() const { return name_; }
    TextForm form() const { return form_; }
    /// `call(context)` whenever something was typed. Before the guest runs.
    void tell_typed(void (*call)(void* context), void* context) {
        typed_ = call;
        typed_context_ = context;
    }
    /// The guest has such a device, or reads by calls (set_called).
    bool takes_input() const {
        return receiver_.device != nullptr || ring_.device != nullptr || called_.load() != 0;
    }
    /// One byte of output, on the CPU of the vCPU that sent it; it asks has_output_room before.
    void put(Vcpu& vcpu, char c);
    /// Shows what was not shown yet of an unfinished line. False: there is no room for it now, and
    /// the caller lets show_later() come again.
    bool flush();
    /// Vcpu::console_deadline fires when an unfinished line has stood for a moment. On its CPU.
    static void show_later(Vcpu& vcpu);
    /// Ends an unfinished line, when the guest has stopped.
    void finish();

    /// Whether so many more bytes can be typed. If not, feed() tells when they can.
    bool has_room(u32 bytes);
    /// A typed byte for the guest, which takes input: into its device, or kept until that has room;
    /// when more waits than is kept here, it is lost and counted.
    void type(u8 byte);
    /// The guest has read: what is kept moves up. True when half of the room is free again, after
    /// has_room has said that there was too little.
    bool feed();
    /// The guest is built again: what was typed for it is gone, and it uses no calls yet.
    void forget_input();
    /// How many typed bytes have gone to the guest's device.
    u64 taken();
    u64 lost_input();
    /// The guest sent a byte though its UART said that it is full. Any CPU.
    void count_lost_output() { lost_output_.fetch_add(1, Order::relaxed); }
    u64 lost_output() const { return lost_output_.load(Order::relaxed); }
    /// The guest uses the console by calls, too, whether it has a UART or not: typed bytes may go
    /// to it. Any CPU.
    void set_called() { called_.store(1); }
    /// The next typed byte, for a guest that reads by calls: from its device, where it has one, as
    /// the oldest lie there. The caller calls feed() before, and update_device() at the end.
    std::optional<u8> take();
    void update_device();
    /// The next line of what the guest wrote last, under a name of its own, between lines of
    /// Isthmus; false at the end. While there is no room for it, nothing, and true. Of one that
    /// runs, up to what it wrote when that began. `place`: at first a fresh one.
    bool show_log(ConsoleLog::Place& place);

  private:
    const ConsoleReceiver& receiver() const;
    void end_line() ISTHMUS_REQUIRES(lock_);
    void cut_line() ISTHMUS_REQUIRES(lock_);

    static constexpr usize kept_size = 4096;  // a power of two

    TransmitPart part_;
    TransmitPart* output_ = &part_;
    SpinLock lock_;
    std::string_view name_;
    TextForm form_ = TextForm::utf8;
    ConsoleReceiver receiver_;  ///< these are fixed once the guest runs
    ConsoleReceiver ring_;
    void (*typed_)(void* context) = nullptr;
    void* typed_context_ = nullptr;
    GuestConsole* second_ = nullptr;
    ConsoleLine line_ ISTHMUS_GUARDED_BY(lock_);
    bool is_rest_ ISTHMUS_GUARDED_BY(lock_) = false;  ///< the line's begin was cut off already
    ConsoleLog log_ ISTHMUS_GUARDED_BY(lock_);

    SpinLock input_lock_;
    std::array<u8, kept_size> kept_ ISTHMUS_GUARDED_BY(input_lock_){};
    u32 head_ ISTHMUS_GUARDED_BY(input_lock_) = 0;
    u32 tail_ ISTHMUS_GUARDED_BY(input_lock_) = 0;
    u64 taken_ ISTHMUS_GUARDED_BY(input_lock_) = 0;
    bool refused_ ISTHMUS_GUARDED_BY(input_lock_) = false;  ///< has_room said no
    u64 lost_ ISTHMUS_GUARDED_BY(input_lock_) = 0;
    Atomic<u32> called_;
    Atomic<u64> lost_output_;
};

}  // namespace isthmus::core
