// SPDX-License-Identifier: Apache-2.0
// The machine beneath the virtual GIC, as small as can be: each CPU has one list register and the
// active state of one private line; there is one shared line. It is what isthmus/arch/'s
// interrupt functions act on in this program.
#pragma once

#include "isthmus/arch/list_registers.hpp"

namespace isthmus::model::vgic {

inline constexpr u32 sgi = 1;
inline constexpr u32 timer = 27;      ///< the private line, in the machine and in the guest
inline constexpr u32 shared = 32;     ///< the shared line, likewise
inline constexpr unsigned count = 2;  ///< of vCPUs, and of CPUs

struct MachineCpu {
    arch::ListRegister list;
    arch::Maintenance maintenance;
    u8 end_count = 0;
    bool kicked = false;
    bool timer_active = false;

    bool wants_maintenance() const {
        using State = arch::ListRegister::State;
        return (list.state == State::inactive && list.end_signal && list.host_intid == 0) ||
               (maintenance.no_pending && list.state != State::pending) ||
               (maintenance.end_not_present && end_count != 0);
    }
};

struct SharedLine {
    bool up = false;       ///< level
    bool latched = false;  ///< an edge that was not signalled yet
    bool active = false;
    bool enabled = false;
    u8 cpu = 0;
};

struct Machine {
    MachineCpu cpus[count];
    SharedLine shared_line;
    bool timer_up[count] = {};      ///< each vCPU's timer; in the machine while the vCPU runs
    i32 running[count] = {-1, -1};  ///< which vCPU a CPU runs
    u8 here = 0;                    ///< the CPU that executes
    const char* misuse = nullptr;   ///< what no hardware allows was done

    MachineCpu& cpu() { return cpus[here]; }
};

extern Machine machine;

}  // namespace isthmus::model::vgic
