// SPDX-License-Identifier: Apache-2.0
// A machine whose caches and TLBs keep all that the architecture lets them keep. Isthmus's own code
// for tables and for publishing memory runs over it; it sees each store to a table and each
// barrier, TLBI and cache operation (sysreg.hpp and hooks.hpp beside this file).
//
//     store      walkers may use the old entry or the new one until a DSB
//     walk       of every watched address, by every CPU that may, after every step: what it finds
//                stays in that CPU's TLB, tables on the way too, and what comes of both stages
//                apart from stage 2 alone
//     TLBI       is done at the next DSB of its domain, and not before; for the CPU itself what it
//                already has under way ends at an ISB. One by VMID needs VTTBR_EL2 in force (ISB)
//     data       a line written stays in the cache, one that was read does too; DC CIVAC is done at
//                the next DSB. Who does not look into caches sees memory
//     code       the instruction cache keeps what it has until IC IALLUIS and a DSB
//
// CPU 0 runs the code under test, CPU 1 a guest. What must not be is said at once, or asked for
// when an operation is complete.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <source_location>
#include <string>
#include <vector>

#include "isthmus/range.hpp"
#include "isthmus/types.hpp"

namespace isthmus::test {

enum class Operation : u8 {
    isb,
    dsb_sy,
    dsb_nsh,
    dsb_ish,
    dsb_ishst,
    ic_ialluis,
    tlbi_vmalle1,
    tlbi_vmalle1is,
    tlbi_vmalls12e1is,
    tlbi_alle1is,
    tlbi_alle2is,
    tlbi_ipas2e1is,
    tlbi_vae2,
    dc_civac,
    switch_own_map,
};

class StaleMachine {
  public:
    static constexpr u64 ram_start = 0x4000'0000;
    static constexpr u64 ram_size = 32 * MiB;
    static constexpr HostRange ram() { return *HostRange::from(HostAddress(ram_start), ram_size); }

    StaleMachine();

    // --- What the code under test does ---
    void store(u64* at, u64 value);
    void zero(u64 va, u64 bytes);
    void does(Operation operation, const char* name, u64 argument, std::source_location where);
    u64 read(const std::string& name);
    void write(const std::string& name, u64 value);

    // --- What a scenario says ---
    /// That operation, where it stands in the code, is left out each time.
    void leave_out(const std::string& place) { left_out_ = place; }
    const auto& places() const { return places_; }
    /// From now on walks are made for this address: of EL2 (vmid 0), or of a guest. They may find
    /// these host pages, and no others.
    void watch(unsigned vmid, u64 input, std::set<u64> allowed);
    /// CPU 1 has walked what it ran before Isthmus came: such an entry is in its TLB.
    void remember(unsigned vmid, u64 input, HostAddress host);
    /// What CPU 1 has in VTTBR_EL2; 0: no guest.
    void run_guest(u64 vttbr);
    /// There is a frame table: it says which pages are whose.
    void ask_frames() { has_frames_ = true; }
    /// Memory itself, past the caches.
    std::byte* memory(HostAddress address);
    /// Instruction caches may hold anything of this range, and what it holds now.
    void execute(HostRange code);

    // --- What must hold when an operation is complete ---
    /// No CPU's TLB leads there, whatever address and guest it is for.
    void expect_unreachable(HostRange range, bool by_isthmus_too = true);
    /// CPU 0 may use this address of Isthmus's map now.
    void expect_usable(u64 va);
    /// No walk of this guest's tables is kept anywhere: they may be freed.
    void expect_forgotten(unsigned vmid);
    /// Memory holds what the caches do, and no line is dirty.
    void expect_in_memory(HostRange range);
    /// Instruction caches have nothing older.
    void expect_executable(HostRange range);
    void expect(bool holds, const std::string& what);
    const std::vector<std::string>& complaints() const { return complaints_; }

  private:
    static constexpr unsigned cpus = 2;
    using Input = std::pair<unsigned, u64>;  ///< VMID (0: EL2), page

    struct Leaf {
        u64 host = 0;  ///< of the watched page
        u64 bits = 0;  ///< of the descriptor, without its address
        unsigned level = 0;
        auto operator<=>(const Leaf&) const = default;
    };
    /// What a TLB holds for one watched page.
    struct Cached {
        std::set<Leaf> leaves;                      ///< stage 2's, or EL2's
        std::set<Leaf> combined;                    ///< of a guest's stage 1 with its stage 2
        std::set<std::pair<unsigned, u64>> tables;  ///< level and place of tables on the way
    };
    struct Tlbi {
        Operation operation;
        u64 argument;
        std::set<u64> vttbrs;
    };

    const std::set<u64>& possible(const std::string& name);
    std::set<u64> values(u64* at) const;
    bool is_somebodys(u64 host) const;
    std::set<u64> roots(unsigned cpu, const Input& input);
    void observe();
    void observe(unsigned cpu, const Input& input);
    void walk(Cached& found, const Input& input, unsigned level, u64 table, bool is_root);
    bool may_walk_stage1(unsigned cpu);
    void dsb(bool loads_too, bool all_cpus);
    void apply(const Tlbi& tlbi);
    void forget(unsigned cpu, const Input& input, Cached& cached, const Tlbi& tlbi);
    static std::string place_of(const char* name, std::source_location where);
    bool is_left_out(const char* name, std::source_location where);
    void begin_clean(u64 va);
    bool is_dirty(u64 offset) const;
    void end_cleans();
    std::set<u64> seen_through(u64 va) const;
    void show_window();
    void complain(const std::string& what);

    std::byte* view_ = nullptr;      ///< RAM through the caches, where Isthmus sees it
    std::vector<std::byte> memory_;  ///< RAM itself
    std::vector<std::byte> synced_;  ///< each line as it was when both were the same
    std::vector<bool> dirty_;        ///< lines that were cleared since
    std::byte* window_ = nullptr;
    std::map<Input, std::set<u64>> watched_;  ///< and what its walks may find
    std::map<Input, Cached> tlb_[cpus];
    std::vector<std::pair<Input, Leaf>> under_way_;  ///< of CPU 0, forgotten but for an ISB
    std::map<u64*, std::set<u64>> pending_;          ///< stores, and what stood there
    std::vector<Tlbi> tlbis_;
    std::set<u64> cleans_;  ///< offsets of lines in RAM
    HostRange code_;
    std::vector<std::byte> icache_;
    std::vector<std::byte> icache_then_;
    bool ic_pending_ = false;
    std::map<std::string, u64> latest_;
    std::map<std::string, std::set<u64>> possible_;
    u64 own_root_ = 0;
    bool has_frames_ = false;
    u64 guest_vttbr_ = 0;
    u64 stores_ = 0;
    u64 stores_ended_ = 0;
    u64 stores_seen_ = 0;
    std::string left_out_;
    std::map<std::pair<std::string, unsigned>, std::string> places_;  ///< by file and line
    std::vector<std::string> complaints_;
};

StaleMachine& machine();

}  // namespace isthmus::test
