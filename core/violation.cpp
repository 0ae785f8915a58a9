// SPDX-License-Identifier: Apache-2.0
#include "core/violation.hpp"

#include "core/domain.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constexpr u32 logged_violations = 16;

bool may_log(Vcpu& vcpu) {
    return may_log_violation(*vcpu.domain);
}

/// The view of a region that covers the address, if any.
const shm::SharedViewPlan* find_view(const dom0less::DomainPlan& plan, GuestAddress address) {
    for (const shm::SharedViewPlan& view : plan.views) {
        if (view.guest.contains(address)) {
            return &view;
        }
    }
    return nullptr;
}

arch::FaultStatus status_of(MemoryAccess access, arch::FaultStatus otherwise) {
    return access.abort.on_table_walk() ? arch::FaultStatus::external_abort_on_walk : otherwise;
}

void log_region(const Vcpu& vcpu, MemoryAccess access, const shm::SharedViewPlan& view) {
    const shm::RegionPlan& region = plan().regions[view.region];
    log("{} vcpu{} may only read region {} (owner {}): store to {} at pc {x}",
        vcpu.domain->plan->name, vcpu.id, region.id, owner_name(region.owner), access.address,
        arch::guest_pc());
}

}  // namespace

bool may_log_violation(Domain& domain) {
    const u32 before = domain.violations.fetch_add(1, Order::relaxed);
    if (before == logged_violations) {
        log("{} does more that it may not: counted, not shown", domain.plan->name);
    }
    return before < logged_violations;
}

TrapResult refuse_access(Vcpu& vcpu, MemoryAccess access, const char* why,
                         arch::FaultStatus status) {
    if (may_log(vcpu)) {
        const shm::SharedViewPlan* view = find_view(*vcpu.domain->plan, access.address);
        if (access.abort.is_permission_fault() && view != nullptr) {
            log_region(vcpu, access, *view);
        } else {
            log("{} vcpu{} {} {} at pc {x}: {}; data abort", vcpu.domain->plan->name, vcpu.id,
                access.abort.on_table_walk() ? "walks tables at"
                : access.abort.is_write()    ? "writes to"
                                             : "reads from",
                access.address, arch::guest_pc(), why);
        }
    }
    arch::inject_data_abort(access.abort.is_write(), status_of(access, status));
    return TrapResult::injected;
}

TrapResult refuse_fetch(Vcpu& vcpu, MemoryAccess access) {
    if (may_log(vcpu)) {
        log("{} vcpu{} {} {} at pc {x}: instruction abort", vcpu.domain->plan->name, vcpu.id,
            access.abort.on_table_walk() ? "walks tables at" : "fetches an instruction from",
            access.address, arch::guest_pc());
    }
    arch::inject_instruction_abort(status_of(access, arch::FaultStatus::external_abort));
    return TrapResult::injected;
}

TrapResult refuse_instruction(Vcpu& vcpu, const char* what, u64 detail) {
    if (may_log(vcpu)) {
        log("{} vcpu{} uses {} {x} at pc {x}: undefined instruction", vcpu.domain->plan->name,
            vcpu.id, what, detail, arch::guest_pc());
    }
    arch::inject_undefined();
    return TrapResult::injected;
}

}  // namespace isthmus::core
