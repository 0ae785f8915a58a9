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
    bool only_counts = false;

    /// Says the first few, unless it only counts; all are counted.
    template <class... Args>
    void differ(std::string_view format, const Args&... args) {
        constexpr u64 shown = 16;
        const bool is_said = differences++ < shown && !only_counts;
        if (is_said) {
            unsilence_log();
            log(format, args...);
        }
    }

    void add(const AuditReport& part) {
        count.leaves += part.count.leaves;
        count.pages += part.count.pages;
        shared_pages += part.shared_pages;
        streams += part.streams;
        differences += part.differences;
    }
};

}  // namespace isthmus::core
