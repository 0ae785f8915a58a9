// SPDX-License-Identifier: Apache-2.0
// Where the interrupts of the vCPU that runs on this CPU stand. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::arch {

/// Small enough to be passed in one register.
struct ListRegister {
    enum class State : u8 { inactive = 0, pending = 1, active = 2, pending_and_active = 3 };

    u16 intid = 0;
    u16 host_intid = 0;  ///< not 0: ending it in the guest ends this interrupt of the machine
    u8 priority = 0;
    State state = State::inactive;
    u8 sender : 3 = 0;  ///< GICv2: the CPU interface that an SGI came from
    /// A maintenance interrupt when the guest ends it; not with host_intid.
    bool end_signal : 1 = false;
    bool group1 : 1 = true;
};
static_assert(sizeof(ListRegister) == 8);

unsigned list_register_count();
void write_list_register(unsigned index, ListRegister value);
/// The same for a pending interrupt, from registers to register.
void write_pending(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                   bool end_signal);
/// The same where the guest has emptied the list register; else nothing, and false.
bool write_pending_if_empty(unsigned index, u32 intid, u32 host_intid, u8 priority, bool group1,
                            bool end_signal);
void clear_list_register(unsigned index);
ListRegister read_list_register(unsigned index);
/// A bit for each list register that holds nothing (ICH_ELRSR_EL2, GICH_ELRSR0).
u32 empty_list_registers();

struct Maintenance {
    bool no_pending = false;       ///< interrupt when none is pending
    bool end_not_present = false;  ///< interrupt when the guest ended one that is in none
};
void set_maintenance(Maintenance wanted);
/// How many the guest ended that were in no list register, since the last call.
unsigned take_end_count();

}  // namespace isthmus::arch
