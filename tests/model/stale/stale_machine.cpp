// SPDX-License-Identifier: Apache-2.0
// What the code under test does: stores, barriers, maintenance, and data in caches.
#include "tests/model/stale/stale_machine.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "arch/arm64/map/layout.hpp"

namespace isthmus::test {
namespace {

constexpr u64 line = 64;
constexpr int nobody_sees = 0xbd;

std::byte* mapped_at(u64 address, u64 size) {
    void* at = mmap(reinterpret_cast<void*>(address), size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED) {
        std::abort();
    }
    return static_cast<std::byte*>(at);
}

}  // namespace

StaleMachine& machine() {
    static StaleMachine the_machine;
    return the_machine;
}

void note_store(u64* at, u64 value) {
    machine().store(at, value);
}

StaleMachine::StaleMachine()
    : view_(mapped_at(arch::ram_base + ram_start, ram_size)),
      memory_(ram_size),
      synced_(ram_size),
      dirty_(ram_size / line),
      window_(mapped_at(arch::window_base, page_size)) {
    write("dczid_el0", 4);         // DC ZVA clears 64 bytes
    write("id_aa64mmfr0_el1", 5);  // PARange: 48 bits
}

void StaleMachine::store(u64* at, u64 value) {
    constexpr u64 valid = 1;
    stores_ += ((*at | value) & valid) != 0 ? 1 : 0;
    if (*at != value) {
        pending_[at].insert(*at);
        *at = value;
    }
    observe();
    show_window();
}

void StaleMachine::zero(u64 va, u64 bytes) {
    for (u64* at = reinterpret_cast<u64*>(va); at < reinterpret_cast<u64*>(va + bytes); ++at) {
        if (*at != 0) {
            pending_[at].insert(*at);
            *at = 0;
        }
    }
    for (u64 offset = va - arch::ram_base - ram_start, end = offset + bytes; offset < end;
         offset += line) {
        dirty_[offset / line] = true;
    }
}

u64 StaleMachine::read(const std::string& name) {
    return latest_[name];
}

void StaleMachine::write(const std::string& name, u64 value) {
    possible_[name].insert(latest_[name]);
    possible_[name].insert(value);
    latest_[name] = value;
    observe();
}

const std::set<u64>& StaleMachine::possible(const std::string& name) {
    possible_[name].insert(latest_[name]);
    return possible_[name];
}

/// "el2_map.cpp:60 invalidate tlbi_alle2is"
std::string StaleMachine::place_of(const char* name, std::source_location where) {
    const std::string path = where.file_name();
    const std::string function = where.function_name();
    const std::string before = function.substr(0, function.find('('));
    return path.substr(path.rfind('/') + 1) + ":" + std::to_string(where.line()) + " " +
           before.substr(before.find_last_of(": ") + 1) + " " + name;
}

bool StaleMachine::is_left_out(const char* name, std::source_location where) {
    std::string& place = places_[{where.file_name(), where.line()}];
    if (place.empty()) {
        place = place_of(name, where);
    }
    return place == left_out_;
}

void StaleMachine::does(Operation operation, const char* name, u64 argument,
                        std::source_location where) {
    if (is_left_out(name, where)) {
        return;
    }
    if (operation == Operation::dc_civac) {
        begin_clean(argument);
        return;
    }
    switch (operation) {
        case Operation::isb:
            stores_seen_ = stores_ended_;
            under_way_.clear();
            for (const auto& [sysreg, value] : latest_) {
                possible_[sysreg] = {value};
            }
            break;
        case Operation::dsb_sy:
        case Operation::dsb_ish:
            dsb(true, true);
            break;
        case Operation::dsb_ishst:
            dsb(false, true);
            break;
        case Operation::dsb_nsh:
            dsb(true, false);
            break;
        case Operation::ic_ialluis:
            ic_pending_ = true;
            icache_then_.assign(memory(code_.start()), memory(code_.start()) + code_.size());
            break;
        case Operation::switch_own_map:
            own_root_ = argument;
            break;
        case Operation::tlbi_vae2:
        case Operation::tlbi_vmalle1:
            tlbis_.push_back({operation, argument, possible("vttbr_el2")});
            break;
        default:  // a broadcast one ends in its own DSB (arch/arm64/sysreg.hpp)
            tlbis_.push_back({operation, argument, possible("vttbr_el2")});
            dsb(true, true);
            break;
    }
    observe();
    show_window();
}

/// `loads_too`: not only stores (ISHST), so maintenance ends, too. `all_cpus`: of the inner
/// shareable domain, not of this CPU alone (NSH).
void StaleMachine::dsb(bool loads_too, bool all_cpus) {
    if (loads_too) {
        std::vector<Tlbi> later;
        for (const Tlbi& tlbi : tlbis_) {
            const bool is_local =
                tlbi.operation == Operation::tlbi_vae2 || tlbi.operation == Operation::tlbi_vmalle1;
            if (is_local || all_cpus) {
                apply(tlbi);
            } else {
                later.push_back(tlbi);
            }
        }
        tlbis_ = later;
        observe();  // what is stored, but not yet visible, may have been walked behind the TLBI
        end_cleans();
    }
    if (loads_too && all_cpus && ic_pending_) {
        icache_ = icache_then_;
        ic_pending_ = false;
    }
    if (all_cpus) {
        pending_.clear();
    }
    stores_ended_ = stores_;
}

void StaleMachine::begin_clean(u64 va) {
    const u64 in_page = va & (page_size - 1);
    if (va - arch::window_base < page_size) {
        const std::set<u64> hosts = seen_through(arch::window_base);
        if (hosts.size() != 1 || stores_seen_ != stores_) {
            complain("DC CIVAC by an address that does not translate yet");
            return;
        }
        cleans_.insert(align_down(*hosts.begin() + in_page - ram_start, line));
    } else {
        cleans_.insert(align_down(va - arch::ram_base - ram_start, line));
    }
}

bool StaleMachine::is_dirty(u64 offset) const {
    return dirty_[offset / line] || std::memcmp(view_ + offset, &synced_[offset], line) != 0;
}

void StaleMachine::end_cleans() {
    for (const u64 offset : cleans_) {
        if (is_dirty(offset)) {
            std::memcpy(&memory_[offset], view_ + offset, line);
        } else {
            std::memcpy(view_ + offset, &memory_[offset], line);
        }
        std::memcpy(&synced_[offset], view_ + offset, line);
        dirty_[offset / line] = false;
    }
    cleans_.clear();
}

/// What a load by CPU 0 would find in its window: nothing that it may rely on, in doubt.
void StaleMachine::show_window() {
    const std::set<u64> hosts = seen_through(arch::window_base);
    const bool is_sure = hosts.size() == 1 && stores_seen_ == stores_;
    if (is_sure && ram().contains(HostAddress(*hosts.begin()))) {
        std::memcpy(window_, view_ + (*hosts.begin() - ram_start), page_size);
    } else {
        std::memset(window_, nobody_sees, page_size);
    }
}

std::byte* StaleMachine::memory(HostAddress address) {
    return &memory_[address.raw() - ram_start];
}

void StaleMachine::execute(HostRange code) {
    code_ = code;
    icache_.assign(code.size(), std::byte{nobody_sees});
}

void StaleMachine::expect_in_memory(HostRange range) {
    for (u64 offset = range.start().raw() - ram_start, end = offset + range.size(); offset < end;
         offset += line) {
        if (is_dirty(offset) || std::memcmp(view_ + offset, &memory_[offset], line) != 0) {
            complain("who looks past the caches does not see what was written");
        }
    }
}

void StaleMachine::expect_executable(HostRange range) {
    expect_in_memory(range);
    if (range != code_ || std::memcmp(memory(range.start()), icache_.data(), range.size()) != 0) {
        complain("an instruction cache may hold older code");
    }
}

void StaleMachine::expect(bool holds, const std::string& what) {
    if (!holds) {
        complain(what);
    }
}

void StaleMachine::complain(const std::string& what) {
    if (std::ranges::find(complaints_, what) == complaints_.end()) {
        complaints_.push_back(what);
    }
}

}  // namespace isthmus::test
