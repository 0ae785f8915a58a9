// SPDX-License-Identifier: Apache-2.0
// What boot does for each domain, done by the CPU that will run it.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

/// Boot CPU, after the plan is adopted and the CPUs are up: every domain's work(context, index into
/// the plan's domains) is done on the CPU of its vCPU 0, one domain after the other where that is
/// the same, or here when that CPU is not online. Comes back when all of it is done; what was
/// written is seen, here and on the CPUs.
void work_on_domains(void (*work)(void* context, usize domain), void* context);

/// Every other CPU, once it is online: works for the boot CPU, and sleeps in between, until it is
/// dismissed.
void serve_boot_cpu();
/// Boot CPU: there is no more such work.
void dismiss_cpus();
/// What serve_boot_cpu does when it is awake: the share of CPU number `cpu`, which is the calling
/// one. False: there is none.
bool do_share_of_work(usize cpu);

}  // namespace isthmus::core
