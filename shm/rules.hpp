// SPDX-License-Identifier: Apache-2.0
// The rules of shared regions (docs/bindings.md, "Rules"). Names are stable.
#pragma once

#include "isthmus/rule.hpp"

namespace isthmus::shm::rules {

inline constexpr Rule cells{"shm-cells", Severity::error};
inline constexpr Rule id_missing{"shm-id-missing", Severity::error};
inline constexpr Rule id_empty{"shm-id-empty", Severity::error};
inline constexpr Rule id_too_long{"shm-id-too-long", Severity::error};
inline constexpr Rule id_malformed{"shm-id-malformed", Severity::error};
inline constexpr Rule range_missing{"shm-range-missing", Severity::error};
inline constexpr Rule range_length{"shm-range-length", Severity::error};
inline constexpr Rule role{"shm-role", Severity::error};
inline constexpr Rule access{"shm-access", Severity::error};
inline constexpr Rule presentation{"shm-presentation", Severity::error};
inline constexpr Rule doorbell{"shm-doorbell", Severity::error};
inline constexpr Rule status{"shm-status", Severity::error};
/// Of a region with doorbells: names of their lines that Linux shows cut.
inline constexpr Rule line_name{"shm-line-name", Severity::warning};
inline constexpr Rule notification{"shm-notification", Severity::error};
inline constexpr Rule on_restart{"shm-on-restart", Severity::error};
inline constexpr Rule offset{"shm-offset", Severity::error};
inline constexpr Rule size_zero{"shm-size-zero", Severity::error};
inline constexpr Rule align{"shm-align", Severity::error};
inline constexpr Rule host_overflow{"shm-host-overflow", Severity::error};
inline constexpr Rule guest_overflow{"shm-guest-overflow", Severity::error};
inline constexpr Rule guest_range{"shm-guest-range", Severity::error};

inline constexpr Rule id_conflict{"shm-id-conflict", Severity::error};
inline constexpr Rule alias{"shm-alias", Severity::error};
inline constexpr Rule host_overlap{"shm-host-overlap", Severity::error};
inline constexpr Rule host_not_ram{"shm-host-not-ram", Severity::error};
inline constexpr Rule host_memreserve{"shm-host-memreserve", Severity::warning};
inline constexpr Rule host_mixed{"shm-host-mixed", Severity::error};
inline constexpr Rule owner_duplicate{"shm-owner-duplicate", Severity::error};
inline constexpr Rule owner_missing{"shm-owner-missing", Severity::error};
inline constexpr Rule twice{"shm-twice", Severity::error};
inline constexpr Rule guest_overlap{"shm-guest-overlap", Severity::error};
inline constexpr Rule direct_map{"shm-direct-map", Severity::error};
inline constexpr Rule limit{"shm-limit", Severity::error};

inline constexpr Rule lonely{"shm-lonely", Severity::warning};
/// A device that Linux takes for writable, and is not.
inline constexpr Rule pmem_read_only{"shm-pmem-read-only", Severity::warning};
inline constexpr Rule unknown_property{"shm-unknown-property", Severity::warning};

}  // namespace isthmus::shm::rules
