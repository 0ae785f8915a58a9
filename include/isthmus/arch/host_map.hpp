// SPDX-License-Identifier: Apache-2.0
// Isthmus's own address space, and what it does to memory that it sees there. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include <cstddef>
#include <span>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// Shows the RAM that everything is read and planned in, whole blocks of 2 MiB, at a place of its
/// own; also with the first map alone. Once. Error: out_of_memory, unsupported (this CPU has not
/// the address bits for it).
Result<std::span<std::byte>> show_arena(HostRange range);

enum class HostAccess : u8 { read_only, read_write };
/// Shows RAM in Isthmus's map at `host_pointer`. Any CPU; it has a lock inside. Error:
/// out_of_memory, already_mapped.
Result<void> map_host(HostRange range, HostAccess access);
/// Error: out_of_memory (a block had to be split); then nothing has changed.
Result<void> unmap_host(HostRange range);
/// A stretch of Isthmus's own map, of blocks and pages that follow each other on both sides.
struct OwnMapping {
    HostRange host;
    bool writable = false;
    bool executable = false;
};
/// For the audit: every one there is.
void visit_own_map(void (*visit)(void* context, const OwnMapping& mapping), void* context);
/// Where mapped RAM is seen.
std::byte* host_pointer(HostAddress address);
/// The same for what is aligned as its type asks.
template <class T>
T* host_object(HostAddress address) {
    return static_cast<T*>(static_cast<void*>(host_pointer(address)));
}
/// The reverse, for memory inside the image, the early table pages and mapped RAM.
HostAddress host_address(const void* pointer);
/// Clears mapped RAM with the largest stores the CPU has.
void zero_host(HostRange range);
/// Makes mapped RAM visible to a guest whose caches are still off: cleaned and invalidated to the
/// point of coherency. Nothing to do where stage 2 forces cacheability (FEAT_S2FWB).
void publish_host(HostRange range);
/// Makes mapped RAM that was written fit for execution by a guest: out of the data caches, and no
/// instruction cache holds what was there before. A CPU comes to it by ERET, which is its ISB.
void publish_code(HostRange range);

}  // namespace isthmus::arch
