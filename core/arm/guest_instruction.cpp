// SPDX-License-Identifier: Apache-2.0
#include "core/arm/guest_instruction.hpp"

#include "core/domain/domain.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::core {

Result<u32> read_guest_instruction(const Domain& domain, u64 address) {
    const GuestAddress at = ISTHMUS_TRY(arch::guest_translation(address));
    const DomainMap::Leaf leaf = ISTHMUS_TRY(domain.map->translate(at));
    if (!mm::is_executable(leaf.attributes) || !at.is_aligned(sizeof(u32))) {
        return fail(Error::denied);
    }
    return arch::peek_word(leaf.host + (at - leaf.input));
}

}  // namespace isthmus::core
