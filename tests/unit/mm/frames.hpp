// SPDX-License-Identifier: Apache-2.0
// A frame table with its storage, for tests.
#pragma once

#include <initializer_list>
#include <memory>
#include <vector>

#include "mm/frame_table.hpp"

namespace isthmus::mm::test {

inline HostRange host_range(u64 start, u64 size) {
    return HostRange::from(HostAddress(start), size).value();
}

/// RAM banks as (start, size), with a frame table of zeros over them.
struct Frames {
    explicit Frames(std::vector<HostRange> given)
        : banks(std::move(given)),
          count(FrameTable::bytes_for(banks) / sizeof(PageInfo)),
          storage(std::make_unique<PageInfo[]>(count)),
          table(FrameTable::create(banks, {storage.get(), count}).value()) {}

    PageInfo& operator[](u64 address) { return *table.lookup(HostAddress(address)); }

    std::vector<HostRange> banks;
    usize count;
    std::unique_ptr<PageInfo[]> storage;
    FrameTable table;
};

inline constexpr DomainId domain_a{1};
inline constexpr DomainId domain_b{2};

}  // namespace isthmus::mm::test
