// SPDX-License-Identifier: Apache-2.0
// A stream table as the SMMU walks it (Arm IHI 0070, 3.3.1, 5.1, 6.3.24, 6.3.25), from what its
// registers say: for the audit, which does not ask the driver. Reads memory that Isthmus's map
// shows; a table that leads elsewhere is not followed.
#pragma once

#include <span>

#include "arch/arm64/smmu/registers.hpp"
#include "arch/arm64/smmu/table.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::arch::smmu {

/// All but the last are read back from the hardware.
struct TableRegisters {
    u32 cr0ack = 0;
    u64 strtab_base = 0;
    u32 strtab_base_cfg = 0;
    IdRegisters id;
    HostRange memory;  ///< that the SMMU was given: all of the table has to be in there
};

/// Entries of stream IDs that follow each other.
struct EntryRun {
    u64 first = 0;  ///< stream ID
    std::span<const StreamEntry> entries;
    bool is_sound = true;  ///< else it is not in the SMMU's memory, or the manual knows no such one
    u64 word = 0;          ///< the register or descriptor that leads there
};

class StreamTable {
  public:
    explicit StreamTable(const TableRegisters& registers) : memory_(registers.memory) {
        namespace field = strtab_field;
        const u64 cfg = registers.strtab_base_cfg;
        word_ = registers.strtab_base;
        const u64 most = idr1_field::Sidsize::get(registers.id.idr1);
        const u64 asked = field::Log2size::get(cfg);
        bits_ = static_cast<unsigned>(asked < most ? asked : most);
        two_levels_ = field::Fmt::get(cfg) == field::fmt_two_level;
        split_ = two_levels_ ? static_cast<unsigned>(field::Split::get(cfg)) : bits_;
        const bool is_known =
            two_levels_ ? split_ == 6 || split_ == 8 || split_ == 10  // those that the manual has
                        : field::Fmt::get(cfg) == field::fmt_linear;
        u64 size = two_levels_ ? runs() * sizeof(u64) : entries() * sizeof(StreamEntry);
        size = size < sizeof(StreamEntry) ? sizeof(StreamEntry) : size;
        base_ = HostAddress(word_ & field::Addr::mask).align_down(size);
        is_sound_ = is_known && bits_ <= 32 && holds(base_, size);
    }

    /// Stream IDs below this have a place in the table.
    u64 entries() const { return u64{1} << bits_; }
    /// Parts of the table, of which each may have an end or a place of its own.
    u64 runs() const { return bits_ > split_ ? u64{1} << (bits_ - split_) : 1; }
    /// Below runs(). No entries: streams there have none. Of a table that is not sound, ask for the
    /// first alone.
    EntryRun run(u64 index) const {
        if (!is_sound_) {
            return {0, {}, false, word_};
        }
        return two_levels_ ? second_level(index) : make_run(0, base_, entries(), word_);
    }
    bool is_sound() const { return is_sound_; }

    /// What becomes of the stream's accesses; nullptr: no entry, so they are aborted.
    const StreamEntry* find(u64 stream) const {
        if (!is_sound_ || stream >= entries()) {
            return nullptr;
        }
        const EntryRun part = run(stream >> split_);
        const u64 place = stream - part.first;
        return place < part.entries.size() ? &part.entries[place] : nullptr;
    }

  private:
    bool holds(HostAddress start, u64 size) const {
        const auto range = HostRange::from(start, size);
        return range && memory_.contains(*range);
    }
    EntryRun make_run(u64 first, HostAddress start, u64 count, u64 word) const {
        if (!holds(start, count * sizeof(StreamEntry))) {
            return {first, {}, false, word};
        }
        const u64 reachable = entries() - first;
        return {first,
                {host_object<const StreamEntry>(start), count < reachable ? count : reachable},
                true,
                word};
    }
    EntryRun second_level(u64 index) const {
        const u64 first = index << split_;
        const u64 descriptor = host_object<const u64>(base_)[index];
        const u64 span = l1std::Span::get(descriptor);
        if (span == 0 || span > split_ + 1) {
            return {first, {}, span == 0, descriptor};
        }
        const u64 count = u64{1} << (span - 1);
        const HostAddress start =
            HostAddress(descriptor & l1std::L2ptr::mask).align_down(count * sizeof(StreamEntry));
        return make_run(first, start, count, descriptor);
    }

    HostRange memory_;
    HostAddress base_;
    u64 word_ = 0;
    unsigned bits_ = 0;   ///< of stream ID
    unsigned split_ = 0;  ///< of these, in a run
    bool two_levels_ = false;
    bool is_sound_ = false;
};

}  // namespace isthmus::arch::smmu
