// SPDX-License-Identifier: Apache-2.0
// In place of arch/arm64/map/layout.hpp: the same, but RAM and image are seen where a program of
// the developer's machine may have them.
#pragma once

#define ram_base ram_base_of_el2
#define image_base image_base_of_el2
#include "../../../../../../arch/arm64/map/layout.hpp"
#undef ram_base
#undef image_base

namespace isthmus::arch {
inline constexpr u64 ram_base = 0x2000'0000'0000;
inline constexpr u64 image_base = 0x40'0000;  ///< where the linker puts a program (-no-pie)
}  // namespace isthmus::arch
