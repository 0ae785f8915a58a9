// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/free_memory.hpp"

namespace isthmus::dom0less {
namespace {

HostRange between(HostAddress start, HostAddress end) {
    return *HostRange::between(start, end);
}

/// The part of `piece` that starts at its first address congruent to `guest`; may be empty.
HostRange congruent_part(const HostRange& piece, GuestAddress guest, u64 block) {
    const u64 skip = (guest.raw() - piece.start().raw()) & (block - 1);
    return skip >= piece.size() ? between(piece.end(), piece.end())
                                : between(piece.start() + skip, piece.end());
}

}  // namespace

void FreeMemory::add(HostRange range) {
    if (range.empty()) {
        return;
    }
    usize position = pieces_.size();
    while (position > 0 && range.start() < pieces_[position - 1].start()) {
        --position;
    }
    pieces_.insert(position, range);
}

void FreeMemory::remove(HostRange range) {
    const HostRange gone = range.outer_aligned(page_size);
    for (usize i = pieces_.size(); i > 0; --i) {
        const HostRange piece = pieces_[i - 1];
        if (!piece.overlaps(gone)) {
            continue;
        }
        pieces_.erase(i - 1);
        if (gone.end() < piece.end()) {
            pieces_.insert(i - 1, between(gone.end(), piece.end()));
        }
        if (piece.start() < gone.start()) {
            pieces_.insert(i - 1, between(piece.start(), gone.start()));
        }
    }
}

u64 FreeMemory::total() const {
    u64 sum = 0;
    for (const HostRange& piece : pieces_) {
        sum += piece.size();
    }
    return sum;
}

std::optional<HostRange> FreeMemory::take(u64 size, GuestAddress guest, u64 block) {
    for (usize i = pieces_.size(); i > 0; --i) {
        const HostRange usable = congruent_part(pieces_[i - 1], guest, block);
        if (usable.size() < size) {
            continue;
        }
        const u64 spare = align_down(usable.size() - size, block);
        const HostAddress start = usable.start() + spare;
        const HostRange taken = between(start, start + size);
        remove(taken);
        return taken;
    }
    return std::nullopt;
}

HostRange FreeMemory::take_largest(u64 most, GuestAddress guest, u64 block) {
    HostRange best;
    for (const HostRange& piece : pieces_) {
        const HostRange usable = congruent_part(piece, guest, block);
        const u64 size = align_down(usable.size() < most ? usable.size() : most, block);
        if (size > best.size()) {
            best = between(usable.start(), usable.start() + size);
        }
    }
    if (!best.empty()) {
        remove(best);
    }
    return best;
}

HostRange FreeMemory::take_below(u64 most, HostAddress end, u64 block) {
    const HostRange below = between(HostAddress(0), end);
    HostRange best;
    for (const HostRange& piece : pieces_) {
        const HostRange usable = piece.intersection(below).inner_aligned(block);
        const u64 size = align_down(usable.size() < most ? usable.size() : most, block);
        if (size > best.size()) {
            best = between(usable.start(), usable.start() + size);
        }
    }
    if (!best.empty()) {
        remove(best);
    }
    return best;
}

HostRange FreeMemory::take_low(u64 size) {
    HostRange found;
    for (const HostRange& piece : pieces_) {
        if (piece.size() >= size) {
            found = between(piece.start(), piece.start() + size);
            break;
        }
        if (piece.size() > found.size()) {
            found = piece;
        }
    }
    if (!found.empty()) {
        remove(found);
    }
    return found;
}

}  // namespace isthmus::dom0less
