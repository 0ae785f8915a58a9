// SPDX-License-Identifier: Apache-2.0
#include "core/arm/guest_memory.hpp"

#include "core/domain/domain.hpp"
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

}  // namespace isthmus::core
