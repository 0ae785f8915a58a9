// SPDX-License-Identifier: Apache-2.0
#include "core/domain/teardown.hpp"

#include "core/domain/domain.hpp"
#include "core/domain/pieces.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {
namespace {

// What one piece does at most.
constexpr u64 released_at_once = 4 * page_size;

/// The first bytes of the range, and the range goes on behind them.
HostRange take(HostRange& range, u64 most) {
    const u64 size = range.size() < most ? range.size() : most;
    const HostRange first = *HostRange::from(range.start(), size);
    range = *HostRange::between(first.end(), range.end());
    return first;
}

/// One reference of each page; those without another go where they came from.
void release_some(HostRange& held) {
    for (mm::PageInfo& page : frames().frames(take(held, released_at_once))) {
        if (mm::put_page(page)) {
            ReleasePages()(page);
        }
    }
}

}  // namespace

void Teardown::clear_tables(Domain& domain) {
    if (!held_.empty()) {
        release_some(held_);
        return;
    }
    if (const auto cleared = domain.map->clear_some(below_, ReleasePages())) {
        below_ = cleared->next;
        held_ = cleared->foreign_block;
        return;
    }
    domain.map->clear(ReleasePages());  // nothing is left but the root
    free_pages(domain.map->table().root(),
               mm::order_for(domain.map->table().geometry().root_bytes()));
    stage_ = Stage::ram;
}

/// What a guest kept for itself is gone before anybody else can get the page. Static memory goes
/// out of Isthmus's map again; what the heap gets stays, as all of the heap does.
void Teardown::clear_ram(Domain& domain) {
    if (!held_.empty()) {
        put_pages(take(held_, released_at_once));
    } else if (window_.empty()) {
        next_window(domain);
    } else if (cleared_ < window_.size()) {
        const u64 left = window_.size() - cleared_;
        const u64 size = left < cleared_at_once ? left : cleared_at_once;
        const HostRange part = *HostRange::from(window_.start() + cleared_, size);
        arch::zero_host(part);
        arch::publish_host(part);
        cleared_ += size;
    } else {
        if (plan().host_map[item_].is_static) {
            check(arch::unmap_host(window_).has_value(), "scrubbing");
        }
        held_ = window_;
        window_ = {};
    }
}

void Teardown::next_window(Domain& domain) {
    const auto& uses = plan().host_map;
    while (item_ < uses.size() &&
           (!is_ram_of(uses[item_], domain.plan->id) || done_ == uses[item_].range.size())) {
        ++item_;
        done_ = 0;
    }
    if (item_ == uses.size()) {
        item_ = 0;
        stage_ = Stage::regions;
        return;
    }
    const HostAddress start = uses[item_].range.start() + done_;
    const u64 left = uses[item_].range.size() - done_;
    const u64 size = window_size - start.raw() % window_size;
    window_ = *HostRange::from(start, left < size ? left : size);
    cleared_ = 0;
    done_ += window_.size();
    check(arch::map_host(window_, arch::HostAccess::read_write).has_value(), "scrubbing");
}

/// The owner's reference; what borrowers hold stays until they go.
void Teardown::give_back_regions(Domain& domain) {
    const auto& regions = plan().regions;
    if (!held_.empty()) {
        release_some(held_);
    } else if (item_ == regions.size()) {
        stage_ = Stage::apart;
        set_state(domain, Domain::State::dismantled);
    } else if (regions[item_].owner != domain.plan->id || piece_ == regions[item_].host.size()) {
        ++item_;
        piece_ = 0;
    } else {
        held_ = regions[item_].host[piece_++];
    }
}

bool Teardown::step(Domain& domain) {
    switch (stage_) {
        case Stage::begin:
            check(domain.state.load() == Domain::State::stopped,
                  "a domain is taken apart while it runs");
            set_state(domain, Domain::State::dismantling);
            stage_ = Stage::tables;
            return true;
        case Stage::tables:
            clear_tables(domain);
            return true;
        case Stage::ram:
            clear_ram(domain);
            return true;
        case Stage::regions:
            give_back_regions(domain);
            return stage_ != Stage::apart;
        case Stage::apart:
            break;
    }
    return false;
}

}  // namespace isthmus::core
