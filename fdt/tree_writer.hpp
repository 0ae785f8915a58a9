// SPDX-License-Identifier: Apache-2.0
// Writing a tree from front to back, over libfdt's sequential writer. The first failure is kept and
// reported by finish(), so that a tree reads as a list of nodes and properties.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "isthmus/result.hpp"
#include "isthmus/text.hpp"

namespace isthmus::fdt {

class TreeWriter {
  public:
    /// Longest name of a node or property, in characters.
    static constexpr usize max_name = 127;

    /// Starts a tree in `buffer`, which must be 8-byte aligned, and its root node.
    explicit TreeWriter(std::span<std::byte> buffer);

    void begin_node(std::string_view name);
    /// "name@unit", the unit in hexadecimal without 0x.
    static TextBuffer<max_name> unit_name(std::string_view name, u64 unit);
    void begin_node(std::string_view name, u64 unit);
    void end_node();

    void empty(std::string_view name);
    /// A value as another tree has it.
    void bytes(std::string_view name, std::span<const std::byte> value);
    void cells(std::string_view name, std::span<const u32> values);
    void cells(std::string_view name, std::initializer_list<u32> values) {
        cells(name, std::span<const u32>(values.begin(), values.size()));
    }
    /// Each number as two cells.
    void cells64(std::string_view name, std::span<const u64> values);
    void cells64(std::string_view name, std::initializer_list<u64> values) {
        cells64(name, std::span<const u64>(values.begin(), values.size()));
    }
    /// Numbers in turn of `first` and of `second` cells (0 to 2 each).
    void numbers(std::string_view name, std::span<const u64> values, u32 first, u32 second);
    void text(std::string_view name, std::string_view value);
    void texts(std::string_view name, std::span<const std::string_view> values);
    void texts(std::string_view name, std::initializer_list<std::string_view> values) {
        texts(name, std::span<const std::string_view>(values.begin(), values.size()));
    }

    /// Ends the root node and the tree; the part of the buffer that it takes. Errors: out_of_memory
    /// when the buffer was too small, invalid_argument for any other failure.
    Result<std::span<const std::byte>> finish();

  private:
    void keep(int error);
    /// Room for a property's value, or nullptr after a failure.
    std::byte* value(std::string_view name, usize size);

    std::span<std::byte> buffer_;
    int error_ = 0;
    int depth_ = 0;  ///< open nodes; libfdt does not count them
};

}  // namespace isthmus::fdt
