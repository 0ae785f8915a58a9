// SPDX-License-Identifier: Apache-2.0
// The audit of one guest map: what its tables really say, descriptor by descriptor, against what
// was meant to be there, in both directions. It reads and changes nothing.
#pragma once

#include <optional>
#include <span>

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

/// `expected`: stretches contiguous on both sides, with members `guest` (a range), `host` (where it
/// starts) and `type`; sorted by guest address, disjoint. `Format` additionally says whether a
/// descriptor's bits agree with its type (is_consistent). `differs(const MapDifference&)` is called
/// for each. Only what lies in `part`, page aligned, is looked at: who looks at one part after the
/// other sees each difference once, and each leaf is counted where it begins.
template <class Format, class Memory, class Expected, class Differs>
AuditCount audit_map(const PageTable<Format, Memory>& table, std::span<const Expected> expected,
                     GuestRange part, Differs&& differs) {
    AuditCount count;
    usize next = 0;  // the first expected mapping that is not wholly seen
    while (next < expected.size() && expected[next].guest.end() <= part.start()) {
        ++next;
    }
    const auto clipped = [&](GuestAddress address) {
        return address < part.start() ? part.start() : address < part.end() ? address : part.end();
    };
    GuestAddress seen = next < expected.size() ? clipped(expected[next].guest.start()) : part.end();

    const auto advance = [&](GuestAddress to) {
        seen = to;
        if (seen == expected[next].guest.end()) {
            ++next;
            seen = next < expected.size() ? expected[next].guest.start() : seen;
        }
    };
    // To `address`, in the part.
    const auto skip_to = [&](GuestAddress address) {  // what lies before has no leaf
        while (next < expected.size() && seen < address) {
            const GuestAddress end = expected[next].guest.end();
            const GuestAddress to = end < address ? end : address;
            const u64 offset = seen - expected[next].guest.start();
            differs(MapDifference{MapDifference::Kind::missing, *GuestRange::between(seen, to),
                                  expected[next].host + offset, HostAddress(), 0});
            advance(to);
        }
    };
    table.visit(part, [&](const TableLeaf<Format>& leaf) {
        if (part.contains(leaf.input)) {
            ++count.leaves;
            count.pages += leaf.size() / page_size;
            if (!Format::is_consistent(leaf.entry, leaf.level)) {
                differs(MapDifference{MapDifference::Kind::rights, leaf.input_range(), leaf.host,
                                      leaf.host, leaf.entry});
            }
        }
        GuestAddress at = clipped(leaf.input);
        const GuestAddress leaf_end = clipped(leaf.input_range().end());
        skip_to(at);
        while (at < leaf_end) {
            const HostAddress found = leaf.host + (at - leaf.input);
            if (next == expected.size() || at < seen) {
                const GuestAddress to =
                    next == expected.size() || leaf_end < seen ? leaf_end : seen;
                differs(MapDifference{MapDifference::Kind::unplanned, *GuestRange::between(at, to),
                                      HostAddress(), found, leaf.entry});
                at = to;
                continue;
            }
            const Expected& wanted = expected[next];
            const GuestAddress to = wanted.guest.end() < leaf_end ? wanted.guest.end() : leaf_end;
            const HostAddress host = wanted.host + (at - wanted.guest.start());
            const GuestRange range = *GuestRange::between(at, to);
            if (host != found) {
                differs(MapDifference{MapDifference::Kind::host, range, host, found, leaf.entry});
            }
            if (wanted.type != leaf.attributes) {
                differs(MapDifference{MapDifference::Kind::type, range, host, found, leaf.entry});
            }
            advance(to);
            at = to;
        }
    });
    skip_to(part.end());
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
