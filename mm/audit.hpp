// SPDX-License-Identifier: Apache-2.0
// The audit of one guest map: what its tables really say, descriptor by descriptor, against what
// was meant to be there, in both directions. It reads and changes nothing.
#pragma once

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
/// for each.
template <class Format, class Memory, class Expected, class Differs>
AuditCount audit_map(const PageTable<Format, Memory>& table, std::span<const Expected> expected,
                     Differs&& differs) {
    AuditCount count;
    usize next = 0;  // the first expected mapping that is not wholly seen
    GuestAddress seen = expected.empty() ? GuestAddress() : expected[0].guest.start();

    const auto advance = [&](GuestAddress to) {
        seen = to;
        if (seen == expected[next].guest.end()) {
            ++next;
            seen = next < expected.size() ? expected[next].guest.start() : seen;
        }
    };
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
    table.visit_all([&](const TableLeaf<Format>& leaf) {
        ++count.leaves;
        count.pages += leaf.size() / page_size;
        if (!Format::is_consistent(leaf.entry, leaf.level)) {
            differs(MapDifference{MapDifference::Kind::rights, leaf.input_range(), leaf.host,
                                  leaf.host, leaf.entry});
        }
        skip_to(leaf.input);
        GuestAddress at = leaf.input;
        while (at < leaf.input_range().end()) {
            const HostAddress found = leaf.host + (at - leaf.input);
            const GuestAddress leaf_end = leaf.input_range().end();
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
    if (!expected.empty()) {
        skip_to(expected.back().guest.end());
    }
    return count;
}

}  // namespace isthmus::mm
