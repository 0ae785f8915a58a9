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

/// As copy_from_guest, of bytes that may lie in several pages; each is read once.
Result<void> read_guest(const Domain& domain, u64 address, std::span<std::byte> bytes);
/// The same of a word of 32 bits.
Result<u32> read_guest_word(const Domain& domain, u64 address);
/// The shortest way to it. False: it has to go the long one, and nothing has happened.
bool peek_guest_word(u64 address, u32& word);
/// As copy_to_guest, likewise. On an error the pages before are written.
Result<void> write_guest(const Domain& domain, u64 address, std::span<const std::byte> bytes);
/// What write_guest would say of so many bytes, without writing.
Result<void> check_writable(const Domain& domain, u64 address, u64 size);

}  // namespace isthmus::core
