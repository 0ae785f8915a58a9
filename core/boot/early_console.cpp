// SPDX-License-Identifier: Apache-2.0
#include "core/boot/early_console.hpp"

#include "fdt/early_console.hpp"
#include "isthmus/arch/console.hpp"

namespace isthmus::core {
namespace {

constinit bool is_told = false;
/// What the build says, for trees that cannot be read (CMake: ISTHMUS_EARLYCON); empty otherwise.
constexpr std::string_view of_the_build = ISTHMUS_EARLYCON;

}  // namespace

bool tells_steps() {
    return is_told;
}

void open_early_console(const BootInfo& info) {
    const std::string_view asked = fdt::find_early_console(info.tree);
    const auto uart = fdt::parse_early_console(asked.empty() ? of_the_build : asked);
    if (uart &&
        arch::init_console({uart->driver, uart->registers, uart->register_shift, uart->io_width})) {
        is_told = true;
        log("early console at {x}; boot tree at {x}, {} bytes", uart->registers.start().raw(),
            info.tree_address.raw(), info.tree.size());
    }
}

}  // namespace isthmus::core
