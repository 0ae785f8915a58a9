// SPDX-License-Identifier: Apache-2.0
#include "core/domain/refill.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "core/domain/domain.hpp"
#include "core/domain/pieces.hpp"
#include "core/memory/machine_memory.hpp"
#include "dom0less/kernel/gzip/gunzip.hpp"
#include "dom0less/plan/module_digest.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core {
namespace {

// What one piece does at most, beside guests.
constexpr u64 copied_at_once = 16 * KiB;
constexpr usize unpacked_at_once = 8 * KiB;
constexpr usize hashed_at_once = 512;

constexpr unsigned gunzip_order = mm::order_for(sizeof(dom0less::Gunzip));

/// Whole pages that are copied over: to clear them, too, would touch them twice. What of a page is
/// left is cleared with it. How long a compressed kernel becomes is known when it is unpacked, so
/// its place is cleared before.
std::array<GuestRange, 3> copied_over(const Domain& domain) {
    const LoadedGuest& loaded = domain.loaded;
    const auto pages = [](GuestAddress start, u64 bytes) {
        return GuestRange::from(start, bytes)->inner_aligned(page_size);
    };
    return {pages(loaded.load, loaded.is_gzip ? 0 : loaded.kernel_bytes),
            domain.plan->ramdisk_target.inner_aligned(page_size),
            pages(domain.plan->tree_target.start(), loaded.tree.size())};
}

/// What is to be cleared next, from `from` on and before `end`: empty where nothing is.
GuestRange next_to_clear(const Domain& domain, GuestAddress from, GuestAddress end) {
    const std::array<GuestRange, 3> others = copied_over(domain);
    const auto covers = [&](const GuestRange& range) { return range.contains(from); };
    for (auto over = std::ranges::find_if(others, covers); over != others.end();
         over = std::ranges::find_if(others, covers)) {
        from = over->end();
    }
    for (const GuestRange& range : others) {
        end = !range.empty() && from < range.start() && range.start() < end ? range.start() : end;
    }
    return from < end ? *GuestRange::between(from, end) : GuestRange();
}

/// Takes a kernel piece by piece, as it is decompressed. What comes behind its place is nothing
/// that boot copied.
class KernelSink final : public dom0less::ByteSink {
  public:
    KernelSink(Refill& refill, const Domain& domain, u64& done)
        : refill_(refill), domain_(domain), done_(done) {}

    bool write(std::span<const std::byte> bytes) override {
        const LoadedGuest& loaded = domain_.loaded;
        const u64 count = std::min<u64>(bytes.size(), loaded.kernel_bytes - done_);
        const GuestAddress to = loaded.load + done_;
        done_ += count;
        return refill_.write(domain_, to, bytes.first(count), true);
    }

  private:
    Refill& refill_;
    const Domain& domain_;
    u64& done_;
};

}  // namespace

/// Its own RAM, and of regions what the tree wants cleared.
bool Refill::is_to_clear(const dom0less::DomainPlan& domain,
                         const dom0less::MappingPlan& mapping) const {
    if (!mapping.region) {
        return is_private_ram(mapping);
    }
    return pace_ == Pace::in_pieces &&
           std::ranges::any_of(domain.views, [&](const shm::SharedViewPlan& view) {
               return view.clear_on_restart && view.region == *mapping.region &&
                      view.guest.contains(mapping.guest.start());
           });
}

bool Refill::show_window(HostRange within, HostAddress at) {
    if (window_.contains(at)) {
        return true;
    }
    hide_window();
    const HostRange block = *HostRange::from(at.align_down(window_size), window_size);
    const HostRange next = pace_ == Pace::at_once ? within : block.intersection(within);
    if (!arch::map_host(next, arch::HostAccess::read_write)) {
        return false;  // another CPU has it: it clears the same region
    }
    window_ = next;
    return true;
}

void Refill::hide_window() {
    if (!window_.empty()) {
        check(arch::unmap_host(window_).has_value(), "a guest is filled again");
        window_ = {};
    }
}

/// Nothing: another CPU has it in use, as the module is two guests'.
std::optional<std::span<const std::byte>> Refill::show_module(HostRange module) {
    if (module_.empty() && pace_ == Pace::in_pieces) {
        const HostRange pages = module.outer_aligned(page_size);
        if (!arch::map_host(pages, arch::HostAccess::read_only)) {
            return std::nullopt;
        }
        module_ = pages;
    }
    return std::span<const std::byte>(arch::host_pointer(module.start()), module.size());
}

void Refill::hide_module() {
    if (!module_.empty()) {
        check(arch::unmap_host(module_).has_value(), "a guest is filled again");
        module_ = {};
    }
}

void Refill::close() {
    hide_window();
    hide_module();
    if (gunzip_ != nullptr) {
        free_pages(arch::host_address(gunzip_), gunzip_order);
        gunzip_ = nullptr;
    }
}

Refill::Step Refill::go_on(Stage next) {
    close();
    stage_ = next;
    item_ = 0;
    done_ = 0;
    return next == Stage::full ? Step::full : Step::more;
}

bool Refill::write(const Domain& domain, GuestAddress to, std::span<const std::byte> bytes,
                   bool code) {
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        while (!bytes.empty() && is_private_ram(mapping) && mapping.guest.contains(to)) {
            const HostAddress at = mapping.host + (to - mapping.guest.start());
            if (!show_window(host_range(mapping), at)) {
                return false;
            }
            const u64 count = std::min<u64>(bytes.size(), window_.end() - at);
            const HostRange part = *HostRange::from(at, count);
            std::memcpy(arch::host_pointer(at), bytes.data(), count);
            if (code) {
                arch::publish_code(part);
            } else {
                arch::publish_host(part);
            }
            to += count;
            bytes = bytes.subspan(count);
        }
    }
    return bytes.empty();
}

bool Refill::copy_some(const Domain& domain, GuestAddress to, std::span<const std::byte> bytes,
                       bool code) {
    const auto rest = bytes.subspan(done_);
    const auto piece = rest.first(std::min(rest.size(), at_most(copied_at_once)));
    const bool is_written = write(domain, to + done_, piece, code);
    done_ += is_written ? piece.size() : 0;
    return done_ == bytes.size();
}

/// Where the tree names digests: the modules lie where no guest writes, but a bit may have fallen
/// over since boot looked.
Refill::Step Refill::verify(const Domain& domain) {
    const dom0less::DomainPlan& plan = *domain.plan;
    const std::array<const dom0less::ModulePlan*, 2> modules = {
        &plan.kernel, plan.ramdisk ? &*plan.ramdisk : nullptr};
    if (item_ == modules.size()) {
        return go_on(Stage::clear);
    }
    const dom0less::ModulePlan* module = modules[item_];
    if (module == nullptr || module->sha256.empty()) {
        ++item_;
        return Step::more;
    }
    const auto bytes = show_module(module->host);
    if (!bytes) {
        return Step::more;
    }
    const auto rest = bytes->subspan(done_);
    const auto piece = rest.first(std::min(rest.size(), hashed_at_once));
    hash_.add(piece);
    done_ += piece.size();
    if (done_ != bytes->size()) {
        return Step::more;
    }
    const bool is_same = is_expected(*module, hash_.finish());
    hide_module();
    hash_ = {};
    done_ = 0;
    ++item_;
    return is_same ? Step::more : Step::failed;
}

Refill::Step Refill::clear(const Domain& domain) {
    const auto& mappings = domain.plan->mappings;
    while (item_ < mappings.size() &&
           (!is_to_clear(*domain.plan, mappings[item_]) || done_ == mappings[item_].guest.size())) {
        ++item_;
        done_ = 0;
    }
    if (item_ == mappings.size()) {
        return go_on(Stage::kernel);
    }
    const GuestRange whole = mappings[item_].guest;
    const GuestRange next = next_to_clear(domain, whole.start() + done_, whole.end());
    if (next.empty()) {
        done_ = whole.size();
        return Step::more;
    }
    done_ = next.start() - whole.start();
    const HostAddress at = mappings[item_].host + done_;
    if (show_window(host_range(mappings[item_]), at)) {
        const u64 size = std::min({next.size(), window_.end() - at, at_most(cleared_at_once)});
        const HostRange part = *HostRange::from(at, size);
        arch::zero_host(part);
        arch::publish_host(part);
        done_ += size;
    }
    return Step::more;
}

Refill::Step Refill::load_kernel(const Domain& domain) {
    if (domain.loaded.is_gzip) {
        return unpack_kernel(domain);
    }
    const auto content = show_module(domain.loaded.content);
    if (content &&
        copy_some(domain, domain.loaded.load, content->first(domain.loaded.kernel_bytes), true)) {
        return go_on(Stage::ramdisk);
    }
    return Step::more;
}

Refill::Step Refill::unpack_kernel(const Domain& domain) {
    using dom0less::Unpacked;
    const auto content = show_module(domain.loaded.content);
    if (!content) {
        return Step::more;
    }
    Unpacked state = Unpacked::more;
    if (gunzip_ == nullptr) {
        const auto pages = allocate_pages(gunzip_order);
        if (!pages) {
            return Step::more;  // another CPU's work has them, and will give them back
        }
        gunzip_ = new (arch::host_pointer(*pages)) dom0less::Gunzip;
        state = gunzip_->begin(*content);
    } else {
        KernelSink sink(*this, domain, done_);
        state = gunzip_->step(sink, at_most(unpacked_at_once));
    }
    if (state == Unpacked::more) {
        return Step::more;
    }
    if (state == Unpacked::done) {  // its checksum says that it is what boot copied
        return go_on(Stage::ramdisk);
    }
    close();
    return Step::failed;
}

Refill::Step Refill::load_ramdisk(const Domain& domain) {
    if (!domain.plan->ramdisk) {
        return go_on(Stage::tree);
    }
    const auto content = show_module(domain.plan->ramdisk->host);
    if (content && copy_some(domain, domain.plan->ramdisk_target.start(), *content, false)) {
        return go_on(Stage::tree);
    }
    return Step::more;
}

Refill::Step Refill::load_tree(const Domain& domain) {
    return copy_some(domain, domain.plan->tree_target.start(), domain.loaded.tree, false)
               ? go_on(Stage::full)
               : Step::more;
}

Refill::Step Refill::step(const Domain& domain) {
    switch (stage_) {
        case Stage::verify:
            return verify(domain);
        case Stage::clear:
            return clear(domain);
        case Stage::kernel:
            return load_kernel(domain);
        case Stage::ramdisk:
            return load_ramdisk(domain);
        case Stage::tree:
            return load_tree(domain);
        case Stage::full:
            break;
    }
    return Step::full;
}

}  // namespace isthmus::core
