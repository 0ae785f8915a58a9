// SPDX-License-Identifier: Apache-2.0
#include "core/domain/rebuild.hpp"

#include <algorithm>

#include "core/arm/xen/guest.hpp"
#include "core/audit/audit.hpp"
#include "core/audit/report.hpp"
#include "core/console/input.hpp"
#include "core/device/device_lines.hpp"
#include "core/device/dma.hpp"
#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/region_account.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

// What one piece looks at: page words of its own, and of a region, where each page may be seen by
// others than the next.
constexpr u64 words_at_once = 1024;
constexpr u64 shared_words_at_once = 64;

/// What a reset of the machine would do: vCPUs, interrupts, emulated devices. What waits in timers
/// of other CPUs finds nothing to do.
void reset_machine(Domain& domain) {
    for (Vcpu& vcpu : domain.vcpus) {
        vcpu.physical_timer = {};
        vcpu.console_due = false;
        vcpu.has_slept = true;
    }
    domain.vgic.reset_all();
    for (const DeviceReset& device : domain.resets.items()) {
        device.reset(device.model);
    }
    domain.console.forget_input();
    resume_input();
    // A guest that turns its MMU on finds none of its last life's translations.
    arch::invalidate_guest(domain.control.vttbr, domain.plan->mappings[0].guest);
}

}  // namespace

void Rebuild::fill(const Domain& domain) {
    switch (refill_.step(domain)) {
        case Refill::Step::more:
            break;
        case Refill::Step::full:
            stage_ = Stage::map;
            break;
        case Refill::Step::failed:
            log("{} stays stopped: a module of it is not what it was", domain.plan->name);
            stage_ = Stage::failed;
            break;
    }
}

void Rebuild::look_at_map(const Domain& domain) {
    AuditReport report;
    if (done_ == 0) {
        audit_domain_but_map(domain, report);
    }
    const auto next = audit_map_piece(domain, GuestAddress(done_), report);
    wrong_ += report.differences;
    done_ = next ? next->raw() : 0;
    if (!next) {
        stage_ = Stage::pages;
    }
}

/// The owner and the count of every page that it has for itself.
void Rebuild::look_at_pages(const Domain& domain) {
    const auto& uses = plan().host_map;
    while (item_ < uses.size() &&
           (!is_ram_of(uses[item_], domain.plan->id) || done_ == uses[item_].range.pages())) {
        ++item_;
        done_ = 0;
    }
    if (item_ == uses.size()) {
        item_ = 0;
        stage_ = Stage::regions;
        return;
    }
    const dom0less::HostUsePlan& use = uses[item_];
    const u64 count = std::min(use.range.pages() - done_, words_at_once);
    const HostRange part =
        *HostRange::from(use.range.start() + done_ * page_size, count * page_size);
    const u64 planned = mm::page_word::allocated(use.owner, 1, use.is_static);
    for (const mm::PageInfo& page : frames().frames(part)) {
        wrong_ += page.word(Order::relaxed) != planned ? 1u : 0u;  // no vCPU of it runs
    }
    done_ += count;
    own_pages_ += count;
}

/// All pages of each region that it has a view of.
void Rebuild::look_at_regions(const Domain& domain) {
    const auto& views = domain.plan->views;
    if (item_ < views.size()) {
        const RegionAccount account =
            account_region(views[item_].region, done_, shared_words_at_once);
        wrong_ += account.wrong_pages;
        done_ += account.pages;
        if (account.pages == 0) {
            shared_pages_ += views[item_++].guest.pages();
            done_ = 0;
        }
        return;
    }
    stage_ = wrong_ == 0 ? Stage::devices : Stage::failed;
    if (wrong_ != 0) {
        log("{} stays stopped: {} differences between the plan and what was built",
            domain.plan->name, wrong_);
    }
}

void Rebuild::begin_devices(Domain& domain) {
    connect_device_lines(domain);
    if (!attach_devices(domain)) {
        log("{} stays stopped: an SMMU does not obey", domain.plan->name);
        stage_ = Stage::failed;
        return;
    }
    repeat_rings(domain);
    Vcpu& first = domain.vcpus[0];
    arch::reset_vcpu(first.registers, first.state, domain.loaded.entry.raw(),
                     domain.plan->tree_target.start().raw(), first.mpidr);
    stage_ = Stage::built;
}

bool Rebuild::step(Domain& domain) {
    switch (stage_) {
        case Stage::ports:
            stage_ = xen::reset_guest(domain) ? Stage::ports : Stage::machine;
            break;
        case Stage::machine:
            reset_machine(domain);
            stage_ = Stage::memory;
            break;
        case Stage::memory:
            fill(domain);
            break;
        case Stage::map:
            look_at_map(domain);
            break;
        case Stage::pages:
            look_at_pages(domain);
            break;
        case Stage::regions:
            look_at_regions(domain);
            break;
        case Stage::devices:
            begin_devices(domain);
            break;
        case Stage::built:
        case Stage::failed:
            break;
    }
    return stage_ != Stage::built && stage_ != Stage::failed;
}

}  // namespace isthmus::core
