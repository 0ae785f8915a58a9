// SPDX-License-Identifier: Apache-2.0
// One virtual interrupt, and the interface of one virtual CPU to the virtual GIC.
#pragma once

#include <array>

#include "core/arm/vgic/interrupt_counts.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "isthmus/atomic.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::core {

inline constexpr u32 sgi_count = 16;      ///< INTID 0 to 15, software generated
inline constexpr u32 private_count = 32;  ///< INTID 0 to 31: SGIs and PPIs, one set a vCPU
inline constexpr u32 intid_limit = 1020;  ///< SPIs end here; above are special numbers
inline constexpr unsigned max_list_registers = 16;

constexpr bool is_pending(arch::ListRegister::State state) {
    using State = arch::ListRegister::State;
    return state == State::pending || state == State::pending_and_active;
}

constexpr bool is_active(arch::ListRegister::State state) {
    using State = arch::ListRegister::State;
    return state == State::active || state == State::pending_and_active;
}

/// Why an interrupt is active, as far as Isthmus knows.
enum class Active : u8 {
    no,
    listed,       ///< seen so in its list register at the last look
    parked,       ///< its list register was needed for something else; the guest's end is counted
    by_register,  ///< made active by ISACTIVER in no list register, until ICACTIVER
};

/// What is known of an interrupt outside the list registers. While it is in one, the list register
/// says whether it is pending or active, and `in_list` where.
///
///                 raised             placed               acknowledged
///      nothing ─────────▶ pending ─────────▶ in a list ─────────────────▶ listed (active)
///        ▲ ▲               ▲    ▲             register                     │   │ the register is
///        │ └── cleared ────┘    └───────────────┘ taken back               │   ▼ needed
///        └────────────────────────── the guest ends it ────────────────────┴─ parked (active)
///
/// docs/vgic.md has all states, with those of the machine's lines; is_legal() below is their table.
struct VirtualIrq {
    static constexpr u8 no_list = 0xff;
    static constexpr u8 no_target = 0xff;

    u16 host_intid = 0;    ///< not 0: a line of the machine; ending it in the guest ends that, too
    u8 target = 0;         ///< SPI: index of the vCPU it is routed to
    u8 priority = 0;       ///< lower is more urgent
    u8 in_list = no_list;  ///< list register that holds it, on vCPU `holder`
    u8 holder = 0;         ///< the vCPU whose list register holds it, or held it when it was parked
    // One byte, which the short way writes whole (Vgic::repeat_here).
    bool latched : 1 =
        false;              ///< pending by an edge or a write to ISPENDR, outside a list register
    bool line : 1 = false;  ///< level of its line: an emulated one, or the machine's when looked at
    bool held : 1 = false;  ///< pending in its list register for more than the line's level
    bool in_hand : 1 = false;  ///< the machine has its line active until we, or the guest, end it
    Active active : 2 = Active::no;
    bool drop_pending : 1 = false;  ///< asked of the holder's CPU: forget the pending state
    bool drop_active : 1 = false;   ///< likewise, the active state

    bool make_active : 1 = false;  ///< likewise: set it active, outside the list registers
    bool again : 1 = false;        ///< signalled anew: what the holder has in hand was ended there
    bool enabled : 1 = false;
    bool edge : 1 = false;
    bool group1 : 1 = false;

    constexpr bool is_listed() const { return in_list != no_list; }
    bool is_pending() const { return latched || (line && !edge); }
    /// A level-sensitive line of the machine.
    constexpr bool is_level_line() const { return host_intid != 0 && !edge; }
    /// There is something that the guest will end, or take, before the machine may signal again.
    bool has_use_for_line() const {
        return is_listed() || active == Active::parked || is_pending();
    }
};
static_assert(sizeof(VirtualIrq) == 8);
static_assert(limits::vcpus_per_domain < VirtualIrq::no_target);

/// The table of docs/vgic.md: whether the flags are one of the states.
constexpr bool is_legal(const VirtualIrq& irq) {
    const bool is_asked = irq.drop_pending || irq.drop_active || irq.make_active;
    if (!irq.is_listed()) {
        if (irq.active == Active::listed || irq.held || is_asked || irq.again) {
            return false;
        }
    } else if (irq.active == Active::parked || irq.active == Active::by_register ||
               (irq.drop_active && irq.make_active)) {
        return false;
    }
    if (irq.host_intid == 0) {
        return !irq.in_hand && !irq.again;
    }
    return irq.in_hand || !(irq.again || (irq.line && !irq.edge));
}

/// A vCPU's side of the virtual GIC. Guarded by the lock of its Vgic; list registers are only
/// touched by the CPU that runs the vCPU.
struct VgicCpu {
    u16 index = 0;
    u16 host_cpu = 0;
    bool resident = false;  ///< its list registers are in that CPU now
    Atomic<u32> waiting;    ///< sleeps until an interrupt (WFI) and is not to be run before
    bool asleep = true;     ///< GICR_WAKER.ProcessorSleep
    u32 mpidr = 0;          ///< Aff2.Aff1.Aff0

    u32 used = 0;  ///< a bit for each list register that was filled and not yet found empty
    std::array<u16, max_list_registers> intid_of{};
    std::array<arch::ListRegister, max_list_registers> lists{};  ///< while it is not resident
    u32 parked_active = 0;  ///< interrupts that are Active::parked and whose `holder` this is
    u32 machine_lines = 0;  ///< a bit for each private interrupt that is a line of the machine

    /// Interrupts that wait for a list register, a bit each; `queued_words` has a bit for each word
    /// that is not 0.
    std::array<u64, 16> queued{};
    u32 queued_words = 0;
    /// A shared interrupt that was raised for this vCPU on another CPU while its list register held
    /// it, or had: the vCPU's own CPU, which was kicked, looks at that one alone. 0: none.
    u16 raised_again = 0;
    /// That CPU was kicked for something else.
    bool is_to_look = false;

    std::array<VirtualIrq, private_count> private_irqs{};

    /// GICv2: the vCPUs whose SGI is pending outside the list registers, a bit each; and whose was
    /// put into a list register last.
    std::array<u8, sgi_count> sgi_senders{};
    std::array<u8, sgi_count> sgi_in_list{};

    InterruptCounts counts;
};

}  // namespace isthmus::core
