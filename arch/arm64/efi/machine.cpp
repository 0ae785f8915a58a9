// SPDX-License-Identifier: Apache-2.0
// What the EFI loader asks of the CPU.
#include "arch/arm64/cpu/sysreg.hpp"
#include "isthmus/arch/efi.hpp"

extern "C" {
extern char efi_start[];
extern char efi_end[];
[[noreturn]] void isthmus_enter_image(isthmus::u64 image, isthmus::u64 tree);

/// libfdt is compiled with -fstack-protector-strong, which compares with this.
constinit unsigned long __stack_chk_guard = 0x5ca1ab1e'0ddba11ul;
}

namespace isthmus::arch {
namespace {

/// To memory itself, and out of all caches.
void clean(HostRange range) {
    constexpr u64 words_of_line = 4;
    const u64 line = words_of_line << ((ISTHMUS_READ_SYSREG(ctr_el0) >> 16) & 0xf);
    for (u64 at = align_down(range.start().raw(), line); at < range.end().raw(); at += line) {
        dc_civac(at);
    }
    dsb_sy();
}

}  // namespace

bool can_start_hypervisor() {
    constexpr u64 el2 = 2 << 2;
    return ISTHMUS_READ_SYSREG(currentel) == el2;
}

void enter_image(HostRange image, HostRange tree) {
    clean(image);
    clean(tree);
    // The last instructions run with the caches off, too.
    const auto start = HostAddress(reinterpret_cast<u64>(efi_start));
    clean(*HostRange::from(start, static_cast<u64>(efi_end - efi_start)));
    isthmus_enter_image(image.start().raw(), tree.start().raw());
}

}  // namespace isthmus::arch
