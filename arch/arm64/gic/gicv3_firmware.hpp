// SPDX-License-Identifier: Apache-2.0
// LPIs that a boot loader has turned on. While GICR_CTLR.EnableLPIs is set the redistributor reads
// and writes tables in RAM that the loader chose, and that may become a guest's. Where it can be
// cleared it is; it may be that it cannot (IHI 0069, 12.11.2: whether software may clear it is
// implementation defined). Pure over the registers of one redistributor: compiled and tested on the
// host.
#pragma once

#include "isthmus/bits.hpp"
#include "isthmus/range.hpp"
#include "isthmus/result.hpp"

namespace isthmus::arch {

namespace gicr {
inline constexpr u64 ctlr = 0x0000;
inline constexpr u64 propbaser = 0x0070;
inline constexpr u64 pendbaser = 0x0078;
inline constexpr u32 ctlr_enable_lpis = 1u << 0;
inline constexpr u32 ctlr_rwp = 1u << 3;
using BaserAddress = BitField<12, 40>;  ///< PENDBASER: aligned to 64 KiB
using PropbaserIdBits = BitField<0, 5>;
}  // namespace gicr

/// Looks at a register for longer than any hardware needs, some tenths of a second: a read takes
/// 100 ns or more.
inline constexpr u32 register_patience = 1u << 21;

/// Until the bits are 0. `read()` gives the register's value. Error: denied, they stay.
template <class Read>
Result<void> wait_until_clear(u32 bits, Read&& read) {
    for (u32 looks = 0; looks < register_patience; ++looks) {
        if ((read() & bits) == 0) {
            return {};
        }
    }
    return fail(Error::denied);
}

/// What a redistributor with LPIs uses: a byte of configuration for each from 8192 on, and for all
/// CPUs; a bit for each INTID that says that it is pending.
struct LpiTables {
    HostRange configuration;
    HostRange pending;
};

constexpr LpiTables lpi_tables(u64 propbaser, u64 pendbaser) {
    constexpr u64 first_lpi = 8192;
    const u64 bits = gicr::PropbaserIdBits::get(propbaser) + 1;
    const u64 intids = u64{1} << (bits < 14 ? 14 : bits);
    const auto table = [](u64 baser, u64 size) {
        const u64 address = gicr::BaserAddress::get(baser) << 12;
        return HostRange::from(HostAddress(address), size)
            .value_or(HostRange())
            .outer_aligned(page_size);
    };
    return {table(propbaser, intids - first_lpi), table(pendbaser & ~u64{0xf000}, intids / 8)};
}

/// Clears EnableLPIs. The tables that stay in use are given where it stays set, or never comes to
/// rest. `Frame`: read32, read64, write32 at an offset in the RD frame.
template <class Frame>
Result<void> turn_off_lpis(Frame& frame, LpiTables& left) {
    const u32 before = frame.read32(gicr::ctlr);
    if ((before & gicr::ctlr_enable_lpis) == 0) {
        return {};
    }
    left = lpi_tables(frame.read64(gicr::propbaser), frame.read64(gicr::pendbaser));
    frame.write32(gicr::ctlr, before & ~gicr::ctlr_enable_lpis);
    ISTHMUS_TRY(wait_until_clear(gicr::ctlr_rwp, [&] { return frame.read32(gicr::ctlr); }));
    const bool stays = (frame.read32(gicr::ctlr) & gicr::ctlr_enable_lpis) != 0;
    return stays ? fail(Error::denied) : Result<void>();
}

}  // namespace isthmus::arch
