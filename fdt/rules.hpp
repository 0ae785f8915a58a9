// SPDX-License-Identifier: Apache-2.0
// The rules that reading a tree and describing the machine apply (docs/bindings.md, "Rules").
#pragma once

#include "isthmus/rule.hpp"

namespace isthmus::fdt::rules {

inline constexpr Rule malformed{"fdt-malformed", Severity::error};
inline constexpr Rule limit{"fdt-limit", Severity::error};
inline constexpr Rule node_twice{"fdt-node-twice", Severity::error};

inline constexpr Rule no_ram{"host-no-ram", Severity::error};
inline constexpr Rule memory_reg{"host-memory-reg", Severity::error};
inline constexpr Rule memory_limit{"host-memory-limit", Severity::error};
inline constexpr Rule ram_overlap{"host-ram-overlap", Severity::warning};
inline constexpr Rule reserved_reg{"host-reserved-reg", Severity::error};
inline constexpr Rule reserved_limit{"host-reserved-limit", Severity::error};
inline constexpr Rule reserved_ranges{"host-reserved-ranges", Severity::warning};
inline constexpr Rule reserved_dynamic{"host-reserved-dynamic", Severity::warning};

inline constexpr Rule no_cpu{"host-no-cpu", Severity::error};
inline constexpr Rule cpu_reg{"host-cpu-reg", Severity::error};
inline constexpr Rule cpu_duplicate{"host-cpu-duplicate", Severity::error};
inline constexpr Rule cpu_limit{"host-cpu-limit", Severity::warning};

inline constexpr Rule no_gic{"host-no-gic", Severity::error};
inline constexpr Rule gic_reg{"host-gic-reg", Severity::error};
inline constexpr Rule gic_interrupt{"host-gic-interrupt", Severity::error};
inline constexpr Rule no_timer{"host-no-timer", Severity::error};
inline constexpr Rule timer_interrupt{"host-timer-interrupt", Severity::error};
inline constexpr Rule timer_frequency{"host-timer-frequency", Severity::error};
inline constexpr Rule address_size{"host-address-size", Severity::error};
inline constexpr Rule gic_lpi{"host-gic-lpi", Severity::error};
inline constexpr Rule no_psci{"host-no-psci", Severity::error};
inline constexpr Rule psci_method{"host-psci-method", Severity::error};
inline constexpr Rule no_console{"host-no-console", Severity::warning};
inline constexpr Rule console_unsupported{"host-console-unsupported", Severity::warning};
inline constexpr Rule smmu_reg{"host-smmu-reg", Severity::warning};
inline constexpr Rule smmu_limit{"host-smmu-limit", Severity::warning};

}  // namespace isthmus::fdt::rules
