// SPDX-License-Identifier: Apache-2.0
#include "core/arm/xen/console_ring.hpp"

#include <algorithm>
#include <cstring>

#include "core/arm/xen/events.hpp"
#include "core/console/input.hpp"
#include "core/console/line.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::core::xen {
namespace {

u32 load(const u32& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}
void store(u32& word, u32 value) {
    __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}

bool receive_byte(void* console, u8 byte) {
    return static_cast<ConsoleBackend*>(console)->receive(byte);
}
/// What is in the ring is the guest's already.
std::optional<u8> take_nothing(void*) {
    return std::nullopt;
}
void update_guest(void* console) {
    static_cast<ConsoleBackend*>(console)->update();
}
bool guest_listens(void* console) {
    return static_cast<ConsoleBackend*>(console)->listens();
}

/// Kernels go on from the counts that they find in the page.
Result<void> clear_page(Guest& guest, GuestAddress page) {
    const LockGuard guard(guest.lock);
    std::byte* shown = ISTHMUS_TRY(guest.pages.show(*guest.domain, page));
    std::memset(shown, 0, page_bytes);
    arch::publish_host(*HostRange::from(arch::host_address(shown), page_size));
    guest.pages.release(shown);
    return {};
}

}  // namespace

ConsoleRing* ConsoleBackend::ring() {
    if (ring_ == nullptr && !is_closed_) {
        const LockGuard guard(guest_->lock);
        const auto shown =
            guest_->pages.show(*guest_->domain, guest_->domain->plan->xen.console.start());
        ring_ = shown ? object_at<ConsoleRing>(*shown) : nullptr;
    }
    return ring_;
}

/// A distance that the ring does not hold is a guest's mistake: all of it is dropped.
std::span<std::byte> ConsoleBackend::take(std::span<std::byte> bytes, u32& left) {
    left = 0;
    ConsoleRing* page = ring();
    if (page == nullptr) {
        return {};
    }
    const u32 produced = load(page->out_produced);
    const u32 waiting = produced - out_consumed_;
    const u32 taken =
        waiting > ConsoleRing::out_size ? 0 : std::min(waiting, static_cast<u32>(bytes.size()));
    for (u32 i = 0; i < taken; ++i) {
        const u32 at = (out_consumed_ + i) % ConsoleRing::out_size;
        bytes[i] = static_cast<std::byte>(__atomic_load_n(&page->out[at], __ATOMIC_RELAXED));
    }
    left = taken == 0 ? 0 : waiting - taken;
    out_consumed_ = taken == 0 ? produced : out_consumed_ + taken;
    has_news_ = has_news_ || waiting == ConsoleRing::out_size;  // it may wait for room
    store(page->out_consumed, out_consumed_);
    return bytes.first(taken);
}

bool ConsoleBackend::take_output(Vcpu& vcpu) {
    GuestConsole& console = vcpu.domain->console;
    GuestConsole& shown = console.has_receiver() ? *text_ : console;
    if (!shown.has_output_room()) {
        return true;
    }
    std::array<std::byte, ConsoleLine::size> buffer;
    std::span<std::byte> taken;
    u32 left = 0;
    {
        const LockGuard guard(lock_);
        taken = take(buffer, left);
    }
    for (const std::byte byte : taken) {
        shown.put(vcpu, static_cast<char>(byte));
    }
    if (console.feed()) {  // it tells in the same way that it has read
        resume_input();
    }
    update();
    return left != 0;
}

bool ConsoleBackend::receive(u8 byte) {
    const LockGuard guard(lock_);
    ConsoleRing* page = ring();
    if (page == nullptr || in_produced_ - load(page->in_consumed) >= ConsoleRing::in_size) {
        return false;
    }
    __atomic_store_n(&page->in[in_produced_ % ConsoleRing::in_size], byte, __ATOMIC_RELAXED);
    store(page->in_produced, ++in_produced_);
    has_news_ = true;
    return true;
}

void ConsoleBackend::update() {
    {
        const LockGuard guard(lock_);
        if (!has_news_) {
            return;
        }
        has_news_ = false;
    }
    const LockGuard guard(guest_->lock);
    guest_->set_pending(port_, guest_->ports[port_].load().vcpu);
}

/// A tty that nobody has open leaves its port masked.
bool ConsoleBackend::listens() {
    const LockGuard guard(guest_->lock);
    return !guest_->is_masked(port_);
}

void ConsoleBackend::init(Guest& guest, u32 port, GuestConsole& text) {
    guest_ = &guest;
    text_ = &text;
    port_ = port;
    GuestConsole& console = guest.domain->console;
    print(name_, "{} (hvc0)", console.name());
    text.init(name_.view(), console.form());
    text.join_output(console);
    console.connect_ring({this, receive_byte, take_nothing, update_guest, guest_listens}, &text);
}

void ConsoleBackend::close() {
    const LockGuard guard(lock_);
    ring_ = nullptr;
    is_closed_ = true;
}

void ConsoleBackend::reopen() {
    const LockGuard guard(lock_);
    is_closed_ = false;
    has_news_ = false;
    in_produced_ = 0;
    out_consumed_ = 0;
}

Result<void> make_console(Guest& guest) {
    const dom0less::XenPlan& plan = guest.domain->plan->xen;
    if (plan.console.empty() || plan.console_port == 0) {
        return {};
    }
    ISTHMUS_TRY(clear_page(guest, plan.console.start()));
    ConsoleBackend& console = ISTHMUS_TRY(allocate_objects<ConsoleBackend>(1))[0];
    GuestConsole& text = ISTHMUS_TRY(allocate_objects<GuestConsole>(1))[0];
    console.init(guest, plan.console_port, text);
    guest.console = &console;
    return {};
}

}  // namespace isthmus::core::xen
