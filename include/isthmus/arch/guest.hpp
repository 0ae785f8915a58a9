// SPDX-License-Identifier: Apache-2.0
// What the CPU shows of the guest that runs on it, and exceptions given to it. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include <span>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// arch/arm64/cpu/esr.hpp, taken_exception.hpp
enum class FaultStatus : u8;
struct TakenException;

/// The guest's current program counter (ELR_EL2).
u64 guest_pc();
/// The stack pointer of the code that runs in the guest.
u64 guest_stack_pointer();
void set_guest_stack_pointer(u64 value);
/// Whether that code is A64, not A32 of EL0.
bool guest_runs_a64();
/// The virtual address of the access that brought the guest here (FAR_EL2).
u64 guest_fault_address();
enum class GuestAccess : u8 { read, write };
/// Where the guest's own tables have a virtual address now, for EL1 to read or write. Error:
/// not_mapped.
Result<GuestAddress> guest_translation(u64 address, GuestAccess access = GuestAccess::read);
/// Where EL1's read of a virtual address ends, through its own tables and its map, as the CPU walks
/// both. All ones: nowhere.
HostAddress guest_host_translation(u64 address);
/// After stage 2's translation fault of a load: whether this is a CPU that may report one where the
/// guest's own tables refuse the load (Cortex-A57, erratum 834220), and they do.
bool guest_refuses_load(u64 address);
/// What the running vCPU's EL1 took last (its ESR_EL1, ELR_EL1 and the like).
TakenException guest_exception();
/// An aligned word of a guest's RAM, which Isthmus's map does not show. It costs a page-table entry
/// and its invalidation, on this CPU alone.
u32 peek_word(HostAddress address);
/// The same of several bytes, which lie in one page; and putting some there.
void peek(HostAddress address, std::span<std::byte> bytes);
void poke(HostAddress address, std::span<const std::byte> bytes);
/// Where the guest's exception is taken next: these change PC, PSTATE and the EL1 fault registers
/// of the running vCPU (Arm ARM, AArch64.TakeException). An abort is for the address of the fault
/// that brought the guest here.
void inject_undefined();
void inject_data_abort(bool write, FaultStatus status);
void inject_instruction_abort(FaultStatus status);

/// A feature ID register as a guest may see it; `crm` 1 to 7, `op2` 0 to 7 of op0 3, op1 0, CRn 0.
u64 guest_id_register(unsigned crm, unsigned op2);

}  // namespace isthmus::arch
