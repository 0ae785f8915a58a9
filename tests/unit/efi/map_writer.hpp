// SPDX-License-Identifier: Apache-2.0
// A memory map as firmware gives it.
#pragma once

#include <cstring>
#include <vector>

#include "efi/memory.hpp"

namespace isthmus::test {

class MapWriter {
  public:
    static constexpr u64 write_back = 1 << 3;

    explicit MapWriter(usize descriptor_size = 48) : descriptor_size_(descriptor_size) {}
    void add(u32 type, u64 start, u64 pages, u64 attributes = write_back) {
        const usize at = bytes_.size();
        bytes_.resize(at + descriptor_size_);
        std::memcpy(&bytes_[at], &type, sizeof(type));
        std::memcpy(&bytes_[at + 8], &start, sizeof(start));
        std::memcpy(&bytes_[at + 24], &pages, sizeof(pages));
        std::memcpy(&bytes_[at + 32], &attributes, sizeof(attributes));
    }
    efi::MemoryMap map() const { return {bytes_, descriptor_size_, 0}; }

  private:
    usize descriptor_size_;
    std::vector<std::byte> bytes_;
};

}  // namespace isthmus::test
