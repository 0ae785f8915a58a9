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
    {"gicd-reserved-read", Expect::success, [] { read32(distributor() + 0x00f0); }},
    {"gicd-reserved-write", Expect::success, [] { write32(distributor() + 0x00f0, ~u32{0}); }},
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
    {"gicd-unaligned", Expect::alignment, [] { read32(distributor() + gicd_typer + 1); }},
    {"gicd-last-route", Expect::success, [] { write64(distributor() + 0x7ff8, ~u64{0}); }},
    {"gicd-exclusive", Expect::not_exclusive,
     [] {
         u32 value;
         asm volatile("ldxr %w0, [%1]" : "=r"(value) : "r"(distributor()) : "memory");
     }},
    {"gicd-store-exclusive", Expect::contained,  // the CPU may see at once that it cannot succeed
     [] {
         u32 status;
         asm volatile("stlxr %w0, wzr, [%1]" : "=&r"(status) : "r"(distributor()) : "memory");
     }},
    {"gicd-exclusive-pair", Expect::not_exclusive,
     [] {
         u64 a, b;
         asm volatile("ldaxp %0, %1, [%2]" : "=r"(a), "=r"(b) : "r"(distributor()) : "memory");
     }},
    {"gicd-simd", Expect::external,
     [] { asm volatile(".arch_extension simd\n ldr q0, [%0]" ::"r"(distributor())
                       : "memory"); }},
    {"gicd-zero-block", Expect::alignment,
     [] { asm volatile("dc zva, %0" ::"r"(distributor())
                       : "memory"); }},
    {"gicd-clean", Expect::success,
     [] {
         asm volatile("dc cvac, %0\n dc civac, %0\n dc ivac, %0" ::"r"(distributor()) : "memory");
         asm volatile("ic ivau, %0" ::"r"(distributor()) : "memory");
     }},
    {"gicd-pair-unaligned", Expect::alignment,
     [] {
         u32 a, b;
         asm volatile("ldp %w0, %w1, [%2]" : "=r"(a), "=r"(b) : "r"(distributor() + 2) : "memory");
     }},
    {"gicd-fetch", Expect::instruction_abort,
     [] { asm volatile("blr %0" ::"r"(distributor())
                       : "x30", "memory"); }},
    {"gicr-waker", Expect::success, [] { write32(redistributor() + gicr_waker, ~u32{0}); }},
    {"gicr-lpi", Expect::success,
     [] {
         write64(redistributor() + 0x70, ~u64{0});  // GICR_PROPBASER
         write64(redistributor() + 0x78, ~u64{0});  // GICR_PENDBASER
         write32(redistributor(), ~u32{0});         // GICR_CTLR
     }},
    {"gicr-beyond", Expect::external, [] { read32(redistributor() + 100 * redistributor_size); }},
    {"uart-every-register", Expect::success,
     [] {
         for (u64 offset = 0; offset < 0x1000; offset += 4) {
             read32(uart().base() + offset);
         }
     }},
    {"uart-double", Expect::success, [] { read64(uart().base()); }},
    {"uart-exclusive", Expect::not_exclusive,
     [] {
         u32 value;
         asm volatile("ldxr %w0, [%1]" : "=r"(value) : "r"(uart().base() + 0x38) : "memory");
     }},
    {"uart-unaligned", Expect::alignment, [] { write32(uart().base() + 0x39, 0); }},
    {"uart-fetch", Expect::instruction_abort,
     [] { asm volatile("blr %0" ::"r"(uart().base())
                       : "x30", "memory"); }},
};

}  // namespace

std::span<const Probe> device_probes() {
    return list;
}

}  // namespace isthmus::guest::probes
