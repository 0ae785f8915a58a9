// SPDX-License-Identifier: Apache-2.0
// Machines with CPUs of more than one kind: what one CPU says of itself, whether it can run beside
// the boot CPU, and what all of them can do. Pure: compiled and tested on the host.
#pragma once

#include "arch/arm64/cpu/translation_control.hpp"
#include "isthmus/counter_erratum.hpp"

namespace isthmus::arch {

struct CpuKind {
    u64 midr = 0;    ///< MIDR_EL1
    u64 ctr = 0;     ///< CTR_EL0
    u64 mmfr0 = 0;   ///< ID_AA64MMFR0_EL1
    u64 mmfr2 = 0;   ///< ID_AA64MMFR2_EL1
    u64 cntfrq = 0;  ///< CNTFRQ_EL0

    /// Bits of physical address; 0: a value that no manual names yet, or none.
    constexpr unsigned address_bits() const {
        return physical_address_bits(BitField<0, 4>::get(mmfr0)).value_or(0);
    }
    constexpr bool has_small_pages() const { return BitField<28, 4>::get(mmfr0) != 0xf; }
    constexpr bool forces_write_back() const { return BitField<40, 4>::get(mmfr2) != 0; }
    constexpr u64 line_bytes() const { return u64{4} << BitField<16, 4>::get(ctr); }
    /// Cortex-A57 r0p0 to r1p2, erratum 834220: a load across the end of a page that stage 1
    /// refuses may be reported as stage 2's fault.
    constexpr bool may_report_stage2_first() const {
        constexpr u64 cortex_a57 = 0x4100'd070;
        const u64 variant = BitField<20, 4>::get(midr);
        const u64 revision = BitField<0, 4>::get(midr);
        return (midr & 0xff00'fff0) == cortex_a57 &&
               (variant == 0 || (variant == 1 && revision <= 2));
    }
    /// By the part number alone: later revisions cost two reads more than they need.
    constexpr u8 counter_errata() const {
        constexpr u64 cortex_a73 = 0x4100'd090;
        return (midr & 0xff00'fff0) == cortex_a73 ? u8{arm_858921} : u8{0};
    }
};

/// What must hold for every CPU that runs guests.
struct CpuNeeds {
    unsigned address_bits = 0;  ///< of RAM, and of guests' addresses
    u64 cntfrq = 0;             ///< what guests read; 0: their trees say it
};

/// Why such a CPU cannot be used, as the end of a sentence; nullptr: it can.
constexpr const char* why_unfit(const CpuKind& cpu, const CpuNeeds& needs) {
    if (!cpu.has_small_pages()) {
        return "it has no pages of 4 KiB";
    }
    if (cpu.address_bits() < needs.address_bits) {
        return "it reaches fewer bits of address than RAM and guests have";
    }
    if (needs.cntfrq != 0 && cpu.cntfrq != needs.cntfrq) {
        return "its CNTFRQ_EL0 is not the boot CPU's, and the tree's timer has no clock-frequency";
    }
    return nullptr;
}

/// The least of all.
struct CommonCpu {
    u64 pa_range = 0;         ///< ID_AA64MMFR0_EL1.PARange
    u64 line_bytes = 0;       ///< the shortest cache line
    bool write_back = false;  ///< FEAT_S2FWB
    u8 counter_errata = 0;    ///< of any of them

    static constexpr CommonCpu of(const CpuKind& cpu) {
        return {BitField<0, 4>::get(cpu.mmfr0), cpu.line_bytes(), cpu.forces_write_back(),
                cpu.counter_errata()};
    }
    constexpr void include(const CpuKind& cpu) {
        const CommonCpu other = of(cpu);
        pa_range = other.pa_range < pa_range ? other.pa_range : pa_range;
        line_bytes = other.line_bytes < line_bytes ? other.line_bytes : line_bytes;
        write_back = write_back && other.write_back;
        counter_errata = counter_errata | other.counter_errata;
    }
};

}  // namespace isthmus::arch
