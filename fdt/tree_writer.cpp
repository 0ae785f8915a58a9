// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_writer.hpp"

#include <libfdt.h>

#include <algorithm>
#include <cstring>

#include "fdt/blob.hpp"

namespace isthmus::fdt {
namespace {

/// libfdt wants names that end in NUL.
class Name {
  public:
    explicit Name(std::string_view text) {
        buffer_.write(text);
        fits_ = !buffer_.truncated() && text.size() <= TreeWriter::max_name;
        buffer_.write({"\0", 1});
    }
    const char* c_str() const { return buffer_.view().data(); }
    bool fits() const { return fits_; }

  private:
    TextBuffer<TreeWriter::max_name + 1> buffer_;
    bool fits_ = false;
};

void store_cell(std::byte* out, u32 value) {
    for (usize i = 0; i < 4; ++i) {
        out[i] = static_cast<std::byte>(value >> (24 - 8 * i));
    }
}

}  // namespace

TreeWriter::TreeWriter(std::span<std::byte> buffer) : buffer_(buffer) {
    const usize size = std::min(buffer.size(), most_blob_bytes);
    keep(fdt_create(buffer.data(), static_cast<int>(size)));
    if (error_ == 0) {
        keep(fdt_finish_reservemap(buffer_.data()));
    }
    begin_node("");
}

void TreeWriter::keep(int error) {
    if (error_ == 0) {
        error_ = error;
    }
}

void TreeWriter::begin_node(std::string_view name) {
    const Name node(name);
    if (!node.fits()) {
        keep(-FDT_ERR_BADVALUE);
    }
    ++depth_;
    if (error_ == 0) {
        keep(fdt_begin_node(buffer_.data(), node.c_str()));
    }
}

TextBuffer<TreeWriter::max_name> TreeWriter::unit_name(std::string_view name, u64 unit) {
    TextBuffer<18> digits;
    print(digits, "{x}", unit);
    std::string_view hexadecimal = digits.view();
    hexadecimal.remove_prefix(2);
    TextBuffer<max_name> full;
    print(full, "{}@{}", name, hexadecimal);
    return full;
}

void TreeWriter::begin_node(std::string_view name, u64 unit) {
    const TextBuffer<max_name> full = unit_name(name, unit);
    if (full.truncated()) {
        keep(-FDT_ERR_BADVALUE);
    }
    begin_node(full.view());
}

void TreeWriter::end_node() {
    --depth_;
    if (error_ == 0) {
        keep(fdt_end_node(buffer_.data()));
    }
}

std::byte* TreeWriter::value(std::string_view name, usize size) {
    const Name property(name);
    if (!property.fits() || size > buffer_.size()) {
        keep(property.fits() ? -FDT_ERR_NOSPACE : -FDT_ERR_BADVALUE);
    }
    void* out = nullptr;
    if (error_ == 0) {
        keep(fdt_property_placeholder(buffer_.data(), property.c_str(), static_cast<int>(size),
                                      &out));
    }
    return error_ == 0 ? static_cast<std::byte*>(out) : nullptr;
}

void TreeWriter::empty(std::string_view name) {
    value(name, 0);
}

void TreeWriter::bytes(std::string_view name, std::span<const std::byte> bytes) {
    std::byte* out = value(name, bytes.size());
    if (out != nullptr && !bytes.empty()) {
        std::memcpy(out, bytes.data(), bytes.size());
    }
}

void TreeWriter::cells(std::string_view name, std::span<const u32> values) {
    std::byte* out = value(name, values.size() * 4);
    for (usize i = 0; out != nullptr && i < values.size(); ++i) {
        store_cell(out + 4 * i, values[i]);
    }
}

void TreeWriter::cells64(std::string_view name, std::span<const u64> values) {
    std::byte* out = value(name, values.size() * 8);
    for (usize i = 0; out != nullptr && i < values.size(); ++i) {
        store_cell(out + 8 * i, static_cast<u32>(values[i] >> 32));
        store_cell(out + 8 * i + 4, static_cast<u32>(values[i]));
    }
}

void TreeWriter::numbers(std::string_view name, std::span<const u64> values, u32 first,
                         u32 second) {
    const usize pairs = values.size() / 2;
    std::byte* out = value(name, pairs * (usize{first} + second) * 4);
    for (usize i = 0; out != nullptr && i < 2 * pairs; ++i) {
        for (u32 left = i % 2 == 0 ? first : second; left != 0; --left) {
            store_cell(out, static_cast<u32>(values[i] >> (32 * (left - 1))));
            out += 4;
        }
    }
}

void TreeWriter::text(std::string_view name, std::string_view text_value) {
    texts(name, {text_value});
}

void TreeWriter::texts(std::string_view name, std::span<const std::string_view> values) {
    usize size = 0;
    for (const std::string_view text : values) {
        size += text.size() + 1;
    }
    std::byte* out = value(name, size);
    if (out == nullptr) {
        return;
    }
    for (const std::string_view text : values) {
        if (!text.empty()) {
            std::memcpy(out, text.data(), text.size());
        }
        out[text.size()] = std::byte{0};
        out += text.size() + 1;
    }
}

Result<std::span<const std::byte>> TreeWriter::finish() {
    end_node();
    if (depth_ != 0) {
        keep(-FDT_ERR_BADSTATE);
    }
    if (error_ == 0) {
        keep(fdt_finish(buffer_.data()));
    }
    if (error_ != 0) {
        return fail(error_ == -FDT_ERR_NOSPACE ? Error::out_of_memory : Error::invalid_argument);
    }
    const void* raw = buffer_.data();
    return buffer_.first(fdt_totalsize(raw));
}

}  // namespace isthmus::fdt
