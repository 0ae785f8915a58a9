// SPDX-License-Identifier: Apache-2.0
// An ITS (interrupt translation service) that a boot loader has left on. It reads and writes tables
// and a queue in RAM that the loader chose, and that may become a guest's; Isthmus uses none. Pure
// over the registers of one ITS: compiled and tested on the host.
#pragma once

#include "arch/arm64/gic/gicv3_firmware.hpp"

namespace isthmus::arch {

namespace gits {  // IHI 0069, 12.19
inline constexpr u64 ctlr = 0x0000;
inline constexpr u64 cbaser = 0x0080;
inline constexpr u64 baser = 0x0100;  ///< eight of them
inline constexpr u64 control_frame = 64 * KiB;
inline constexpr u32 ctlr_enabled = u32{1} << 0;
inline constexpr u32 ctlr_quiescent = u32{1} << 31;
using Valid = BitField<63>;
using Size = BitField<0, 8>;  ///< pages, less one
using CbaserAddress = BitField<12, 40>;
using BaserAddress = BitField<12, 36>;  ///< with pages of 64 KiB its lowest four bits are 51:48
using BaserPageSize = BitField<8, 2>;   ///< 4 KiB, 16 KiB, 64 KiB
}  // namespace gits

/// Of one GITS_BASER; empty where it is not in use. What an indirect one leads to is not looked
/// for.
constexpr HostRange its_table(u64 baser) {
    if (gits::Valid::get(baser) == 0) {
        return {};
    }
    const u64 page_code = gits::BaserPageSize::get(baser);
    const u64 page = page_code >= 2 ? 64 * KiB : page_code == 1 ? 16 * KiB : 4 * KiB;
    const u64 field = gits::BaserAddress::get(baser) << 12;
    const u64 address = page_code >= 2 ? (field & ~u64{0xf000}) | ((field & 0xf000) << 36) : field;
    return HostRange::from(HostAddress(address), page * (gits::Size::get(baser) + 1))
        .value_or(HostRange());
}
constexpr HostRange its_queue(u64 cbaser) {
    return gits::Valid::get(cbaser) == 0
               ? HostRange()
               : HostRange::from(HostAddress(gits::CbaserAddress::get(cbaser) << 12),
                                 page_size * (gits::Size::get(cbaser) + 1))
                     .value_or(HostRange());
}

/// Turns it off and waits until it has written back what it had cached. True: it was on.
/// `left(HostRange)` for each table that it goes on using, and then the error is denied: it never
/// came to rest. `Frame`: read32, read64, write32 at an offset in the control frame.
template <class Frame, class Left>
Result<bool> quiesce_its(Frame& frame, Left&& left) {
    const u32 before = frame.read32(gits::ctlr);
    const bool was_on = (before & gits::ctlr_enabled) != 0;
    if (was_on) {
        frame.write32(gits::ctlr, before & ~gits::ctlr_enabled);
    }
    constexpr u32 both = gits::ctlr_enabled | gits::ctlr_quiescent;
    if (wait_until_clear(both, [&] { return frame.read32(gits::ctlr) ^ gits::ctlr_quiescent; })) {
        return was_on;
    }
    const auto tell = [&](HostRange table) {
        if (!table.empty()) {
            left(table.outer_aligned(page_size));
        }
    };
    tell(its_queue(frame.read64(gits::cbaser)));
    for (u64 number = 0; number < 8; ++number) {
        tell(its_table(frame.read64(gits::baser + 8 * number)));
    }
    return fail(Error::denied);
}

}  // namespace isthmus::arch
