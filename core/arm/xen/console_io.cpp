// SPDX-License-Identifier: Apache-2.0
// console_io: a console by calls, which every guest has.
#include "core/arm/xen/calls_inside.hpp"

#include <algorithm>
#include <array>

#include "core/arm/guest_memory.hpp"
#include "core/console/input.hpp"
#include "core/console/line.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core::xen {
namespace {

// console_io(x0 = command, x1 = count, x2 = virtual address of the buffer).
constexpr u64 command_write = 0;
constexpr u64 command_read = 1;

XenCall write_console(Vcpu& vcpu, arch::GuestRegisters& registers) {
    const u32 count = static_cast<u32>(registers.x[1]);
    const u64 buffer = registers.x[2];
    std::array<std::byte, ConsoleLine::size> text;
    const u64 taken = std::min({u64{count}, u64{ConsoleLine::size}, bytes_left_in_page(buffer)});
    const std::span<std::byte> bytes = std::span(text).first(taken);
    if (!bytes.empty() && !copy_from_guest(*vcpu.domain, buffer, bytes)) {
        registers.x[0] = static_cast<u64>(efault);
        return XenCall::done;
    }
    usize shown = 0;
    while (shown < taken && vcpu.domain->console.has_output_room()) {
        vcpu.domain->console.put(vcpu, static_cast<char>(bytes[shown++]));
    }
    if (shown == count) {
        registers.x[0] = 0;
        return XenCall::done;
    }
    registers.x[1] = count - shown;
    registers.x[2] = buffer + shown;
    return XenCall::again;
}

/// As many bytes as have been typed, and fit into the buffer's first page.
void read_console(Vcpu& vcpu, arch::GuestRegisters& registers) {
    Domain& domain = *vcpu.domain;
    const u64 buffer = registers.x[2];
    const u64 room = std::min({u64{static_cast<u32>(registers.x[1])}, u64{ConsoleLine::size},
                               bytes_left_in_page(buffer)});
    if (room != 0 && !check_writable(domain, buffer)) {
        registers.x[0] = static_cast<u64>(efault);
        return;
    }
    std::array<std::byte, ConsoleLine::size> typed;
    const usize count = take_typed(domain, std::span(typed).first(room));
    const bool written = count == 0 || copy_to_guest(domain, buffer, std::span(typed).first(count));
    registers.x[0] = written ? count : static_cast<u64>(efault);
}

}  // namespace

XenCall console_io(Vcpu& vcpu, arch::GuestRegisters& registers) {
    if (registers.x[0] > command_read) {
        registers.x[0] = static_cast<u64>(enosys);
        return XenCall::done;
    }
    vcpu.domain->console.set_called();
    if (registers.x[0] == command_write) {
        return write_console(vcpu, registers);
    }
    read_console(vcpu, registers);
    return XenCall::done;
}

}  // namespace isthmus::core::xen
