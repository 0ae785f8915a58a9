// SPDX-License-Identifier: Apache-2.0
// What a guest-map entry is. The type is kept in the entry itself, so that unmapping knows whose
// page it gives back (docs/memory.md).
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::mm {

enum class MappingType : u8 {
    ram_rw = 1,       ///< the domain's own pages: read, write, execute
    ram_ro = 2,       ///< the domain's own pages, read only, never executable
    shared_rw = 3,    ///< own pages of a region the domain owns: read, write, execute-never
    device = 4,       ///< device memory: read, write, execute-never, nGnRE
    foreign_rw = 5,   ///< another owner's pages: read, write, execute-never; holds one reference
    foreign_ro = 6,   ///< another owner's pages: read only, execute-never; holds one reference
    reserved_rw = 7,  ///< RAM that firmware keeps and nobody owns: read, write, execute-never
    /// A window of a bridge behind which reads have no side effects (PCI: prefetchable): as device,
    /// but Normal Non-cacheable, so that the guest may use it so (write combining) or as Device.
    device_nc = 8,
};

constexpr bool is_device(MappingType type) {
    return type == MappingType::device || type == MappingType::device_nc;
}

/// RAM that Isthmus, too, may look at as Normal memory, cached. Every type has its say here, so
/// that a new one is not taken for RAM by default.
constexpr bool is_ram(MappingType type) {
    switch (type) {
        case MappingType::ram_rw:
        case MappingType::ram_ro:
        case MappingType::shared_rw:
        case MappingType::foreign_rw:
        case MappingType::foreign_ro:
            return true;
        case MappingType::device:
        case MappingType::device_nc:
        case MappingType::reserved_rw:
            break;
    }
    return false;
}
constexpr bool is_foreign(MappingType type) {
    return type == MappingType::foreign_rw || type == MappingType::foreign_ro;
}
constexpr bool is_writable(MappingType type) {
    return type != MappingType::ram_ro && type != MappingType::foreign_ro;
}
constexpr bool is_executable(MappingType type) {
    return type == MappingType::ram_rw;
}

}  // namespace isthmus::mm
