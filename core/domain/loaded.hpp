// SPDX-License-Identifier: Apache-2.0
// What boot found out when it filled a guest's memory, for doing it again.
#pragma once

#include <cstddef>
#include <span>

#include "isthmus/range.hpp"

namespace isthmus::core {

struct LoadedGuest {
    GuestAddress entry;    ///< of the kernel
    GuestAddress load;     ///< where its first byte is
    u64 kernel_bytes = 0;  ///< that are copied there, decompressed
    HostRange content;     ///< of its module: what they come from
    bool is_gzip = false;
    /// The guest's tree as it was written, in heap pages; empty where it cannot be built again.
    std::span<const std::byte> tree;
};

}  // namespace isthmus::core
