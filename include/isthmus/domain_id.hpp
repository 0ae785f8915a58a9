// SPDX-License-Identifier: Apache-2.0
// Who may own a page: a guest, or one of the system domains.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus {

/// Guests are numbered from 0 (Dom0, when there is one) or 1. The system domains' numbers are those
/// of Xen's public interface, so that a log reads the same.
enum class DomainId : u16 {
    dom0 = 0,
    first_guest = 1,
    dom_io = 0x7ff1,       ///< owns shared regions that no guest owns; has no guest map
    dom_isthmus = 0x7ff2,  ///< the hypervisor's own pages
    none = 0x7ff4,         ///< nobody: the page is free
};

}  // namespace isthmus
