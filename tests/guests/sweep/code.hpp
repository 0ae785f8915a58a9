// SPDX-License-Identifier: Apache-2.0
// Code that is made at run time: for each register its MRS or MSR.
#pragma once

#include <span>

#include "sweep/encoding.hpp"

namespace isthmus::guest::sweep {

/// One register. Each faults as the instruction does.
u64 read_register(Encoding register_);
void write_register(Encoding register_, u64 value);

/// What a register reads after `first` and after `second` was written to it. Its value is put back
/// in the same stretch of code: no exception sees a pattern in it.
struct Trial {
    u64 first = 0;
    u64 second = 0;
    u64 after_first = 0;
    u64 after_second = 0;
};
void try_register(Encoding register_, Trial& trial);

/// Straight-line code for many registers at once, from or to an array in their order. `prepare`
/// makes it; what came before is forgotten.
void prepare_all(std::span<const Encoding> to_write, std::span<const Encoding> to_read);
void write_all(const u64* values);
void read_all(u64* values);

}  // namespace isthmus::guest::sweep
