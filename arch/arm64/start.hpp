// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::arch {

/// The affinity fields of a CPU that has been started, by its number.
u64 affinity_of(usize index);

}  // namespace isthmus::arch
