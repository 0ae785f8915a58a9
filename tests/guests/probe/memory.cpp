// SPDX-License-Identifier: Apache-2.0
// Guest addresses behind which there is nothing, in particular those where the host has something.
#include "probe/probe.hpp"
#include "runtime/mmio.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::guest::probes {
namespace {

// QEMU's virt machine has these at host addresses where a guest has nothing.
constexpr u64 host_distributor = 0x0800'0000;
constexpr u64 host_uart = 0x0900'0000;
constexpr u64 host_flash = 0x0000'0000;
// Behind the RAM of a small guest, but inside the machine's.
constexpr u64 host_ram = 0x7800'0000;
constexpr u64 guest_space_end = 0x100'0000'0000;  // 1 TiB: beyond what a 40-bit map can hold

void fetch(u64 address) {
    asm volatile("blr %0" ::"r"(address) : "x30", "memory");
}

constexpr Probe list[] = {
    {"unmapped-read", Expect::external, [] { read32(host_flash); }},
    {"unmapped-write", Expect::external, [] { write32(host_flash + 0x1000, 1); }},
    {"unmapped-fetch", Expect::instruction_abort, [] { fetch(host_flash + 0x2000); }},
    {"host-distributor-read", Expect::external, [] { read32(host_distributor); }},
    {"host-distributor-write", Expect::data_abort, [] { write32(host_distributor, 0); }},
    {"host-uart-write", Expect::external, [] { write32(host_uart, 'X'); }},
    {"host-ram-read", Expect::external, [] { read64(host_ram); }},
    {"host-ram-write", Expect::data_abort, [] { write64(host_ram, ~u64{0}); }},
    {"host-ram-fetch", Expect::instruction_abort, [] { fetch(host_ram); }},
    {"high-read", Expect::data_abort, [] { read32(guest_space_end - 0x1000); }},
    {"too-high-read", Expect::data_abort, [] { read32(guest_space_end); }},
    {"topmost-read", Expect::data_abort, [] { read32(0xffff'ffff'f000); }},
    {"unmapped-exclusive", Expect::external,
     [] {
         u64 value;
         asm volatile("ldxr %0, [%1]" : "=r"(value) : "r"(host_flash) : "memory");
     }},
    {"unmapped-pair", Expect::external,
     [] {
         u64 a, b;
         asm volatile("ldp %0, %1, [%2]" : "=r"(a), "=r"(b) : "r"(host_flash) : "memory");
     }},
    {"unmapped-zva", Expect::data_abort,
     [] { asm volatile("dc zva, %0" ::"r"(host_flash)
                       : "memory"); }},
    {"unmapped-clean", Expect::contained,
     [] { asm volatile("dc civac, %0" ::"r"(host_flash)
                       : "memory"); }},
    {"unmapped-post-index", Expect::external,
     [] {
         u64 address = host_flash;
         asm volatile("str wzr, [%0], #4" : "+r"(address)::"memory");
     }},
    {"unmapped-unaligned", Expect::data_abort, [] { read64(host_flash + 3); }},
    {"translate", Expect::success, [] { asm volatile("at s1e1r, %0" ::"r"(host_ram)); }},
};

}  // namespace

std::span<const Probe> memory_probes() {
    return list;
}

}  // namespace isthmus::guest::probes
