// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/audit.hpp"

#include "arch/arm64/cpu/vcpu_state.hpp"

namespace isthmus::arch::smmu {
namespace {

using Kind = StreamDifference::Kind;

struct Audit {
    StreamTable table;
    EntryKind kind;
    std::span<const PlannedStreams> plan;
    void (*differs)(void* context, const StreamDifference& difference);
    void* context;
    u64 passing = 0;  ///< streams that are not aborted

    void differ(const StreamDifference& difference) const { differs(context, difference); }

    /// On, and what a device calls translated is checked where devices can say so (ATS).
    void check_control(const TableRegisters& registers) const {
        const bool has_ats = idr0_field::Ats::get(registers.id.idr0) != 0;
        const u32 needed = cr0_field::smmuen | (has_ats ? cr0_field::atschk : 0);
        if ((registers.cr0ack & needed) != needed) {
            differ({Kind::off, 0, 0, 0, needed, registers.cr0ack});
        }
    }

    void check_entry(usize planned, u32 stream, const StreamEntry& wanted) const {
        const StreamEntry* const found = table.find(stream);
        if (found == nullptr) {
            differ({Kind::no_entry, stream, planned, 0, wanted.words[0], 0});
            return;
        }
        for (usize word = 0; word < wanted.words.size(); ++word) {
            if (found->words[word] != wanted.words[word]) {
                differ(
                    {Kind::entry, stream, planned, word, wanted.words[word], found->words[word]});
                return;
            }
        }
    }

    /// Each planned stream is exactly its guest's.
    void check_planned() const {
        for (usize i = 0; i < plan.size(); ++i) {
            const StreamEntry wanted = stage2_entry({.vttbr = plan[i].control->vttbr,
                                                     .vtcr = plan[i].control->vtcr,
                                                     .forces_write_back = kind.forces_write_back,
                                                     .overrides = kind.overrides});
            for (u32 stream = 0; stream < plan[i].ids.count; ++stream) {
                check_entry(i, plan[i].ids.first + stream, wanted);
            }
        }
    }

    bool is_planned(u64 stream, usize& last) const {
        const auto has = [&](usize i) {
            return stream >= plan[i].ids.first && stream - plan[i].ids.first < plan[i].ids.count;
        };
        if (last < plan.size() && has(last)) {
            return true;
        }
        for (last = 0; last < plan.size(); ++last) {
            if (has(last)) {
                return true;
            }
        }
        return false;
    }

    /// Every other is aborted.
    void check_others() {
        usize last = 0;
        for (u64 i = 0; i < (table.is_sound() ? table.runs() : 1); ++i) {
            const EntryRun run = table.run(i);
            if (!run.is_sound) {
                differ({Kind::table, static_cast<u32>(run.first), 0, 0, 0, run.word});
            }
            for (u64 place = 0; place < run.entries.size(); ++place) {
                const StreamEntry& entry = run.entries[place];
                if (is_aborting(entry)) {
                    continue;
                }
                ++passing;
                if (!is_planned(run.first + place, last)) {
                    differ({Kind::unplanned, static_cast<u32>(run.first + place), 0, 0,
                            abort_entry().words[0], entry.words[0]});
                }
            }
        }
    }
};

}  // namespace

u64 audit_table(const TableRegisters& registers, EntryKind kind,
                std::span<const PlannedStreams> plan,
                void (*differs)(void* context, const StreamDifference& difference), void* context) {
    Audit audit{StreamTable(registers), kind, plan, differs, context};
    audit.check_control(registers);
    audit.check_planned();
    audit.check_others();
    return audit.passing;
}

}  // namespace isthmus::arch::smmu
