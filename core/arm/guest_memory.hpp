// SPDX-License-Identifier: Apache-2.0
// A guest's buffers, by the virtual addresses that it gives: through its own tables as EL1 could
// use them now, then through its map. Of the vCPU that runs on this CPU.
#pragma once

#include <span>

#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;

/// How many bytes from a virtual address on lie in its page.
u64 bytes_left_in_page(u64 address);
/// Bytes of one page, all of RAM that this guest may read. Error: not_mapped, denied (a device, or
/// memory that firmware keeps).
Result<void> copy_from_guest(const Domain& domain, u64 address, std::span<std::byte> bytes);
/// The same, where this guest may write.
Result<void> copy_to_guest(const Domain& domain, u64 address, std::span<const std::byte> bytes);
/// What copy_to_guest would say, without writing.
Result<void> check_writable(const Domain& domain, u64 address);

}  // namespace isthmus::core
