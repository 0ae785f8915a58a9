// SPDX-License-Identifier: Apache-2.0
// Loads and stores of devices that a CPU does not describe to a hypervisor: pairs, and those that
// move their base. Each must do what it does on a device of the machine: compared with plain loads.
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
/// GICD_TYPER, and behind it GICD_IIDR: constants, and not 0.
u64 identity() {
    return distributor() + gicd_typer;
}
/// Priorities of interrupts that nobody uses here: bytes that keep what is written.
u64 scratch() {
    return distributor() + gicd_ipriorityr + 48;
}
/// Registers of priorities are words.
void write_words(u64 value) {
    write32(scratch(), static_cast<u32>(value));
    write32(scratch() + 4, static_cast<u32>(value >> 32));
}
constexpr u64 written = 0x6070'8090'2030'4050;

bool loads_pair(u64 a, u64 b, u64 at) {
    return a == read32(at) && b == read32(at + 4) && b != 0;
}

bool literal_load() {
    // A literal lies within 1 MiB of its instruction, where no device is: it stays a plain load.
    u64 value;
    asm volatile("ldr %0, 1f\n b 2f\n .balign 8\n1: .quad 0x1122334455667788\n2:" : "=r"(value));
    return value == 0x1122'3344'5566'7788;
}

/// With SP_EL0 and with SP_EL1 as base. Nothing may fault between the moves of SP.
bool stack_pointers() {
    const u64 at = identity();
    u64 value0, value1, moved0, moved1, kept;
    asm volatile(
        "mov %4, sp\n msr spsel, #0\n mov sp, %5\n ldr %w0, [sp], #4\n mov %1, sp\n"
        " msr spsel, #1\n mov sp, %5\n ldr %w2, [sp, #4]!\n mov %3, sp\n mov sp, %4"
        : "=&r"(value0), "=&r"(moved0), "=&r"(value1), "=&r"(moved1), "=&r"(kept)
        : "r"(at)
        : "memory");
    return value0 == read32(at) && moved0 == at + 4 && value1 == read32(at + 4) && moved1 == at + 4;
}

constexpr Check list[] = {
    {"load-post-index",
     [] {
         u64 at = identity();
         u64 value;
         asm volatile("ldr %w0, [%1], #4" : "=r"(value), "+r"(at)::"memory");
         return at == identity() + 4 && value == read32(identity());
     }},
    {"load-pre-index",
     [] {
         u64 at = identity() + 8;
         u64 value;
         asm volatile("ldr %w0, [%1, #-8]!" : "=r"(value), "+r"(at)::"memory");
         return at == identity() && value == read32(identity());
     }},
    {"load-byte-signed",
     [] {
         write_words(written);
         u64 at = scratch() + 5;
         u64 wide, narrow;
         asm volatile("ldrsb %0, [%2], #-1\n ldrsb %w1, [%2], #7"
                      : "=&r"(wide), "=&r"(narrow), "+r"(at)::"memory");
         // The priorities there are 0x80 and 0x90: both negative.
         return wide == (~u64{0xff} | read8(scratch() + 5)) &&
                narrow == (0xffff'ff00 | u64{read8(scratch() + 4)}) && (wide & 0x80) != 0 &&
                at == scratch() + 11;
     }},
    {"store-post-index",
     [] {
         write_words(0);
         u64 at = scratch();
         asm volatile("str %w1, [%0], #4\n strb %w2, [%0], #1\n strb wzr, [%0], #-5"
                      : "+r"(at)
                      : "r"(written), "r"(0xa0)
                      : "memory");
         return at == scratch() && read32(at) == static_cast<u32>(written) &&
                read8(at + 4) == 0xa0 && read8(at + 5) == 0;
     }},
    {"store-pre-index",
     [] {
         write_words(~u64{0});
         u64 at = scratch() + 256;
         asm volatile("str wzr, [%0, #-252]!" : "+r"(at)::"memory");
         return at == scratch() + 4 && read32(at) == 0 && read32(scratch()) != 0;
     }},
    {"load-pair",
     [] {
         const u64 at = identity();
         u64 a, b;
         asm volatile("ldp %w0, %w1, [%2]" : "=&r"(a), "=&r"(b) : "r"(at) : "memory");
         return loads_pair(a, b, at);
     }},
    {"load-pair-post-index",
     [] {
         u64 at = identity();
         u64 a, b;
         asm volatile("ldp %w0, %w1, [%2], #-16" : "=&r"(a), "=&r"(b), "+r"(at)::"memory");
         return loads_pair(a, b, identity()) && at == identity() - 16;
     }},
    {"load-pair-signed",
     [] {
         write_words(0xf0f0'f0f0'0000'0000);
         u64 a, b;
         asm volatile("ldpsw %0, %1, [%2]" : "=&r"(a), "=&r"(b) : "r"(scratch()) : "memory");
         return a == 0 && b == static_cast<u64>(i64{static_cast<i32>(read32(scratch() + 4))}) &&
                static_cast<i64>(b) < 0;
     }},
    {"load-pair-no-allocate",
     [] {
         const u64 at = identity();
         u64 a, b;
         asm volatile("ldnp %w0, %w1, [%2]" : "=&r"(a), "=&r"(b) : "r"(at) : "memory");
         return loads_pair(a, b, at);
     }},
    {"load-pair-one-kept",
     [] {
         const u64 at = identity();
         u64 b;
         asm volatile("ldp wzr, %w0, [%1]" : "=&r"(b) : "r"(at) : "memory");
         return b == read32(at + 4);
     }},
    {"store-pair-pre-index",
     [] {
         u64 at = scratch() - 64;
         asm volatile("stp %w1, wzr, [%0, #64]!" : "+r"(at) : "r"(written) : "memory");
         return at == scratch() && read32(at) == static_cast<u32>(written) && read32(at + 4) == 0;
     }},
    {"store-pair-no-allocate",
     [] {
         asm volatile("stnp wzr, %w1, [%0]" ::"r"(scratch()), "r"(written) : "memory");
         return read32(scratch()) == 0 && read32(scratch() + 4) == static_cast<u32>(written);
     }},
    {"uart-pair",
     [] {
         const u64 at = uart().base() + 0xff0;  // PCellID0 and 1
         u64 a, b;
         asm volatile("ldp %w0, %w1, [%2]" : "=&r"(a), "=&r"(b) : "r"(at) : "memory");
         return a == read32(at) && b == read32(at + 4);
     }},
    {"index-register",
     [] {
         const u64 at = identity() + 8;
         u64 value;
         asm volatile("ldr %w0, [%1, %w2, sxtw #2]" : "=r"(value) : "r"(at), "r"(-2) : "memory");
         return value == read32(at - 8);
     }},
    {"stack-pointer-base", stack_pointers},
    {"literal", literal_load},
};

}  // namespace

std::span<const Check> undescribed_checks() {
    return list;
}

}  // namespace isthmus::guest::probes
