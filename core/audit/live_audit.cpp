// SPDX-License-Identifier: Apache-2.0
#include "core/audit/live_audit.hpp"

#include "core/audit/audit.hpp"
#include "core/audit/report.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"

namespace isthmus::core {
namespace {

constexpr u64 pages_at_once = 64;

/// The owner of the RAM is a guest of which nothing is gone.
bool is_whole(const dom0less::HostUsePlan& use) {
    bool whole = use.use == dom0less::HostUse::domain_ram;
    for (const Domain& domain : domains()) {
        whole = whole && (domain.plan->id != use.owner || !domain.is_coming_apart());
    }
    return whole;
}

}  // namespace

void LiveAudit::next(Stage stage) {
    stage_ = stage;
    item_ = 0;
    done_ = 0;
}

void LiveAudit::look_at_region() {
    if (item_ == plan().regions.size()) {
        next(Stage::ram);
        return;
    }
    if (done_ == 0) {
        walk_ = RegionWalk(static_cast<u32>(item_));
        done_ = 1;
    }
    if (!walk_.step(pages_at_once)) {
        pages_ += walk_.account().pages;
        wrong_pages_ += walk_.account().wrong_pages;
        done_ = 0;
        ++item_;
    }
}

void LiveAudit::look_at_ram() {
    if (item_ == plan().host_map.size()) {
        next(Stage::maps);
        return;
    }
    const dom0less::HostUsePlan& use = plan().host_map[item_];
    const auto pages = is_whole(use) ? frames().frames(use.range) : std::span<mm::PageInfo>();
    for (u64 left = pages_at_once; left != 0 && done_ < pages.size(); --left, ++done_) {
        const mm::PageValue found = pages[done_].snapshot();
        wrong_pages_ += found.owner == use.owner && found.references != 0 ? 0u : 1u;
        ++pages_;
    }
    if (done_ >= pages.size()) {
        done_ = 0;
        ++item_;
    }
}

void LiveAudit::look_at_map() {
    if (item_ == domains().size()) {
        next(Stage::over);
        return;
    }
    Domain& domain = domains()[item_];
    AuditReport report;
    report.only_counts = true;  // nothing is written with a lock held
    const GuestAddress from(done_);
    std::optional<GuestAddress> following;
    {
        const LockGuard guard(domain.life_lock);
        if (domain.sequel != Domain::Sequel::gone) {
            following = audit_map_piece(domain, from, report);
        }
    }
    if (report.differences != 0) {
        log_as(LogKind::error, "audit: {}'s map differs from the plan at {} places from {} on",
               domain.plan->name, report.differences, from);
    }
    mappings_ += report.count.leaves;
    wrong_mappings_ += report.differences;
    done_ = following ? following->raw() : 0;
    item_ += following ? 0u : 1u;
}

bool LiveAudit::step() {
    switch (stage_) {
        case Stage::regions:
            look_at_region();
            break;
        case Stage::ram:
            look_at_ram();
            break;
        case Stage::maps:
            look_at_map();
            break;
        case Stage::over:
            break;
    }
    return stage_ != Stage::over;
}

}  // namespace isthmus::core
