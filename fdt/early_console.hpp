// SPDX-License-Identifier: Apache-2.0
// The console of the time before the tree is read: an argument that says by address what the tree
// says by nodes. Reading it asks nothing of the tree but a sound header.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "fdt/host_description.hpp"

namespace isthmus::fdt {

/// TYPE,ADDRESS[,SHIFT[,WIDTH]] as in `earlycon=`: TYPE is a driver's name (fdt/uart_binding.cpp:
/// pl011, ns16550, …); register n is n << SHIFT bytes from the first, an access has WIDTH bytes (1,
/// 2, 4). Nothing when it is anything else.
std::optional<ConsoleUart> parse_early_console(std::string_view value);

/// The value of the last `earlycon=` among the hypervisor's arguments in a tree that nobody has
/// checked; empty when there is none. `blob` may be anything.
std::string_view find_early_console(std::span<const std::byte> blob);

}  // namespace isthmus::fdt
