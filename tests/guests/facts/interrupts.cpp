// SPDX-License-Identifier: Apache-2.0
// The interrupt controller as it is at the start; which bits of its registers keep what is written;
// and which interrupts arrive.
#include "facts/facts.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest::facts {
namespace {

using namespace gic_registers;

u64 word(u64 address) {
    return read32(address);
}
u64 wide(u64 address) {
    return read64(address);
}

// Offsets that are looked at; and those of which is asked what they keep.
constexpr u64 distributor_words[] = {
    0x0,   0x4,   0x8,   0xc,   0x10,  0x40,  0x80,  0x84,  0x88,  0x100, 0x104, 0x180, 0x200,
    0x204, 0x280, 0x300, 0x304, 0x380, 0x400, 0x410, 0x418, 0x420, 0x800, 0x804, 0x820, 0xc00,
    0xc04, 0xc08, 0xd00, 0xd04, 0xe00, 0xe08, 0xf00, 0xf10, 0xf20, 0xfd0, 0xfe0, 0xfe8, 0xffc};
constexpr u64 distributor_kept[] = {0x84, 0x420, 0xc08, 0xd04, 0x820};
constexpr u64 redistributor_words[] = {0x0, 0x4, 0x10, 0x14, 0xffd0, 0xffe0, 0xffe8, 0xfffc};
constexpr u64 redistributor_wide[] = {0x8, 0x70, 0x78};
constexpr u64 private_words[] = {0x80,  0x100, 0x180, 0x200, 0x280, 0x300, 0x380,
                                 0x400, 0x418, 0xc00, 0xc04, 0xd00, 0xe00};
constexpr u64 private_kept[] = {0x80, 0x400, 0x418, 0xc00, 0xc04, 0xd00};
constexpr u64 interface_words[] = {0x0,  0x4,  0x8,  0xc,  0x14, 0x18,
                                   0x1c, 0x20, 0x28, 0xd0, 0xe0, 0xfc};
constexpr u64 interface_kept[] = {0x4, 0x8, 0x1c};

/// Base of distributor and second frame, without a change to the controller.
struct Frames {
    bool v3 = false;
    u64 distributor = 0;
    u64 second = 0;
};
Frames find_frames() {
    Frames frames;
    int node = tree().find_compatible("arm,gic-v3");
    frames.v3 = node >= 0;
    for (const std::string_view name : {"arm,gic-400", "arm,cortex-a15-gic"}) {
        node = node < 0 ? tree().find_compatible(name) : node;
    }
    const auto first = node >= 0 ? tree().reg(node, 0) : std::nullopt;
    const auto second = node >= 0 ? tree().reg(node, 1) : std::nullopt;
    frames.distributor = first ? first->start().raw() : 0;
    frames.second = second ? second->start().raw() : 0;
    return frames;
}

/// What a register reads after all ones, and after zero, were written to it.
void kept(std::string_view group, u64 base, u64 offset) {
    TextBuffer<32> name;
    print(name, "{x}-ones", offset);
    fact_of(group, name.view(), [&] {
        write32(base + offset, ~u32{0});
        return read32(base + offset);
    });
    TextBuffer<32> other;
    print(other, "{x}-zero", offset);
    fact_of(group, other.view(), [&] {
        write32(base + offset, 0);
        return read32(base + offset);
    });
}

void distributor_facts(const Frames& frames) {
    for (const u64 offset : distributor_words) {
        fact_at("gicd", offset, word, frames.distributor);
    }
    if (frames.v3) {
        fact_at("gicd", 0x6100, wide, frames.distributor);
        for (u64 offset = 0xffd0; offset < 0x1'0000; offset += 4) {
            fact_at("gicd", offset, word, frames.distributor);
        }
    }
    for (const u64 offset : distributor_kept) {
        kept("gicd", frames.distributor, offset);
    }
    kept("gicd", frames.distributor, gicd_ctlr);
}

void redistributor_facts(u64 frame) {
    for (const u64 offset : redistributor_words) {
        fact_at("gicr", offset, word, frame);
    }
    for (const u64 offset : redistributor_wide) {
        fact_at("gicr", offset, wide, frame);
    }
    for (const u64 offset : private_words) {
        fact_at("gicr-sgi", offset, word, frame + sgi_frame);
    }
    for (const u64 offset : private_kept) {
        kept("gicr-sgi", frame + sgi_frame, offset);
    }
}

void cpu_interface_facts(const Frames& frames) {
    if (!frames.v3) {
        for (const u64 offset : interface_words) {
            fact_at("gicc", offset, word, frames.second);
        }
        for (const u64 offset : interface_kept) {
            kept("gicc", frames.second, offset);
        }
        return;
    }
    GUEST_WRITE_SYSREG(s3_0_c4_c6_0, 0xff);
    fact("icc", "pmr-ones", GUEST_READ_SYSREG(s3_0_c4_c6_0));
    GUEST_WRITE_SYSREG(s3_0_c12_c12_3, 0xff);
    fact("icc", "bpr1-ones", GUEST_READ_SYSREG(s3_0_c12_c12_3));
    GUEST_WRITE_SYSREG(s3_0_c12_c12_3, 0);
    fact("icc", "bpr1-zero", GUEST_READ_SYSREG(s3_0_c12_c12_3));
    GUEST_WRITE_SYSREG(s3_0_c12_c12_4, ~u64{0});
    fact("icc", "ctlr-ones", GUEST_READ_SYSREG(s3_0_c12_c12_4));
    GUEST_WRITE_SYSREG(s3_0_c12_c12_4, 0);
    fact("icc", "ctlr-zero", GUEST_READ_SYSREG(s3_0_c12_c12_4));
}

/// Acknowledges what has arrived within a moment, and ends it. A moment is some time and some
/// looks: who was held up meanwhile has not looked yet.
u64 arrived(const Gic& gic) {
    const u64 until = now() + milliseconds(20);
    u32 acknowledged = intid_none;
    for (u32 looks = 0;
         acknowledged == intid_none && (looks < 20'000 || static_cast<i64>(now() - until) < 0);
         ++looks) {
        acknowledged = gic.acknowledge();
    }
    if (acknowledged != intid_none) {
        gic.end(acknowledged);
    }
    return acknowledged;
}

/// The states of an SGI, and of an SPI that no device raises, on their way.
void state_facts(const Gic& gic) {
    constexpr u32 sgi = 5;
    constexpr u32 spi = 40;
    constexpr u8 nothing_comes = 0;
    constexpr u8 all_come = 0xff;
    gic.enable(sgi);
    gic.set_priority_mask(nothing_comes);
    gic.send_sgi_to_self(sgi);
    fact("arrives", "sgi-masked", arrived(gic));
    gic.set_priority_mask(all_come);
    isb();
    const u32 acknowledged = gic.acknowledge();
    fact("arrives", "sgi", acknowledged);
    fact("state", "sgi-active", gic.is_active(sgi) ? 1 : 0);
    if (acknowledged != intid_none) {
        gic.end(acknowledged);
    }
    fact("state", "sgi-active-ended", gic.is_active(sgi) ? 1 : 0);

    gic.route_here(spi);
    gic.set_edge(spi, true);
    gic.set_pending(spi);
    fact("state", "spi-pending", gic.is_pending(spi) ? 1 : 0);
    fact("arrives", "spi-disabled", arrived(gic));
    gic.enable(spi);
    fact("arrives", "spi-enabled", arrived(gic));
    fact("state", "spi-pending-ended", gic.is_pending(spi) ? 1 : 0);
    gic.disable(spi);
    gic.clear_pending(spi);
}

void size_facts(const Frames& frames) {
    fact_of("gicd", "ctlr-8", [&] { return u64{read8(frames.distributor)}; });
    fact_of("gicd", "ctlr-64", [&] { return read64(frames.distributor); });
    fact_of("gicd", "priority-8", [&] {
        write8(frames.distributor + gicd_ipriorityr + 41, 0xa0);
        return u64{read32(frames.distributor + gicd_ipriorityr + 40)};
    });
    fact_of("gicd", "priority-64",
            [&] { return read64(frames.distributor + gicd_ipriorityr + 40); });
}

void arrival_facts(const Gic& gic) {
    fact("arrives", "nothing", gic.acknowledge());
    state_facts(gic);

    gic.enable(timer_intid());
    start_timer(now());
    fact("arrives", "virtual-timer", arrived(gic));
    stop_timer();
    fact("arrives", "virtual-timer-stopped", arrived(gic));

    const int node = tree().find_compatible("arm,armv8-timer");
    const u32 physical = node >= 0 ? tree().interrupt(node, 1).value_or(30) : 30;
    gic.enable(physical);
    GUEST_WRITE_SYSREG(cntp_cval_el0, 0);
    GUEST_WRITE_SYSREG(cntp_ctl_el0, 1);
    isb();
    fact("arrives", "physical-timer", arrived(gic));
    fact("timer", "physical-control", GUEST_READ_SYSREG(cntp_ctl_el0));
    GUEST_WRITE_SYSREG(cntp_ctl_el0, 0);
    isb();
    fact("arrives", "physical-timer-stopped", arrived(gic));

    gic.enable(uart().intid());
    gic.route_here(uart().intid());
    uart().set_interrupts(Uart::transmit_interrupt);
    say("facts: a line whose end is an interrupt");
    fact("arrives", "uart", arrived(gic));
    fact_of("uart", "raw-status-sent", [] { return read32(uart().base() + 0x3c); });
    uart().set_interrupts(0);
    write32(uart().base() + Uart::interrupt_clear, ~u32{0});
}

}  // namespace

void interrupt_facts() {
    const Frames frames = find_frames();
    distributor_facts(frames);
    Gic gic;
    if (!gic.open()) {
        return;
    }
    fact("gicd", "ctlr-open", read32(frames.distributor + gicd_ctlr));
    size_facts(frames);
    if (frames.v3) {
        redistributor_facts(gic.redistributor());
    }
    gic.open_cpu();
    cpu_interface_facts(frames);
    gic.open_cpu();
    arrival_facts(gic);
}

}  // namespace isthmus::guest::facts
