// SPDX-License-Identifier: Apache-2.0
// The audit of one guest map: what its tables really say, descriptor by descriptor, against what
// was meant to be there, in both directions. It reads and changes nothing.
#pragma once

#include <optional>
#include <span>
#include <type_traits>

#include "mm/guest_map.hpp"

namespace isthmus::mm {

struct MapDifference {
    enum class Kind : u8 {
        missing,    ///< planned, but nothing is mapped
        unplanned,  ///< mapped, but not planned
        host,       ///< mapped to other memory than planned
        type,       ///< mapped as something else than planned
        rights      ///< the descriptor's bits are not those of its type
    };
    Kind kind = Kind::missing;
    GuestRange guest;
    HostAddress expected_host;
    HostAddress found_host;
    u64 descriptor = 0;
};

struct AuditCount {
    u64 leaves = 0;  ///< descriptors looked at
    u64 pages = 0;   ///< 4 KiB pages they map
};

/// Where one audit stands: all that lies before `seen_` has been compared.
template <class Expected, class Differs>
class AuditWalk {
  public:
    AuditWalk(std::span<const Expected> expected, GuestRange part, Differs& differs)
        : expected_(expected), part_(part), differs_(differs) {
        while (next_ < expected.size() && expected[next_].guest.end() <= part.start()) {
            ++next_;
        }
        seen_ = next_ < expected.size() ? clipped(expected[next_].guest.start()) : part.end();
    }

    template <class Leaf>
    void look_at(const Leaf& leaf) {
        GuestAddress at = clipped(leaf.input);
        const GuestAddress end = clipped(leaf.input_range().end());
        skip_to(at);
        while (at < end) {
            const bool is_planned = next_ < expected_.size() && at >= seen_;
            at = is_planned ? compare(leaf, at, end) : too_much(leaf, at, end);
        }
    }
    /// What lies before `address`, which is in the part, has no leaf.
    void skip_to(GuestAddress address) {
        while (next_ < expected_.size() && seen_ < address) {
            const Expected& wanted = expected_[next_];
            const GuestAddress to = wanted.guest.end() < address ? wanted.guest.end() : address;
            differs_(MapDifference{MapDifference::Kind::missing, *GuestRange::between(seen_, to),
                                   wanted.host + (seen_ - wanted.guest.start()), HostAddress(), 0});
            advance(to);
        }
    }

  private:
    GuestAddress clipped(GuestAddress address) const {
        return address < part_.start() ? part_.start()
               : address < part_.end() ? address
                                       : part_.end();
    }
    void advance(GuestAddress to) {
        seen_ = to;
        if (seen_ == expected_[next_].guest.end()) {
            ++next_;
            seen_ = next_ < expected_.size() ? expected_[next_].guest.start() : seen_;
        }
    }
    /// From `at` on nothing is planned: up to where something is.
    template <class Leaf>
    GuestAddress too_much(const Leaf& leaf, GuestAddress at, GuestAddress end) {
        const GuestAddress to = next_ == expected_.size() || end < seen_ ? end : seen_;
        differs_(MapDifference{MapDifference::Kind::unplanned, *GuestRange::between(at, to),
                               HostAddress(), leaf.host + (at - leaf.input), leaf.entry});
        return to;
    }
    template <class Leaf>
    GuestAddress compare(const Leaf& leaf, GuestAddress at, GuestAddress end) {
        const Expected& wanted = expected_[next_];
        const GuestAddress to = wanted.guest.end() < end ? wanted.guest.end() : end;
        const HostAddress host = wanted.host + (at - wanted.guest.start());
        const HostAddress found = leaf.host + (at - leaf.input);
        const GuestRange range = *GuestRange::between(at, to);
        if (host != found) {
            differs_(MapDifference{MapDifference::Kind::host, range, host, found, leaf.entry});
        }
        if (wanted.type != leaf.attributes) {
            differs_(MapDifference{MapDifference::Kind::type, range, host, found, leaf.entry});
        }
        advance(to);
        return to;
    }

    std::span<const Expected> expected_;
    GuestRange part_;
    Differs& differs_;
    usize next_ = 0;  ///< the first expected mapping that is not wholly seen
    GuestAddress seen_;
};

/// `expected`: stretches contiguous on both sides, with members `guest` (a range), `host` (where it
/// starts) and `type`; sorted by guest address, disjoint. `Format` additionally says whether a
/// descriptor's bits agree with its type (is_consistent). `differs(const MapDifference&)` is called
/// for each. Only what lies in `part`, page aligned, is looked at: who looks at one part after the
/// other sees each difference once, and each leaf is counted where it begins.
template <class Format, class Memory, class Expected, class Differs>
AuditCount audit_map(const PageTable<Format, Memory>& table, std::span<const Expected> expected,
                     GuestRange part, Differs&& differs) {
    AuditCount count;
    AuditWalk<Expected, std::remove_reference_t<Differs>> walk(expected, part, differs);
    table.visit(part, [&](const TableLeaf<Format>& leaf) {
        if (part.contains(leaf.input)) {
            ++count.leaves;
            count.pages += leaf.size() / page_size;
            if (!Format::is_consistent(leaf.entry, leaf.level)) {
                differs(MapDifference{MapDifference::Kind::rights, leaf.input_range(), leaf.host,
                                      leaf.host, leaf.entry});
            }
        }
        walk.look_at(leaf);
    });
    walk.skip_to(part.end());
    return count;
}

/// The whole of it at once.
template <class Format, class Memory, class Expected, class Differs>
AuditCount audit_map(const PageTable<Format, Memory>& table, std::span<const Expected> expected,
                     Differs&& differs) {
    return audit_map(table, expected, table.whole(), differs);
}

/// In pieces: the part from `from` on that is to be looked at next, of at most `most` bytes, from
/// where something is mapped or planned. Nothing: there is no more. `most`: a power of two.
template <class Format, class Memory, class Expected>
std::optional<GuestRange> next_audit_part(const PageTable<Format, Memory>& table,
                                          std::span<const Expected> expected, GuestAddress from,
                                          u64 most) {
    std::optional<GuestAddress> start;
    for (const Expected& mapping : expected) {
        if (mapping.guest.end() > from) {
            start = mapping.guest.start() < from ? from : mapping.guest.start();
            break;
        }
    }
    if (const auto leaf = table.first_leaf(from)) {
        const GuestAddress mapped = leaf->input < from ? from : leaf->input;
        start = start && *start < mapped ? start : mapped;
    }
    if (!start) {
        return std::nullopt;
    }
    const GuestAddress end = start->align_down(most) + most;
    return GuestRange::between(*start, end < table.whole().end() ? end : table.whole().end());
}

}  // namespace isthmus::mm
