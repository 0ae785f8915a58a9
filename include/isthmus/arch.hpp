// SPDX-License-Identifier: Apache-2.0
// The contract an architecture implements: all that core asks of the machine. arch/arm64 defines
// these; the unit tests of core bring a machine of their own. What the machine tells core stands in
// core/entry_points.hpp; DMA protection is in isthmus/smmu.hpp. Unless said otherwise a function
// acts on the CPU that calls it.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"
#include "isthmus/uart_kind.hpp"

namespace isthmus::arch {

// --- CPUs -----------------------------------------------------------------------------------

/// This CPU's number: its place in HostDescription::cpus.
usize cpu_index();
/// This CPU's affinity fields, as `reg` of its node in the tree has them.
u64 cpu_affinity();
/// The boot CPU learns its number.
void become_cpu(usize index);
/// Starts a CPU by PSCI CPU_ON; it arrives in core::secondary_main on stacks of `stack_bytes` that
/// begin at these pages. Errors: denied (the firmware's answer), out_of_memory.
inline constexpr u64 stack_bytes = 32 * 1024;
Result<void> start_cpu(usize index, u64 mpidr, HostAddress stack, HostAddress emergency_stack);
/// Whether the firmware takes calls of the SMC Calling Convention 1.1. The boot CPU, before
/// guard_this_cpu and before it starts others, where the tree has PSCI by SMC.
void find_firmware_calls();
/// Fills in core::PerCpu::speculation, with what the firmware says where it takes calls, and does
/// from now on what follows from it. Each CPU, before it enters a guest.
void guard_this_cpu();
/// What PSCI_VERSION says: major in the upper half, minor in the lower; negative, as a signed
/// number: not supported.
u32 firmware_version();
/// Bits of physical address that the boot CPU has.
unsigned cpu_address_bits();
/// What a CPU must have to be used: bits of address; the boot CPU's CNTFRQ_EL0. Before start_cpu.
void require_of_cpus(unsigned address_bits, bool same_frequency);
/// The CPUs that have come up are all there will be: guests get what every one of them can do.
void settle_cpus();
/// A hint in a waiting loop (YIELD).
void relax();
/// Sleeps until an interrupt is pending, which is not taken (WFI with interrupts masked).
void wait_for_interrupt();
/// Ends this CPU's work for good.
[[noreturn]] void halt();
/// PSCI SYSTEM_OFF and SYSTEM_RESET of the machine; they halt when the firmware refuses.
[[noreturn]] void power_off();
[[noreturn]] void reset();
/// Makes the calling CPU's return addresses readable: "file-relative" addresses of the image, for
/// tools/backtrace.py.
void print_backtrace();

// --- Time -----------------------------------------------------------------------------------

/// Before the others: ticks in a second as the tree has them, 0 where it leaves them to CNTFRQ_EL0;
/// faults of the counter that it names (isthmus/counter_erratum.hpp).
void init_counter(u32 told_frequency, u8 told_errata);
/// The physical counter (CNTPCT_EL0), and its ticks in a second.
u64 counter();
u64 counter_frequency();
/// One timer interrupt for core::on_deadline when the counter reaches `when`; ~0: none.
void set_deadline(u64 when);

// --- Console --------------------------------------------------------------------------------

/// The UART that Isthmus uses, as the boot tree describes it.
struct ConsoleDevice {
    UartKind kind = UartKind::pl011;
    HostRange registers;
    u8 register_shift = 0;  ///< register n is n << shift bytes from the first
    u8 io_width = 4;        ///< bytes of one access
};
/// Also with the first map alone, for a UART in one page. Error: out_of_memory.
Result<void> init_console(const ConsoleDevice& device);
/// The UART is left as it is, and its registers are not seen any more. Before other CPUs are up.
void close_console();
/// Waits until the UART has taken everything, but not for ever: what a stuck one does not take is
/// dropped and counted. Nothing happens before init_console.
void write_console(std::string_view text);
u64 console_bytes_dropped();
/// The next byte received, or -1.
int read_console();
/// Whether a received byte raises the UART's interrupt.
void listen_to_console(bool on);
/// In that interrupt, when all was read; what came meanwhile is read after it.
void acknowledge_console();

// --- Isthmus's own map ----------------------------------------------------------------------

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
/// instruction cache holds what was there before.
void publish_code(HostRange range);

// --- Stage 2 --------------------------------------------------------------------------------

/// Table entries written before are seen by the walkers of all CPUs (DSB ISHST).
void publish_table();
/// Guests' tables force Normal Write-Back, whatever guests' own say (FEAT_S2FWB, Arm ARM D8.6.2):
/// where CPUs can, unless it is forgone.
bool forces_write_back();
/// They do without: the plan wants guests' own attributes to stand, or an SMMU that shares the
/// tables cannot. Before the first of them is made.
void forgo_forced_write_back();
/// No CPU holds a translation of these guest addresses any more, for the guest of this VTTBR_EL2.
void invalidate_guest(u64 vttbr, GuestRange range);
/// This CPU holds no stage-1 translation any more of the guest that is loaded here.
void forget_guest_translations();

// --- Interrupts of the machine -----------------------------------------------------------------

/// The interrupt controller and the private interrupts that Isthmus uses.
struct InterruptController {
    u8 version = 0;
    HostRange distributor;
    std::span<const HostRange> redistributors;
    u64 redistributor_stride = 0;    ///< bytes; 0: as each frame's GICR_TYPER says
    HostRange cpu_interface;         ///< GICv2: GICC, two pages
    HostRange hypervisor_interface;  ///< GICv2: GICH
    u32 maintenance_intid = 0;
    u32 virtual_timer_intid = 0;
    u32 hypervisor_timer_intid = 0;
};
/// Looks whether the controller is there, and turns off LPIs that firmware has left on.
/// `left(context, table)` for each table in RAM that a redistributor goes on using, because it
/// cannot. Once, before the others and before the heap stands. Errors: unsupported (version),
/// out_of_memory, not_found (no GICv2, or GICv3, answers there).
Result<void> find_interrupts(const InterruptController& controller,
                             void (*left)(void* context, HostRange table), void* context);
/// The shared part, once; what firmware left of it is gone. Errors: denied (a write never took
/// effect), out_of_memory.
Result<void> init_interrupts(const InterruptController& controller);
/// Each CPU's own part, likewise. Errors: not_found (no redistributor of this CPU, or it has not
/// the registers of a GICv3), denied.
Result<void> init_cpu_interrupts();

/// Asks `cpu` to look at its vCPU again: arrives there as core::on_kick.
void kick(usize cpu);
/// Stops all other CPUs, from a panic.
void stop_other_cpus();
enum class Trigger : u8 { level, edge };
/// Trigger and route of a shared interrupt of the machine; it stays disabled.
void prepare_interrupt(u32 intid, usize cpu, Trigger trigger);
/// The trigger alone, of one that is disabled (IHI 0069, 12.9.9: else anything may come of it).
void set_interrupt_trigger(u32 intid, Trigger trigger);
/// A shared interrupt of the machine comes to this CPU from now on.
void route_interrupt(u32 intid, usize cpu);
/// Any CPU, for any shared interrupt that was prepared; one that is on its way still comes.
void set_interrupt_enabled(u32 intid, bool enabled);
/// Lets this CPU's private interrupt of that number through.
void enable_private_interrupt(u32 intid);
/// Ends the active state of a host interrupt that was handed to a guest and that no list register
/// will end.
void deactivate_interrupt(u32 intid);
/// Takes what is pending without an exception, while no guest runs here.
void poll_interrupts();
/// Whether an interrupt of the machine waits to be taken here.
bool is_interrupt_pending();
/// The active state of this CPU's private interrupt of that number: what a vCPU that comes or goes
/// has, or had, in hand.
void set_private_active(u32 intid, bool active);
/// Whether the line of this level-sensitive interrupt of the machine is up now. A private one's is
/// this CPU's; the virtual timer's follows the guest's registers at once.
bool is_line_up(u32 intid);

/// Takes the SError that waits here once all that was done before has had its effect (DSB, ESB):
/// its syndrome as in ESR_EL2, or 0 for none. The running guest's registers are left alone.
u64 take_serror();

// --- List registers of the running vCPU --------------------------------------------------------

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

/// arch/arm64/cpu/esr.hpp, taken_exception.hpp
enum class FaultStatus : u8;
struct TakenException;

// --- What the guest's CPU shows -----------------------------------------------------------------

/// The guest's current program counter (ELR_EL2).
u64 guest_pc();
/// The stack pointer of the code that runs in the guest.
u64 guest_stack_pointer();
void set_guest_stack_pointer(u64 value);
/// Whether that code is A64, not A32 of EL0.
bool guest_runs_a64();
/// The virtual address of the access that brought the guest here (FAR_EL2).
u64 guest_fault_address();
/// Where the guest's own tables have a virtual address now, for EL1 to read. Error: not_mapped.
Result<GuestAddress> guest_translation(u64 address);
/// What the running vCPU's EL1 took last (its ESR_EL1, ELR_EL1 and the like).
TakenException guest_exception();
/// An aligned word of a guest's RAM, which Isthmus's map does not show. It costs a page-table entry
/// and its invalidation, on this CPU alone.
u32 peek_word(HostAddress address);
/// Where the guest's exception is taken next: these change PC, PSTATE and the EL1 fault registers
/// of the running vCPU (Arm ARM, AArch64.TakeException). An abort is for the address of the fault
/// that brought the guest here.
void inject_undefined();
void inject_data_abort(bool write, FaultStatus status);
void inject_instruction_abort(FaultStatus status);

/// A feature ID register as a guest may see it; `crm` 1 to 7, `op2` 0 to 7 of op0 3, op1 0, CRn 0.
u64 guest_id_register(unsigned crm, unsigned op2);

}  // namespace isthmus::arch
