// SPDX-License-Identifier: Apache-2.0
// Emulated devices, used as no driver would.
#include "probe/probe.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmio.hpp"

namespace isthmus::guest::probes {
namespace {

using namespace gic_registers;

u64 distributor() {
    Gic gic;
    return gic.open() ? gic.distributor() : 0;
}
u64 redistributor() {
    Gic gic;
    return gic.open() ? gic.redistributor() : 0;
}

constexpr Probe list[] = {
    {"gicd-reserved-read", Expect::contained, [] { read32(distributor() + 0x00f0); }},
    {"gicd-reserved-write", Expect::contained, [] { write32(distributor() + 0x00f0, ~u32{0}); }},
    {"gicd-every-register", Expect::success,
     [] {
         const u64 base = distributor();
         for (u64 offset = 0; offset < 0x1000; offset += 4) {
             read32(base + offset);
         }
     }},
    {"gicd-every-write", Expect::success,
     [] {
         const u64 base = distributor();
         for (u64 offset = 0; offset < 0x1000; offset += 4) {
             write32(base + offset, ~u32{0});
         }
         for (u64 offset = gicd_icenabler; offset < gicd_icenabler + 0x80; offset += 4) {
             write32(base + offset, ~u32{0});
             write32(base + offset - gicd_icenabler + gicd_icpendr, ~u32{0});
         }
     }},
    {"gicd-byte-of-word", Expect::contained, [] { read8(distributor() + gicd_ctlr); }},
    {"gicd-double", Expect::contained, [] { read64(distributor() + gicd_ctlr); }},
    {"gicd-unaligned", Expect::contained, [] { read32(distributor() + gicd_typer + 1); }},
    {"gicd-last-route", Expect::contained, [] { write64(distributor() + 0x7ff8, ~u64{0}); }},
    // No syndrome tells a hypervisor what these load: it cannot emulate them.
    {"gicd-pair", Expect::data_abort,
     [] {
         u64 a, b;
         asm volatile("ldp %0, %1, [%2]" : "=r"(a), "=r"(b) : "r"(distributor()) : "memory");
     }},
    {"gicd-write-back", Expect::data_abort,
     [] {
         u64 address = distributor();
         u32 value;
         asm volatile("ldr %w0, [%1], #4" : "=r"(value), "+r"(address)::"memory");
     }},
    {"gicd-exclusive", Expect::data_abort,
     [] {
         u32 value;
         asm volatile("ldxr %w0, [%1]" : "=r"(value) : "r"(distributor()) : "memory");
     }},
    {"gicd-fetch", Expect::instruction_abort,
     [] { asm volatile("blr %0" ::"r"(distributor())
                       : "x30", "memory"); }},
    {"gicr-waker", Expect::contained, [] { write32(redistributor() + gicr_waker, ~u32{0}); }},
    {"gicr-lpi", Expect::contained,
     [] {
         write64(redistributor() + 0x70, ~u64{0});  // GICR_PROPBASER
         write64(redistributor() + 0x78, ~u64{0});  // GICR_PENDBASER
         write32(redistributor(), ~u32{0});         // GICR_CTLR
     }},
    {"gicr-beyond", Expect::contained, [] { read32(redistributor() + 100 * redistributor_size); }},
    {"uart-every-register", Expect::contained,
     [] {
         for (u64 offset = 0; offset < 0x1000; offset += 4) {
             read32(uart().base() + offset);
         }
     }},
    {"uart-double", Expect::contained, [] { read64(uart().base()); }},
    {"uart-pair", Expect::data_abort,
     [] {
         u64 a, b;
         asm volatile("ldp %0, %1, [%2]" : "=r"(a), "=r"(b) : "r"(uart().base()) : "memory");
     }},
    {"uart-fetch", Expect::instruction_abort,
     [] { asm volatile("blr %0" ::"r"(uart().base())
                       : "x30", "memory"); }},
};

}  // namespace

std::span<const Probe> device_probes() {
    return list;
}

}  // namespace isthmus::guest::probes
