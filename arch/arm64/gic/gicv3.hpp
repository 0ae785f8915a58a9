// SPDX-License-Identifier: Apache-2.0
// Driver of a GICv3 (Arm IHI 0069): distributor, redistributors, CPU interface by system registers.
// For gic.cpp, which chooses.
#pragma once

#include "arch/arm64/cpu/sysreg.hpp"
#include "isthmus/address.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::arch {

struct Gicv3 {
    /// As find_interrupts, init_interrupts and init_cpu_interrupts.
    static Result<void> find(const InterruptController& controller);
    static Result<void> quiesce_translators(const InterruptController& controller,
                                            void (*left)(void* context, HostRange table),
                                            void* context);
    static Result<void> turn_off_lpis(const InterruptController& controller,
                                      void (*left)(void* context, HostRange table), void* context);
    static Result<void> init(const InterruptController& controller);
    static Result<void> init_cpu();

    static HypAddress distributor();
    /// Routes a shared interrupt.
    static void route(u32 intid, usize cpu);
    /// Where this CPU's private interrupts are.
    static HypAddress private_frame();

    static void send_sgi(u32 sgi, usize cpu);
    static void send_sgi_to_others(u32 sgi);

    static u32 acknowledge() { return static_cast<u32>(ISTHMUS_READ_SYSREG(icc_iar1_el1)); }
    static constexpr u32 intid_of(u32 acknowledged) { return acknowledged; }
    static void drop_priority(u32 acknowledged) {
        ISTHMUS_WRITE_SYSREG(icc_eoir1_el1, acknowledged);
    }
    static void deactivate(u32 acknowledged) { ISTHMUS_WRITE_SYSREG(icc_dir_el1, acknowledged); }
};

}  // namespace isthmus::arch
