// SPDX-License-Identifier: Apache-2.0
// What the parts of the audit have found so far.
#pragma once

#include "core/console/console.hpp"
#include "isthmus/log.hpp"
#include "mm/audit.hpp"

namespace isthmus::core {

struct AuditReport {
    mm::AuditCount count;
    u64 shared_pages = 0;
    u64 streams = 0;  ///< of devices, that an SMMU lets through
    u64 differences = 0;

    /// Says the first few; all are counted.
    template <class... Args>
    void differ(std::string_view format, const Args&... args) {
        constexpr u64 shown = 16;
        unsilence_log();
        if (differences++ < shown) {
            log(format, args...);
        }
    }
};

}  // namespace isthmus::core
