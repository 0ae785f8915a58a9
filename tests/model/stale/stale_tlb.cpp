// SPDX-License-Identifier: Apache-2.0
// Walks at any time, and what they leave in TLBs until that is invalidated.
#include <algorithm>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "arch/arm64/map/stage2_descriptor.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"
#include "mm/table_geometry.hpp"
#include "tests/model/stale/stale_machine.hpp"

namespace isthmus::test {
namespace {

// Both stages' descriptors agree in these.
using Format = arch::Stage2Format;
constexpr u64 address_bits = arch::stage2::OutputAddress::mask;

constexpr unsigned vmid_of(u64 vttbr) {
    return static_cast<unsigned>(vttbr >> 48);
}
unsigned start_level(unsigned vmid) {
    return vmid == 0 ? 0 : arch::guest_geometry().start_level;
}
/// Where the entry of `level` that translates the address begins.
constexpr u64 entry_base(u64 input, unsigned level) {
    return align_down(input, mm::entry_span(level));
}
std::string text(unsigned vmid, u64 input) {
    char hex[20];
    std::snprintf(hex, sizeof hex, "%llx", static_cast<unsigned long long>(input));
    return (vmid == 0 ? std::string("EL2's ") : "guest " + std::to_string(vmid) + "'s ") + hex;
}

}  // namespace

void StaleMachine::watch(unsigned vmid, u64 input, std::set<u64> allowed) {
    watched_[{vmid, input}] = std::move(allowed);
    observe();
}

void StaleMachine::remember(unsigned vmid, u64 input, HostAddress host) {
    const std::set<Leaf> leaf{{host.raw(), 0, mm::last_level}};
    tlb_[1][{vmid, input}] = {leaf, leaf, {}};
}

void StaleMachine::run_guest(u64 vttbr) {
    guest_vttbr_ = vttbr;
    observe();
}

/// An old value of a store that is not visible to all yet, or the new one.
std::set<u64> StaleMachine::values(u64* at) const {
    std::set<u64> found{*at};
    if (const auto older = pending_.find(at); older != pending_.end()) {
        found.insert(older->second.begin(), older->second.end());
    }
    return found;
}

bool StaleMachine::is_somebodys(u64 host) const {
    const mm::PageInfo* page = has_frames_ ? core::frames().lookup(HostAddress(host)) : nullptr;
    return page == nullptr || page->owner() != DomainId::none;
}

bool StaleMachine::may_walk_stage1(unsigned cpu) {
    constexpr u64 off = arch::tcr_el1::epd0 | arch::tcr_el1::epd1;
    const auto has = [&](const char* name, u64 bits) {
        return std::ranges::all_of(possible(name),
                                   [&](u64 value) { return (value & bits) == bits; });
    };
    return cpu != 0 || !has("tcr_el1", off) || !has("sctlr_el1", arch::sctlr::m);
}

/// The roots of tables that the CPU may walk for that address now.
std::set<u64> StaleMachine::roots(unsigned cpu, const Input& input) {
    if (input.first == 0) {
        const bool is_anothers = cpu != 0 && input.second - arch::window_base < page_size;
        return own_root_ == 0 || is_anothers ? std::set<u64>{} : std::set<u64>{own_root_};
    }
    std::set<u64> found;
    for (const u64 vttbr : cpu == 0 ? possible("vttbr_el2") : std::set<u64>{guest_vttbr_}) {
        if (vmid_of(vttbr) == input.first) {
            found.insert(vttbr & address_bits);
        }
    }
    return found;
}

void StaleMachine::walk(Cached& found, const Input& input, unsigned level, u64 table,
                        bool is_root) {
    const auto [vmid, address] = input;
    const HostRange image =
        arch::image_at(arch::host_address(reinterpret_cast<const void*>(arch::image_base)));
    if (!image.contains(HostAddress(table)) && !ram().contains(HostAddress(table))) {
        complain("a walk for " + text(vmid, address) + " leaves RAM");
        return;
    }
    if (!is_somebodys(table)) {
        complain("a walk for " + text(vmid, address) + " may use a table that was freed");
        return;
    }
    if (!is_root) {
        found.tables.insert({level, table});
    }
    const u64 all = address >> mm::entry_shift(level);
    u64* entries = arch::host_object<u64>(HostAddress(table));
    for (const u64 entry : values(entries + (is_root ? all : all % mm::table_entries))) {
        const u64 next = Format::address(entry).raw();
        if (!Format::is_valid(entry)) {
            continue;
        }
        if (Format::is_table(entry, level)) {
            walk(found, input, level + 1, next, false);
        } else {
            const u64 host = next + (address - entry_base(address, level));
            found.leaves.insert({host, entry & ~address_bits, level});
        }
    }
}

void StaleMachine::observe(unsigned cpu, const Input& input) {
    Cached& cached = tlb_[cpu][input];
    const std::set<u64> from = roots(cpu, input);
    const bool is_running = !from.empty();
    if (is_running) {
        for (const u64 root : from) {
            walk(cached, input, start_level(input.first), root, true);
        }
        const auto tables = cached.tables;  // where a walk may go on from what it has kept
        for (const auto& [level, table] : tables) {
            walk(cached, input, level, table, false);
        }
    }
    if (is_running && input.first != 0 && may_walk_stage1(cpu)) {
        cached.combined.insert(cached.leaves.begin(), cached.leaves.end());
    }
    if (cached.leaves.size() > 1 || cached.combined.size() > 1) {
        complain("two translations at once of " + text(input.first, input.second));
    }
    for (const std::set<Leaf>& leaves : {cached.leaves, cached.combined}) {
        for (const Leaf& leaf : leaves) {
            if (!watched_[input].contains(leaf.host)) {
                complain("a wrong translation of " + text(input.first, input.second));
            }
            if (input.first != 0 && !is_somebodys(leaf.host)) {
                complain("a TLB leads guests to a page that was freed");
            }
        }
    }
}

void StaleMachine::observe() {
    for (const auto& [input, allowed] : watched_) {
        for (unsigned cpu = 0; cpu < cpus; ++cpu) {
            observe(cpu, input);
        }
    }
}

void StaleMachine::apply(const Tlbi& tlbi) {
    const bool is_local =
        tlbi.operation == Operation::tlbi_vae2 || tlbi.operation == Operation::tlbi_vmalle1;
    for (unsigned cpu = 0; cpu < (is_local ? 1 : cpus); ++cpu) {
        for (auto& [input, cached] : tlb_[cpu]) {
            forget(cpu, input, cached, tlbi);
        }
    }
}

void StaleMachine::forget(unsigned cpu, const Input& input, Cached& cached, const Tlbi& tlbi) {
    const bool is_current =
        tlbi.vttbrs.size() == 1 && vmid_of(*tlbi.vttbrs.begin()) == input.first && input.first != 0;
    const Cached before = cached;
    switch (tlbi.operation) {
        case Operation::tlbi_alle2is:
            cached = input.first == 0 ? Cached{} : cached;
            break;
        case Operation::tlbi_alle1is:
            cached = input.first != 0 ? Cached{} : cached;
            break;
        case Operation::tlbi_vmalls12e1is:
            cached = is_current ? Cached{} : cached;
            break;
        case Operation::tlbi_vae2:
            if (input == Input{0, align_down(tlbi.argument, page_size)}) {
                cached = {};
            }
            break;
        case Operation::tlbi_ipas2e1is:  // stage 2's alone
            if (is_current) {
                std::erase_if(cached.leaves, [&](const Leaf& leaf) {
                    return entry_base(tlbi.argument, leaf.level) ==
                           entry_base(input.second, leaf.level);
                });
                std::erase_if(cached.tables, [&](const auto& table) {
                    return entry_base(tlbi.argument, table.first - 1) ==
                           entry_base(input.second, table.first - 1);
                });
            }
            break;
        default:  // VMALLE1, VMALLE1IS: what holds anything of stage 1
            if (is_current) {
                cached.combined.clear();
            }
            break;
    }
    for (const Leaf& leaf : before.leaves) {
        if (cpu == 0 && !cached.leaves.contains(leaf)) {
            under_way_.push_back({input, leaf});
        }
    }
}

std::set<u64> StaleMachine::seen_through(u64 va) const {
    std::set<u64> hosts;
    if (const auto cached = tlb_[0].find({0, va}); cached != tlb_[0].end()) {
        for (const Leaf& leaf : cached->second.leaves) {
            hosts.insert(leaf.host);
        }
    }
    for (const auto& [input, leaf] : under_way_) {
        if (input == Input{0, va}) {
            hosts.insert(leaf.host);
        }
    }
    return hosts;
}

void StaleMachine::expect_unreachable(HostRange range, bool by_isthmus_too) {
    const auto check_leaf = [&](const Input& input, const Leaf& leaf) {
        if (range.contains(HostAddress(leaf.host)) && (by_isthmus_too || input.first != 0)) {
            complain("a TLB still holds " + text(input.first, input.second));
        }
    };
    for (const auto& tlb : tlb_) {
        for (const auto& [input, cached] : tlb) {
            for (const std::set<Leaf>& leaves : {cached.leaves, cached.combined}) {
                std::ranges::for_each(leaves, [&](const Leaf& leaf) { check_leaf(input, leaf); });
            }
        }
    }
    for (const auto& [input, leaf] : under_way_) {
        check_leaf(input, leaf);
    }
}

void StaleMachine::expect_usable(u64 va) {
    if (seen_through(va).size() != 1 || stores_seen_ != stores_) {
        complain("an access of Isthmus's may still find " + text(0, va) + " unmapped");
    }
}

void StaleMachine::expect_forgotten(unsigned vmid) {
    for (const auto& tlb : tlb_) {
        for (const auto& [input, cached] : tlb) {
            if (input.first == vmid &&
                !(cached.leaves.empty() && cached.combined.empty() && cached.tables.empty())) {
                complain("a TLB still holds a walk of " + text(input.first, input.second));
            }
        }
    }
}

}  // namespace isthmus::test
