// SPDX-License-Identifier: Apache-2.0
// Talks by Xen's console_io alone, as an early console does: no UART is asked for. Then the
// pointers and counts that no early console would use, and an echo of what is typed.
#include "runtime/runtime.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 console_io = 18;
constexpr u64 command_write = 0, command_read = 1;
constexpr i64 efault = -14, enosys = -38;

i64 xen_call(u64 number, u64 command, u64 count, const void* buffer) {
    register u64 x0 asm("x0") = command;
    register u64 x1 asm("x1") = count;
    register const void* x2 asm("x2") = buffer;
    register u64 x16 asm("x16") = number;
    asm volatile("hvc #0xea1" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(x16) : "x3", "x4", "memory");
    return static_cast<i64>(x0);
}

i64 write(std::string_view text) {
    return xen_call(console_io, command_write, text.size(), text.data());
}

void check(std::string_view what, bool good) {
    write("earlycon: ");
    write(what);
    write(good ? " ok\n" : " FAILED\n");
}

const void* at(u64 address) {
    return reinterpret_cast<const void*>(address);
}

}  // namespace

void guest_main() {
    check("write", write("earlycon: a line\n") == 0);
    check("write-nothing", write("") == 0);
    for (const u64 bad : {u64{0}, u64{0x2200'0000}, ~u64{0}, u64{0xffff'0000'0000'0000}}) {
        check("bad-write", xen_call(console_io, command_write, 16, at(bad)) == efault);
        check("bad-read", xen_call(console_io, command_read, 16, at(bad)) == efault);
    }
    check("other-command", xen_call(console_io, 7, 1, nullptr) == enosys);
    check("other-call", xen_call(17, 0, 0, nullptr) == enosys);
    write("earlycon: type a line\n");
    char typed = 0;
    while (typed != '\r') {
        if (xen_call(console_io, command_read, 1, &typed) == 1 && typed != '\r') {
            write({&typed, 1});
        }
    }
    write(" was typed\n");
}

}  // namespace isthmus::guest
