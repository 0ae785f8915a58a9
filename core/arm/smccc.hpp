// SPDX-License-Identifier: Apache-2.0
// Function identifiers and results of the SMC Calling Convention and of PSCI.
#pragma once

#include <array>

#include "arch/arm64/cpu/speculation.hpp"
#include "isthmus/bits.hpp"

namespace isthmus::core::smccc {

inline constexpr u32 version = 0x8000'0000;
inline constexpr u32 arch_features = 0x8000'0001;
inline constexpr u32 arch_workaround_1 = arch::arch_workaround_1;
inline constexpr u32 arch_workaround_2 = arch::arch_workaround_2;
inline constexpr u32 arch_workaround_3 = arch::arch_workaround_3;
/// Of vendor specific hypervisor services (DEN 0028, 6.2): whose they are.
inline constexpr u32 hypervisor_uid = 0x8600'ff01;
inline constexpr u32 smc64 = 1u << 30;  ///< set in a function identifier: 64-bit convention
inline constexpr u64 version_1_1 = 0x1'0001;
inline constexpr u64 not_supported = ~u64{0};
inline constexpr u64 invalid_parameter = ~u64{2};
/// Of ARCH_WORKAROUND_1 and _3: this CPU does not need it.
inline constexpr u64 not_affected = 1;
/// Of ARCH_WORKAROUND_2: there is nothing to switch.
inline constexpr u64 not_required = ~u64{1};

/// Isthmus's own: 58637b95-dff5-4ee6-b28d-d04ce43e3861, as w0 to w3 have it: the first byte of the
/// text in bits 7:0 of w0.
inline constexpr std::array<u32, 4> isthmus_uid{0x957b'6358, 0xe64e'f5df, 0x4cd0'8db2, 0x6138'3ee4};

}  // namespace isthmus::core::smccc

/// Isthmus's calls, by SMCCC's numbers for hypervisors (docs/doorbells.md).
namespace isthmus::core::doorbell {

inline constexpr u32 ring = 0xc600'0001;
inline constexpr u32 take = 0xc600'0002;

}  // namespace isthmus::core::doorbell

namespace isthmus::core::psci {

inline constexpr u32 version = 0x8400'0000;
inline constexpr u32 cpu_suspend = 0x8400'0001;
inline constexpr u32 cpu_off = 0x8400'0002;
inline constexpr u32 cpu_on = 0x8400'0003;
inline constexpr u32 affinity_info = 0x8400'0004;
inline constexpr u32 migrate_info_type = 0x8400'0006;
inline constexpr u32 system_off = 0x8400'0008;
inline constexpr u32 system_reset = 0x8400'0009;
inline constexpr u32 features = 0x8400'000a;
inline constexpr u32 system_reset2 = 0x8400'0012;

inline constexpr u64 version_1_1 = 0x1'0001;
inline constexpr u64 migrate_not_needed = 2;

/// Results, as signed 32-bit numbers.
inline constexpr i64 success = 0;
inline constexpr i64 not_supported = -1;
inline constexpr i64 invalid_parameters = -2;
inline constexpr i64 already_on = -4;
inline constexpr i64 on_pending = -5;
inline constexpr i64 invalid_address = -9;

}  // namespace isthmus::core::psci
