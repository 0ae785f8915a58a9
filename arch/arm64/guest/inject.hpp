// SPDX-License-Identifier: Apache-2.0
// What only the architecture gives to guests; the rest stands in isthmus/arch/guest.hpp.
#pragma once

namespace isthmus::arch {

/// The running vCPU takes what brought it here as its own exception, with the same syndrome.
void inject_same_syndrome();

}  // namespace isthmus::arch
