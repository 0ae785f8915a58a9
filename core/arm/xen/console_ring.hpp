// SPDX-License-Identifier: Apache-2.0
// The console of HVM_PARAM_CONSOLE_PFN: a ring each way in a page of the guest's own RAM, and an
// event channel (Linux's hvc0). What the guest puts there goes to its lines on the machine's
// console; what is typed for it comes back, once it has written here last.
//
// The guest writes into the page at any time. Isthmus's own two counts are kept here, and of the
// guest's two it takes a distance, which is checked.
#pragma once

#include "core/arm/xen/guest.hpp"
#include "isthmus/text.hpp"

namespace isthmus::core {

class GuestConsole;

}  // namespace isthmus::core

namespace isthmus::core::xen {

class ConsoleBackend {
  public:
    constexpr ConsoleBackend() = default;

    /// Makes it the console of the guest's hvc0. Before it runs.
    /// `text`: another console, for what is shown under a name of its own.
    void init(Guest& guest, u32 port, GuestConsole& text);
    /// A line's worth of what the guest has put there. True: there is more. On its vCPU's CPU.
    bool take_output(Vcpu& vcpu);
    /// As ConsoleReceiver.
    bool receive(u8 byte);
    void update();
    bool listens();
    /// The page is not looked at again.
    void close();
    /// It is shown again at its next use, with both ways empty. Its page has been cleared.
    void reopen();

  private:
    ConsoleRing* ring() ISTHMUS_REQUIRES(lock_);
    std::span<std::byte> take(std::span<std::byte> bytes, u32& left) ISTHMUS_REQUIRES(lock_);

    SpinLock lock_;
    Guest* guest_ = nullptr;
    u32 port_ = 0;
    GuestConsole* text_ = nullptr;  ///< where the guest has a UART, too
    TextBuffer<80> name_;
    ConsoleRing* ring_ ISTHMUS_GUARDED_BY(lock_) = nullptr;  ///< shown from its first use on
    bool is_closed_ ISTHMUS_GUARDED_BY(lock_) = false;
    bool has_news_ ISTHMUS_GUARDED_BY(lock_) = false;  ///< the guest is to be told
    u32 in_produced_ ISTHMUS_GUARDED_BY(lock_) = 0;
    u32 out_consumed_ ISTHMUS_GUARDED_BY(lock_) = 0;
};

/// Where the plan has a ring: empties it. Boot CPU, before the guest runs. Error: out_of_memory.
Result<void> make_console(Guest& guest);

}  // namespace isthmus::core::xen
