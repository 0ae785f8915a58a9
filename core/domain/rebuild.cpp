// SPDX-License-Identifier: Apache-2.0
#include "core/domain/rebuild.hpp"

#include "core/domain/domain.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::core {

bool Rebuild::step(Domain& domain) {
    Vcpu& first = domain.vcpus[0];
    arch::reset_vcpu(first.registers, first.state, domain.entry.raw(),
                     domain.plan->tree_target.start().raw(), first.mpidr);
    stage_ = Stage::done;
    return false;
}

}  // namespace isthmus::core
