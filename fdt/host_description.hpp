// SPDX-License-Identifier: Apache-2.0
// What the boot tree says about the machine. Every value keeps the path of the node it came from;
// spans and texts live in the arena that the scan was given.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "fdt/smmu.hpp"
#include "isthmus/range.hpp"

namespace isthmus::fdt {

struct MemoryBank {
    HostRange range;
    std::string_view path;
};

struct ReservedRange {
    enum class Kind : u8 {
        memreserve,      ///< an entry of the tree's /memreserve/ block
        reserved_memory  ///< a child of /reserved-memory with a fixed `reg`
    };
    HostRange range;
    Kind kind = Kind::memreserve;
    bool no_map = false;
    std::string_view path;  ///< "/memreserve/" for the block's entries
};

struct HostCpu {
    enum class EnableMethod : u8 { psci, spin_table, other };
    u64 mpidr = 0;  ///< `reg`: affinity fields as in MPIDR_EL1, other bits 0
    EnableMethod enable_method = EnableMethod::other;
    std::string_view compatible;  ///< the node's first compatible string
    std::string_view path;
};

struct Gic {
    u8 version = 0;  ///< 2 or 3 (a GICv4 counts as 3)
    HostRange distributor;
    std::span<const HostRange> redistributors;  ///< GICv3: one a redistributor region
    u64 redistributor_stride = 0;               ///< 0: the architecture's 128 KiB (or as found)
    std::span<const HostRange> translators;     ///< GICv3: the control frames of its ITSs
    HostRange cpu_interface;         ///< GICv2 (GICC): its two pages; empty on GICv3 without one
    HostRange hypervisor_interface;  ///< GICv2 (GICH)
    HostRange vcpu_interface;        ///< GICv2 (GICV): its two pages
    u32 maintenance_intid = 0;
    std::string_view path;
};

/// Hz: of a slower counter no time slice can be made.
inline constexpr u32 least_clock_frequency = 10'000;

/// Interrupt IDs (INTID) of the generic timer's four private interrupts.
struct Timer {
    u32 secure_physical = 0;
    u32 physical = 0;
    u32 virtual_timer = 0;
    u32 hypervisor = 0;
    u32 clock_frequency = 0;  ///< Hz; 0 when the tree leaves it to CNTFRQ_EL0
    u8 errata = 0;            ///< isthmus/counter_erratum.hpp
    std::string_view path;
};

struct Psci {
    enum class Conduit : u8 { smc, hvc };
    Conduit conduit = Conduit::smc;
    bool version_0_2_or_later = true;
    std::string_view path;
};

/// The UART that Isthmus uses for itself.
struct ConsoleUart {
    std::string_view driver;  ///< its name, fdt/uart_binding.hpp
    HostRange registers;
    std::optional<u32> intid;
    bool edge = false;      ///< the interrupt is edge-triggered
    u8 register_shift = 0;  ///< register n is n << shift bytes from the first
    u8 io_width = 4;        ///< bytes of one access: 1, 2 or 4
    std::string_view path;
};

struct HostDescription {
    std::string_view model;                   ///< the root's `model`, else first compatible
    std::span<const MemoryBank> memory;       ///< sorted, disjoint, page-aligned inwards
    std::span<const ReservedRange> reserved;  ///< in tree order
    std::span<const HostCpu> cpus;            ///< in tree order, disabled ones left out
    std::optional<Gic> gic;
    std::optional<Timer> timer;
    std::optional<Psci> psci;
    std::optional<ConsoleUart> console;
    std::span<const Smmu> smmus;  ///< in tree order, those that cannot be used left out
};

}  // namespace isthmus::fdt
