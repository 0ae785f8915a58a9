// SPDX-License-Identifier: Apache-2.0
#include "core/arm/violation.hpp"

#include "arch/arm64/guest/pstate.hpp"
#include "arch/arm64/guest/taken_exception.hpp"
#include "core/arm/guest_instruction.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/lifecycle.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/time.hpp"
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
    log_as(LogKind::guest, "{} vcpu{} may only read region {} (owner {}): store to {} at pc {x}",
           vcpu.domain->plan->name, vcpu.id, region.id, owner_name(region.owner), access.address,
           arch::guest_pc());
}

/// The exception was the guest's own and never came here; what is left of it is in its registers
/// for as long as it has not taken that of the fetch.
void log_lost_exception(const Vcpu& vcpu, arch::VectorFetch fetch,
                        const arch::TakenException& taken) {
    std::optional<u32> instruction;
    if (const Result<u32> word = read_guest_instruction(*vcpu.domain, taken.pc);
        word && arch::runs_a64(taken.pstate)) {
        instruction = *word;
    }
    TextBuffer<160> what;
    arch::describe(what, fetch, taken, instruction);
    if (taken.vectors == 0) {
        log_as(LogKind::guest,
               "{} vcpu{} {} with no vectors set (VBAR_EL1 is 0): every exception ends there again",
               vcpu.domain->plan->name, vcpu.id, what.view());
    } else {
        log_as(LogKind::guest,
               "{} vcpu{} {}, and has no memory to execute at its vectors, VBAR_EL1 {x}: every "
               "exception ends there again",
               vcpu.domain->plan->name, vcpu.id, what.view(), taken.vectors);
    }
}

/// Before an exception is injected: one more of a vCPU that does nothing else any more. It has
/// crashed then, and its domain with it; the caller answers `stopped`.
bool has_crashed(Vcpu& vcpu) {
    const u64 pc = arch::guest_pc();
    if (!vcpu.faults.note(pc, vcpu.exits.total() - vcpu.exits.interrupts)) [[likely]] {
        return false;
    }
    log("{} vcpu{} does nothing but fault at pc {x}, {} times in a row", vcpu.domain->plan->name,
        vcpu.id, pc, FaultLoop::limit);
    stop_domain(*vcpu.domain, StopReason::crash);
    return true;
}

}  // namespace

bool may_log_violation(Domain& domain) {
    domain.violations.fetch_add(1, Order::relaxed);
    domain.last_violation_pc.store(arch::guest_pc(), Order::relaxed);  // for people to look at: two
    domain.last_violation_at.store(arch::counter(), Order::relaxed);   // vCPUs' may be mixed
    const u32 before = domain.violation_lines.fetch_add(1, Order::relaxed);
    if (before == logged_violations) {
        log_as(LogKind::guest, "{} does more that it may not: counted, not shown",
               domain.plan->name);
    }
    return before < logged_violations;
}

TrapResult refuse_access(Vcpu& vcpu, MemoryAccess access, const char* why,
                         arch::FaultStatus status) {
    if (access.abort.is_translation_fault() && !access.abort.on_table_walk() &&
        !access.abort.is_write() && arch::guest_refuses_load(arch::guest_fault_address())) {
        return TrapResult::injected;  // it loads again, and takes the fault of its own
    }
    if (may_log(vcpu)) {
        const shm::SharedViewPlan* view = find_view(*vcpu.domain->plan, access.address);
        if (access.abort.is_permission_fault() && view != nullptr) {
            log_region(vcpu, access, *view);
        } else {
            log_as(LogKind::guest, "{} vcpu{} {} {} at pc {x}: {}; data abort",
                   vcpu.domain->plan->name, vcpu.id,
                   access.abort.on_table_walk() ? "walks tables at"
                   : access.abort.is_write()    ? "writes to"
                                                : "reads from",
                   access.address, arch::guest_pc(), why);
        }
    }
    if (has_crashed(vcpu)) {
        return TrapResult::stopped;
    }
    arch::inject_data_abort(access.abort.is_write(), status_of(access, status));
    return TrapResult::injected;
}

TrapResult refuse_fetch(Vcpu& vcpu, MemoryAccess access) {
    const arch::TakenException taken = arch::guest_exception();
    const arch::VectorFetch fetch = arch::vector_fetch(taken, arch::guest_fault_address());
    if (fetch == arch::VectorFetch::again) {
        vcpu.domain->violations.fetch_add(1, Order::relaxed);  // it can do nothing else any more
    } else if (!may_log(vcpu)) {
        // counted
    } else if (fetch != arch::VectorFetch::none) {
        log_lost_exception(vcpu, fetch, taken);
    } else {
        log_as(LogKind::guest, "{} vcpu{} {} {} at pc {x}: instruction abort",
               vcpu.domain->plan->name, vcpu.id,
               access.abort.on_table_walk() ? "walks tables at" : "fetches an instruction from",
               access.address, arch::guest_pc());
    }
    if (has_crashed(vcpu)) {
        return TrapResult::stopped;
    }
    arch::inject_instruction_abort(status_of(access, arch::FaultStatus::external_abort));
    return TrapResult::injected;
}

TrapResult refuse_instruction(Vcpu& vcpu, const char* what, u64 detail) {
    if (may_log(vcpu)) {
        log_as(LogKind::guest, "{} vcpu{} uses {} {x} at pc {x}: undefined instruction",
               vcpu.domain->plan->name, vcpu.id, what, detail, arch::guest_pc());
    }
    if (has_crashed(vcpu)) {
        return TrapResult::stopped;
    }
    arch::inject_undefined();
    return TrapResult::injected;
}

}  // namespace isthmus::core
