// SPDX-License-Identifier: Apache-2.0
// Small things of the machine: sleeping, power, the timer, clearing memory.
#include "arch/arm64/cpu/cpus.hpp"
#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/cpu/sysreg.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::arch {
namespace {

constexpr u64 psci_version = 0x8400'0000;
constexpr u64 psci_system_off = 0x8400'0008;
constexpr u64 psci_system_reset = 0x8400'0009;

/// Bytes that DC ZVA clears; 0 when it is forbidden (DCZID_EL0).
u64 zva_bytes() {
    constexpr u64 prohibited = bit(4);
    const u64 dczid = ISTHMUS_READ_SYSREG(dczid_el0);
    return (dczid & prohibited) != 0 ? 0 : u64{4} << (dczid & 0xf);
}

/// Of the CPU with the shortest: an operation by address reaches one line in each cache.
u64 cache_line_bytes() {
    return common_cpu().line_bytes;
}

/// Mapped RAM, to the point of coherency.
void clean_invalidate(HostRange range) {
    const u64 line = cache_line_bytes();
    u64 address = align_down(reinterpret_cast<u64>(host_pointer(range.start())), line);
    const u64 end = address + range.size() + (range.start().raw() & (line - 1));
    while (address + 8 * line <= end) {
        address = dc_civac_8(address, line);
    }
    for (; address < end; address += line) {
        dc_civac(address);
    }
    dsb_sy();
}

}  // namespace

void relax() {
    yield();
}
void wait_for_interrupt() {
    isb();  // what routes interrupts, and who is loaded, is as it was written
    dsb_sy();
    wfi();
}

void halt() {
    for (;;) {
        mask_exceptions();
        wfi();
    }
}

u32 firmware_version() {
    return static_cast<u32>(smc_call(psci_version));
}

void power_off() {
    smc_call(psci_system_off);
    halt();
}

void reset() {
    smc_call(psci_system_reset);
    halt();
}

void set_deadline(u64 when) {
    if (when == ~u64{0}) {
        ISTHMUS_WRITE_SYSREG(cnthp_ctl_el2, 0);
    } else {
        ISTHMUS_WRITE_SYSREG(cnthp_cval_el2, when);
        ISTHMUS_WRITE_SYSREG(cnthp_ctl_el2, timer_ctl::enable);
    }
    isb();
}

void zero_host(HostRange range) {
    u64 address = reinterpret_cast<u64>(host_pointer(range.start()));
    const u64 end = address + range.size();
    const u64 block = zva_bytes();
    if (block != 0 && is_aligned(address, block)) {
        while (address + 16 * block <= end) {
            address = dc_zva_8(dc_zva_8(address, block), block);
        }
    }
    for (; address < end; address += 8) {
        *reinterpret_cast<u64*>(address) = 0;
    }
}

void publish_host(HostRange range) {
    if (!forces_write_back()) {
        clean_invalidate(range);
    }
}

void publish_code(HostRange range) {
    clean_invalidate(range);
    ic_ialluis();
    dsb_ish();
}

}  // namespace isthmus::arch
