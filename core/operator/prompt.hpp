// SPDX-License-Identifier: Apache-2.0
// Isthmus's own place in the round of the console's input: an operator types a command, and its
// answer comes in pieces, a line or a few microseconds of work each (docs/console.md).
//
//   typed ──▶ kept ──▶ edited line ──Enter──▶ answer, line by line ──▶ edited line …
//             └────────── SoftTimer of the CPU that has the UART ───────────┘
//
// Between two pieces guests run nine times as long as the piece took, and no lock is held. There is
// no piece while much of what Isthmus said before waits for the UART. All of it is of the CPU that
// has the UART's interrupt; nobody else calls.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// Whether the tree wants it (`isthmus,operator`).
bool has_prompt();
/// At boot: nothing is typed, nothing is asked.
void reset_prompt();
/// What is typed goes there from now on: the prompt is shown.
void enter_prompt();
/// One typed byte; what comes too fast is dropped, and a line says so.
void type_at_prompt(u8 byte);

}  // namespace isthmus::core
