// SPDX-License-Identifier: Apache-2.0
// What the architecture calls in core, all of it: the other half of isthmus/arch/. Everything is
// called with interrupts masked, on the CPU concerned.
#pragma once

#include "core/arm/guest_timers.hpp"  // IWYU pragma: begin_exports
#include "core/arm/hypercall.hpp"
#include "core/arm/serrors.hpp"
#include "core/arm/violation.hpp"
#include "core/boot/boot.hpp"
#include "core/boot/cpus.hpp"
#include "core/boot/early_console.hpp"
#include "core/run/interrupts.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/scheduler.hpp"
#include "core/trap/mmio.hpp"  // IWYU pragma: end_exports
