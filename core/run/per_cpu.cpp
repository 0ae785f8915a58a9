// SPDX-License-Identifier: Apache-2.0
#include "core/run/per_cpu.hpp"

namespace isthmus::core {
namespace {

constinit PerCpu all_cpus[limits::cpus];

}  // namespace

PerCpu& per_cpu(usize index) {
    return all_cpus[index];
}

}  // namespace isthmus::core
