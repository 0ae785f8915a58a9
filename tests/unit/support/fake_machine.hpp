// SPDX-License-Identifier: Apache-2.0
// A machine for tests of core: it implements isthmus/arch/ and arch/arm64/guest/world_switch.hpp on
// the developer's machine. What core asks of it is recorded; what a machine does by itself (time,
// typed keys, the guest's side of the list registers) is up to the test.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "arch/arm64/cpu/esr.hpp"
#include "arch/arm64/guest/taken_exception.hpp"
#include "arch/arm64/guest/world_switch.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "isthmus/arch/smmu.hpp"

namespace isthmus::test {

/// One CPU's virtual interface registers and what else core set there.
struct FakeCpu {
    std::array<arch::ListRegister, 16> lists{};
    arch::Maintenance maintenance;
    unsigned end_count = 0;
    u64 deadline = ~u64{0};
    bool kicked = false;
    bool traps_wfi = false;          ///< as the vCPU was loaded
    bool virtual_timer = false;      ///< CNTV_CTL_EL0 is a guest's
    u64 serror = 0;                  ///< syndrome of one that is pending
    bool interrupt_pending = false;  ///< ISR_EL1 is not 0
    std::set<u32> private_active;    ///< interrupts set active, and not inactive since
    std::set<u32> fallen_lines;      ///< private lines of the machine that are down

    /// ICH_MISR_EL2 is not 0: the maintenance interrupt is asserted.
    bool wants_maintenance() const;
};

struct GuestException {
    enum class Kind : u8 { undefined, data_abort, instruction_abort };
    Kind kind = Kind::undefined;
    bool write = false;
    arch::FaultStatus status{};  ///< of an abort
    bool operator==(const GuestException&) const = default;
};

/// Thrown where a real CPU would not come back.
struct MachineStopped {
    enum class How : u8 { halt, power_off, reset };
    How how = How::halt;
};
struct GuestEntered {
    usize cpu = 0;
};

/// A shared interrupt of the machine, as its controller has been told.
struct FakeLine {
    usize cpu = 0;
    bool edge = false;
    bool enabled = false;
    bool is_up = true;  ///< its level, when it is looked at
};

/// An SMMU of the machine: what it can do, and which streams are whose (by VTTBR_EL2).
struct FakeSmmu {
    arch::SmmuSupport support = arch::SmmuSupport::no_stage2;
    bool refuses = false;  ///< does not obey
    u64 table_bytes = 0;   ///< of its stream table, when it needs an unusual one
    bool started = false;
    bool forced = true;                         ///< asked while the CPUs' tables force cacheability
    std::vector<std::pair<u32, u64>> attached;  ///< first stream, VTTBR_EL2
    std::deque<arch::DmaFault>
        faults;         ///< recorded; more than `queue` at a time is a device's haste
    usize queue = 128;  ///< entries
    bool were_lost = false;
    u32 errors = 0;
};

class FakeMachine {
  public:
    static constexpr usize cpu_count = limits::cpus;
    static constexpr u64 ram_start = 0x4000'0000;
    static constexpr u64 ram_size = 1 * GiB;

    /// Everything but RAM as at power-on, time at 1000, CPU 0 calling.
    void restart();

    /// RAM as devices and firmware see it, whatever Isthmus has mapped.
    std::byte* ram(HostAddress address);
    bool is_mapped(HostAddress address) const;
    /// Pages of Isthmus's own tables: of the early ones the most at once, of the heap's those now.
    static usize early_tables_most();
    static usize heap_tables();
    u64 heap_most_taken = 0;  ///< pages
    /// Output since the last call.
    std::string take_output();

    usize cpu = 0;  ///< the one that calls
    std::array<FakeCpu, cpu_count> cpus{};
    std::map<u32, FakeLine> lines;
    std::array<FakeSmmu, 2> smmus{};
    unsigned list_registers = 4;

    u64 now = 1000;
    u64 load_ticks = 0;  ///< that load_vcpu takes
    u64 save_ticks = 0;  ///< that save_vcpu takes
    u64 byte_ticks = 0;  ///< that giving the UART a byte takes
    u64 page_ticks = 0;  ///< that clearing a page takes
    u64 work_ticks = 0;  ///< that setting the timer, or a kick, takes: Isthmus at work
    u64 frequency = 1'000'000;
    u64 cntfrq = 1'000'000;  ///< CNTFRQ_EL0
    u8 counter_errata = 0;
    u32 psci_version = 0x1'0001;
    unsigned address_bits = 48;
    unsigned needed_bits = 0;
    bool needs_same_frequency = false;
    bool cpus_settled = false;
    std::vector<HostRange> lpi_tables;  ///< that firmware's LPIs go on using
    u64 pc = 0x4008'0000;
    u64 sp = 0;
    u64 fault_address = 0;
    bool runs_a64 = true;
    arch::TakenException taken;    ///< what the guest's EL1 took last
    bool refuses_load = false;     ///< its own tables do, on a CPU with erratum 834220
    u64 read_only_from = ~u64{0};  ///< of these
    u64 unmapped_from = ~u64{0};   ///< the guest's own tables map what is below to itself
    u64 affinity = 0;

    std::string output;
    std::deque<u8> typed;
    bool input_enabled = false;
    usize uart_depth = 0;      ///< bytes that send_console's FIFO holds; 0: any number, at once
    u64 uart_byte_ticks = 87;  ///< that a byte takes to leave it: 115200 baud
    u64 uart_empty_at = 0;
    bool room_enabled = false;  ///< listen_for_console_room
    usize uart_level() const {
        return now >= uart_empty_at ? 0
                                    : (uart_empty_at - now + uart_byte_ticks - 1) / uart_byte_ticks;
    }

    std::vector<usize> kicks;
    std::vector<u32> deactivated;
    std::vector<GuestException> exceptions;
    std::vector<u32> enabled_interrupts;
    std::set<usize> refused_cpus;  ///< start_cpu fails for these
    std::vector<u64> started_cpus;
    std::vector<GuestRange> invalidations;
    bool forces_write_back = false;  ///< the CPUs have FEAT_S2FWB, and nobody has forgone it
    u64 table_publications = 0;
    u64 published_bytes = 0;
    u64 code_bytes = 0;  ///< made fit for execution
    unsigned loaded = 0;
    unsigned forgotten = 0;  ///< times that a guest's own translations were
    unsigned saved = 0;
    unsigned idle_rounds = 0;
    /// Called instead of sleeping; a test sets it to wake or to leave by throwing.
    void (*on_idle)() = nullptr;

    FakeCpu& here() { return cpus[cpu]; }
    std::vector<bool> mapped_pages = std::vector<bool>(ram_size >> page_shift);
};

FakeMachine& fake();

}  // namespace isthmus::test
