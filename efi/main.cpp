// SPDX-License-Identifier: Apache-2.0
// Where firmware enters, and where it goes on when the loader gives up.
#include "efi/loader.hpp"
#include "isthmus/arch/efi.hpp"
#include "isthmus/panic.hpp"

using namespace isthmus;

extern "C" {
efi::Status isthmus_efi_main(efi::Handle image, efi::SystemTable* table);
[[noreturn]] void __stack_chk_fail();
[[noreturn]] void isthmus_check_failed(const char* file, int line, const char* function,
                                       const char* condition);
}

namespace {

constinit efi::SimpleTextOutput* panic_console = nullptr;

}  // namespace

efi::Status isthmus_efi_main(efi::Handle image, efi::SystemTable* table) {
    panic_console = table->console;
    efi::Firmware firmware(image, *table);
    if (!arch::can_start_hypervisor()) {
        firmware.console().write(
            "Isthmus: firmware runs at EL1, but a hypervisor needs EL2: start it from firmware "
            "that "
            "has EL2 (QEMU: -machine virtualization=on)\n");
        firmware.release();
        return efi::status::unsupported;
    }
    const auto prepared = efi::prepare(firmware);
    if (!prepared) {
        return efi::status::load_error;
    }
    arch::enter_image(prepared->image, prepared->tree);
}

namespace isthmus {

void panic(const char* what, std::source_location) {
    efi::FirmwareConsole console(panic_console);
    print(console, "Isthmus: a bug of its EFI loader: {}. Stopped.\n", what);
    while (true) {
    }
}

}  // namespace isthmus

void __stack_chk_fail() {
    panic("a stack frame was overwritten");
}

void isthmus_check_failed(const char*, int, const char*, const char* condition) {
    panic(condition);
}
