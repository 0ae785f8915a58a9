// SPDX-License-Identifier: Apache-2.0
// A running SMMU: commands, streams that come and go, events.
#include "arch/arm64/smmu/smmuv3.hpp"
#include "isthmus/arch/host_map.hpp"

namespace isthmus::arch {

using namespace smmu;

bool Smmuv3::has_command_error() const {
    const u32 active = registers_.read32(gerror) ^ registers_.read32(gerrorn);
    return (active & gerror_field::cmdq_err) != 0;
}

bool Smmuv3::submit(const Command& command) {
    const bool has_room = wait_until([&] {
        return !commands_.is_full(command_prod_, registers_.read32(cmdq_cons)) ||
               has_command_error();
    });
    if (!has_room || has_command_error()) {
        return false;
    }
    u64* words =
        host_object<u64>(command_base_ + u64{commands_.index(command_prod_)} * sizeof(Command));
    put(words[0], command[0]);
    put(words[1], command[1]);
    command_prod_ = commands_.next(command_prod_);
    registers_.order();  // what it is about, and the command itself, before its number
    registers_.write32(cmdq_prod, command_prod_);
    return true;
}

/// All commands have taken effect: the SYNC behind them was consumed.
bool Smmuv3::finish() {
    if (!submit(sync())) {
        return false;
    }
    const bool has_ended = wait_until([&] {
        return commands_.is_empty(command_prod_, registers_.read32(cmdq_cons)) ||
               has_command_error();
    });
    return has_ended && !has_command_error();
}

/// Nothing is known for certain any more: the SMMU is shut.
std::unexpected<Error> Smmuv3::give_up() {
    turn_off();  // when that fails too, the caller reports it anyway
    return fail(Error::denied);
}

/// One command for one stream; for more, one about all costs less than many.
bool Smmuv3::forget_entries(StreamIds streams) {
    return submit(streams.count == 1 ? cfgi_ste(streams.first) : cfgi_all());
}

StreamEntry* Smmuv3::find_entry(u64 stream) const {
    if (stream >= table_.entries()) {
        return nullptr;
    }
    if (!table_.two_levels) {
        return host_object<StreamEntry>(table_base_) + stream;
    }
    const u64 descriptor = host_object<u64>(table_base_)[stream >> split];
    if (l1std::Span::get(descriptor) == 0) {
        return nullptr;
    }
    constexpr u64 in_level2 = (u64{1} << split) - 1;
    return host_object<StreamEntry>(HostAddress(descriptor & l1std::L2ptr::mask)) +
           (stream & in_level2);
}

Result<void> Smmuv3::check_streams(StreamIds streams) const {
    if (!is_running_) {
        return fail(Error::not_found);
    }
    for (u64 i = 0; i < streams.count; ++i) {
        if (find_entry(u64{streams.first} + i) == nullptr) {
            return fail(Error::out_of_range);
        }
    }
    return {};
}

Result<void> Smmuv3::attach(StreamIds streams, const Stage2& stage2) {
    constexpr u64 short_vmids = 256;
    ISTHMUS_TRY(check_streams(streams));
    const u64 vmid = vttbr::Vmid::get(stage2.vttbr);
    if (vmid >= short_vmids && idr0_field::Vmid16::get(id_.idr0) == 0) {
        return fail(Error::out_of_range);
    }
    const StreamEntry wanted = stage2_entry(stage2);
    for (u64 i = 0; i < streams.count; ++i) {
        if (find_entry(streams.first + i)->words[0] != abort_entry().words[0]) {
            return fail(Error::already_mapped);
        }
    }
    // Word 0 says "abort", so the others do not count yet. The SMMU may read the words of an entry
    // in any order: it must have forgotten the old ones before the new word 0 is there (3.21.3.1).
    for (u64 i = 0; i < streams.count; ++i) {
        StreamEntry& entry = *find_entry(streams.first + i);
        for (usize word = 1; word < entry.words.size(); ++word) {
            put(entry.words[word], wanted.words[word]);
        }
    }
    if (!forget_entries(streams) || !submit(tlbi_s12_vmall(static_cast<u16>(vmid))) || !finish()) {
        return give_up();
    }
    for (u64 i = 0; i < streams.count; ++i) {
        put(find_entry(streams.first + i)->words[0], wanted.words[0]);
    }
    if (!forget_entries(streams) || !finish()) {
        return give_up();
    }
    return {};
}

Result<void> Smmuv3::detach(StreamIds streams) {
    ISTHMUS_TRY(check_streams(streams));
    for (u64 i = 0; i < streams.count; ++i) {
        put(find_entry(streams.first + i)->words[0], abort_entry().words[0]);
    }
    if (!forget_entries(streams) || !finish()) {
        return give_up();
    }
    return {};
}

Result<void> Smmuv3::invalidate(u16 vmid) {
    if (!submit(tlbi_s12_vmall(vmid)) || !finish()) {
        return give_up();
    }
    return {};
}

TableRegisters Smmuv3::read_back() const {
    return {registers_.read32(cr0ack), registers_.read64(strtab_base),
            registers_.read32(strtab_base_cfg), id_, memory_};
}

std::optional<EventRecord> Smmuv3::take_event(bool& were_lost) {
    const u32 prod = registers_.read32(eventq_prod);
    const u32 overflow = prod & queue_field::overflow;
    if (overflow != (event_cons_ & queue_field::overflow)) {
        were_lost = true;
        event_cons_ ^= queue_field::overflow;
        registers_.write32(eventq_cons, event_cons_);
    }
    if (events_.is_empty(prod, event_cons_)) {
        return std::nullopt;
    }
    registers_.order();  // the record after the number that says it is there
    const u64* words =
        host_object<u64>(event_base_ + u64{events_.index(event_cons_)} * sizeof(EventRecord));
    EventRecord record{};
    for (usize i = 0; i < record.size(); ++i) {
        record[i] = __atomic_load_n(words + i, __ATOMIC_RELAXED);
    }
    event_cons_ = events_.next(event_cons_) | overflow;
    registers_.order();  // read before its place may be written again
    registers_.write32(eventq_cons, event_cons_);
    return record;
}

u32 Smmuv3::take_errors() {
    const u32 errors = registers_.read32(gerror);
    const u32 active = errors ^ registers_.read32(gerrorn);
    if (active != 0) {
        registers_.write32(gerrorn, errors);
    }
    return active;
}

}  // namespace isthmus::arch
