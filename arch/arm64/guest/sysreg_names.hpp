// SPDX-License-Identifier: Apache-2.0
// System registers by name, for log lines about those that a guest's EL1 does not have. Pure:
// compiled and tested on the host, too.
#pragma once

#include "isthmus/text.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// The name of the register with this encoding (`sysreg_id`), or as assemblers take it by number,
/// "S3_6_C1_C1_0", for one that is in no list here.
void print_sysreg(TextSink& out, u32 id);

/// Whose it is, as far as the encoding tells (Arm ARM C5.1.3): "firmware's", "EL2's". Empty: EL1's
/// or EL0's own, so that it is not there at all, or not to be written.
std::string_view sysreg_owner(u32 id, bool is_read);

}  // namespace isthmus::arch
