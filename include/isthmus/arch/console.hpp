// SPDX-License-Identifier: Apache-2.0
// The machine's UART. Part of the contract
// (docs/architecture.md): an architecture implements it; the unit tests of core bring a machine of
// their own. Unless said otherwise a function acts on the CPU that calls it.
#pragma once

#include <string_view>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// The UART that Isthmus uses, as the boot tree describes it.
struct ConsoleDevice {
    std::string_view driver;  ///< its name
    HostRange registers;
    u8 register_shift = 0;  ///< register n is n << shift bytes from the first
    u8 io_width = 4;        ///< bytes of one access
};
/// Also with the first map alone, for a UART in one page. Error: out_of_memory;
/// not_found, no driver has that name.
Result<void> init_console(const ConsoleDevice& device);
/// The UART is left as it is, and its registers are not seen any more. Before other CPUs are up.
void close_console();
/// Waits until the UART has taken everything, but not for ever: what a stuck one does not take is
/// dropped and counted. Nothing happens before init_console.
void write_console(std::string_view text);
u64 console_bytes_dropped();
/// Sends the first bytes, as many as the UART takes now without a wait, 64 at most; how many.
/// Without a UART: all of them.
usize send_console(std::string_view text);
/// Whether the UART's interrupt tells of room. It does only once the UART has been filled, so the
/// caller first sends until some are left.
void listen_for_console_room(bool on);
/// In that interrupt, before more is sent.
void acknowledge_console_room();
/// The next byte received, or -1.
int read_console();
/// Whether a received byte raises the UART's interrupt.
void listen_to_console(bool on);
/// In that interrupt, when all was read; what came meanwhile is read after it.
void acknowledge_console();

}  // namespace isthmus::arch
