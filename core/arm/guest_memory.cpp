// SPDX-License-Identifier: Apache-2.0
#include "core/arm/guest_memory.hpp"

#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::core {
namespace {

Result<HostAddress> find(const Domain& domain, u64 address, arch::GuestAccess access) {
    const GuestAddress at = ISTHMUS_TRY(arch::guest_translation(address, access));
    const DomainMap::Leaf leaf = ISTHMUS_TRY(domain.map->translate(at));
    if (!mm::is_ram(leaf.attributes) ||
        (access == arch::GuestAccess::write && !mm::is_writable(leaf.attributes))) {
        return fail(Error::denied);
    }
    return leaf.host + (at - leaf.input);
}

/// `act(address, offset, bytes)` for the part in each page.
template <class Act>
Result<void> for_each_page(u64 address, u64 size, Act act) {
    for (u64 done = 0; done < size;) {
        const u64 left = size - done;
        const u64 room = bytes_left_in_page(address + done);
        const u64 part = left < room ? left : room;
        ISTHMUS_TRY(act(address + done, done, part));
        done += part;
    }
    return {};
}

}  // namespace

u64 bytes_left_in_page(u64 address) {
    return page_size - (address & (page_size - 1));
}

Result<void> copy_from_guest(const Domain& domain, u64 address, std::span<std::byte> bytes) {
    arch::peek(ISTHMUS_TRY(find(domain, address, arch::GuestAccess::read)), bytes);
    return {};
}

Result<void> copy_to_guest(const Domain& domain, u64 address, std::span<const std::byte> bytes) {
    arch::poke(ISTHMUS_TRY(find(domain, address, arch::GuestAccess::write)), bytes);
    return {};
}

Result<void> check_writable(const Domain& domain, u64 address) {
    ISTHMUS_TRY(find(domain, address, arch::GuestAccess::write));
    return {};
}

Result<void> read_guest(const Domain& domain, u64 address, std::span<std::byte> bytes) {
    return for_each_page(address, bytes.size(), [&](u64 at, u64 offset, u64 part) {
        return copy_from_guest(domain, at, bytes.subspan(offset, part));
    });
}

Result<u32> read_guest_word(const Domain& domain, u64 address) {
    u32 word = 0;
    ISTHMUS_TRY(read_guest(domain, address, std::as_writable_bytes(std::span(&word, 1))));
    return word;
}

/// The CPU walks both tables at once. What it finds is a guest's RAM, or a region's, when its page
/// has an owner.
bool peek_guest_word(u64 address, u32& word) {
    if (!is_aligned(address, sizeof(u32))) [[unlikely]] {
        return false;
    }
    const HostAddress at = arch::guest_host_translation(address);
    const mm::PageInfo* page = frames().lookup(at);
    if (page == nullptr ||
        mm::page_word::state(page->word(Order::relaxed)) != mm::PageState::allocated) [[unlikely]] {
        return false;
    }
    word = arch::peek_word(at);
    return true;
}

Result<void> write_guest(const Domain& domain, u64 address, std::span<const std::byte> bytes) {
    return for_each_page(address, bytes.size(), [&](u64 at, u64 offset, u64 part) {
        return copy_to_guest(domain, at, bytes.subspan(offset, part));
    });
}

Result<void> check_writable(const Domain& domain, u64 address, u64 size) {
    return for_each_page(address, size,
                         [&](u64 at, u64, u64) { return check_writable(domain, at); });
}

}  // namespace isthmus::core
