// SPDX-License-Identifier: Apache-2.0
// Driver of a GICv2 (Arm IHI 0048): everything is registers in memory. For gic.cpp, which chooses.
// Seen from a world without the Security Extensions, or from the non-secure one, the bits used here
// are the same: all interrupts are in the one group that CTLR bit 0 enables.
#pragma once

#include "arch/arm64/cpu/mmio.hpp"
#include "isthmus/arch/interrupts.hpp"

namespace isthmus::arch {

namespace gicc {
inline constexpr u64 ctlr = 0x0000;
inline constexpr u64 pmr = 0x0004;
inline constexpr u64 bpr = 0x0008;
inline constexpr u64 iar = 0x000c;
inline constexpr u64 eoir = 0x0010;
inline constexpr u64 apr0 = 0x00d0;    ///< active priorities, four words
inline constexpr u64 nsapr0 = 0x00e0;  ///< those of the other group, in the secure view
inline constexpr u64 iidr = 0x00fc;
inline constexpr u64 dir = 0x1000;
inline constexpr u32 ctlr_enable = 1u << 0;
inline constexpr u32 ctlr_eoi_split = 1u << 9;  ///< EOImodeNS, or EOImode
inline constexpr u32 ctlr_bypass = 0x1e0;       ///< as the board is wired: stays
inline constexpr u32 iidr_version(u32 value) {
    return (value >> 16) & 0xf;
}
}  // namespace gicc

/// Where the frames are in Isthmus's map. The latter two are each CPU's own at one address.
struct Gicv2Frames {
    HypAddress distributor;
    HypAddress cpu_interface;
    HypAddress hypervisor_interface;
};
extern Gicv2Frames gicv2_frames;

struct Gicv2 {
    /// As find_interrupts, init_interrupts and init_cpu_interrupts.
    static Result<void> find(const InterruptController& controller);
    static Result<void> init(const InterruptController& controller);
    static Result<void> init_cpu();

    static HypAddress distributor();
    /// Routes a shared interrupt.
    static void route(u32 intid, usize cpu);
    /// Where this CPU's private interrupts are.
    static HypAddress private_frame() { return gicv2_frames.distributor; }

    static void send_sgi(u32 sgi, usize cpu);
    static void send_sgi_to_others(u32 sgi);

    /// With the sending CPU's number in bits 12:10 for an SGI; its end must name that, too.
    static u32 acknowledge() { return read32(gicv2_frames.cpu_interface + gicc::iar); }
    static constexpr u32 intid_of(u32 acknowledged) { return acknowledged & 0x3ff; }
    static void drop_priority(u32 acknowledged) {
        write32(gicv2_frames.cpu_interface + gicc::eoir, acknowledged);
    }
    static void deactivate(u32 acknowledged) {
        write32(gicv2_frames.cpu_interface + gicc::dir, acknowledged);
    }
};

}  // namespace isthmus::arch
