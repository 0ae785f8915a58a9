// SPDX-License-Identifier: Apache-2.0
#include "runtime/xen.hpp"

namespace isthmus::guest::xen {
namespace {

constexpr u64 page_bytes = 4096;

struct alignas(page_bytes) Pages {
    SharedInfo shared;
    alignas(page_bytes) VcpuInfo own;
};
constinit Pages pages;

}  // namespace

i64 hypercall(u64 number, u64 first, u64 second, u64 third, u64 fourth) {
    register u64 x0 asm("x0") = first;
    register u64 x1 asm("x1") = second;
    register u64 x2 asm("x2") = third;
    register u64 x3 asm("x3") = fourth;
    register u64 x16 asm("x16") = number;
    asm volatile("hvc #0xea1" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : "r"(x16) : "x4", "memory");
    return static_cast<i64>(x0);
}

SharedInfo& shared_info() {
    return pages.shared;
}
VcpuInfo& vcpu_info() {
    return pages.own;
}

bool open_events() {
    struct {
        u16 domain = self;
        u16 size = 0;
        u32 space = 0;
        u64 index = 0;
        u64 frame = reinterpret_cast<u64>(&pages.shared) / page_bytes;
    } add;
    struct {
        u64 frame = reinterpret_cast<u64>(&pages.own) / page_bytes;
        u32 offset = 0;
        u32 reserved = 0;
    } place;
    return hypercall(memory_op, 7, &add) == 0 &&
           hypercall(vcpu_op, 10, 0, reinterpret_cast<u64>(&place)) == 0;
}

bool take_event(u32 port) {
    const u64 bit = u64{1} << (port % 64);
    __atomic_store_n(&pages.own.upcall_pending, u8{0}, __ATOMIC_SEQ_CST);
    __atomic_store_n(&pages.own.pending_words, u64{0}, __ATOMIC_SEQ_CST);
    return (__atomic_fetch_and(&pages.shared.pending[port / 64], ~bit, __ATOMIC_SEQ_CST) & bit) !=
           0;
}

i64 poll_event(u32 port, u64 timeout) {
    struct {
        const u32* ports;
        u32 count = 1;
        u32 padding = 0;
        u64 timeout;
    } call{.ports = &port, .timeout = timeout};
    return hypercall(sched_op, poll, &call);
}

}  // namespace isthmus::guest::xen
