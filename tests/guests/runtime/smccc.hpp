// SPDX-License-Identifier: Apache-2.0
// Calls to whoever is beneath: the SMC Calling Convention (Arm DEN0028), PSCI (Arm DEN0022), and
// Xen's hypercalls (HVC #0xEA1).
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest {

/// `HVC #0`. The convention keeps x4 and up; x0 to x3 carry results.
inline u64 hvc(u64 function, u64 first = 0, u64 second = 0, u64 third = 0) {
    register u64 x0 asm("x0") = function;
    register u64 x1 asm("x1") = first;
    register u64 x2 asm("x2") = second;
    register u64 x3 asm("x3") = third;
    asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    return x0;
}

inline u64 smc(u64 function, u64 first = 0, u64 second = 0, u64 third = 0) {
    register u64 x0 asm("x0") = function;
    register u64 x1 asm("x1") = first;
    register u64 x2 asm("x2") = second;
    register u64 x3 asm("x3") = third;
    asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
    return x0;
}

/// Xen's convention: number in x16, arguments from x0, result in x0.
inline u64 xen_hypercall(u64 number, u64 first = 0, u64 second = 0) {
    register u64 x0 asm("x0") = first;
    register u64 x1 asm("x1") = second;
    register u64 x16 asm("x16") = number;
    asm volatile("hvc #0xea1" : "+r"(x0), "+r"(x1), "+r"(x16)::"memory");
    return x0;
}

/// What an unknown function answers: -1.
inline constexpr u64 smccc_not_supported = ~u64{0};

namespace psci {

inline constexpr u64 version = 0x8400'0000;
inline constexpr u64 cpu_suspend = 0xc400'0001;
inline constexpr u64 cpu_off = 0x8400'0002;
inline constexpr u64 cpu_on = 0xc400'0003;
inline constexpr u64 affinity_info = 0xc400'0004;
inline constexpr u64 migrate_info_type = 0x8400'0006;
inline constexpr u64 system_off = 0x8400'0008;
inline constexpr u64 system_reset = 0x8400'0009;
inline constexpr u64 system_reset2 = 0x8400'0012;
inline constexpr u64 features = 0x8400'000a;

inline constexpr u64 success = 0;
inline constexpr i64 invalid_parameters = -2;
inline constexpr i64 already_on = -4;
inline constexpr i64 invalid_address = -9;

inline constexpr u64 affinity_on = 0;
inline constexpr u64 affinity_off = 1;

}  // namespace psci
}  // namespace isthmus::guest
