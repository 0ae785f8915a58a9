// SPDX-License-Identifier: Apache-2.0
#include "fdt/loader_tree.hpp"

#include <libfdt.h>

#include <array>
#include <cstring>

#include "fdt/blob.hpp"
#include "fdt/tree_writer.hpp"

namespace isthmus::fdt {
namespace {

constexpr std::array<char, 7> memory{"memory"};  ///< `device_type`, with its NUL
constexpr const char* file_property = "xen,uefi-binary";

bool lies_well(std::span<const std::byte> bytes) {
    return bytes.data() != nullptr &&
           reinterpret_cast<std::uintptr_t>(bytes.data()) % blob_alignment == 0;
}

/// libfdt's answer: a node or a count, or below 0 an error.
Result<int> answer(int result) {
    if (result < 0) {
        return fail(result == -FDT_ERR_NOSPACE ? Error::out_of_memory : Error::invalid_argument);
    }
    return result;
}
Result<void> done(int result) {
    const Result<int> answered = answer(result);
    return answered ? Result<void>() : fail(answered.error());
}

/// The whole blob can be read: libfdt's writing functions do not look again.
bool is_sound(std::span<const std::byte> blob) {
    return lies_well(blob) && blob.size() <= most_blob_bytes &&
           fdt_check_full(blob.data(), blob.size()) == 0;
}

bool fits(u64 number, int cells) {
    return cells == 2 || (cells == 1 && number >> 32 == 0);
}

/// Writes a number as so many cells, and returns where the next one goes.
fdt32_t* put(fdt32_t* at, u64 number, int cells) {
    if (cells == 2) {
        *at++ = cpu_to_fdt32(static_cast<u32>(number >> 32));
    }
    *at++ = cpu_to_fdt32(static_cast<u32>(number));
    return at;
}

Result<void> set_cell(void* tree, int node, const char* name, u32 value) {
    return done(fdt_setprop_u32(tree, node, name, value));
}

bool is_memory(const void* tree, int node) {
    int size = 0;
    const void* type = fdt_getprop(tree, node, "device_type", &size);
    return type != nullptr && static_cast<usize>(size) == memory.size() &&
           std::memcmp(type, memory.data(), memory.size()) == 0;
}

/// With the cells that every address of the machine fits into.
Result<int> make_reserved_memory(void* tree) {
    const int node = ISTHMUS_TRY(answer(fdt_add_subnode(tree, 0, "reserved-memory")));
    ISTHMUS_TRY(set_cell(tree, node, "#address-cells", 2));
    ISTHMUS_TRY(set_cell(tree, node, "#size-cells", 2));
    ISTHMUS_TRY(done(fdt_setprop_empty(tree, node, "ranges")));
    return node;
}

}  // namespace

Result<LoaderTree> LoaderTree::open(std::span<const std::byte> blob, std::span<std::byte> buffer) {
    if (!is_sound(blob) || !lies_well(buffer)) {
        return fail(Error::invalid_argument);
    }
    const usize size = buffer.size() < most_blob_bytes ? buffer.size() : most_blob_bytes;
    ISTHMUS_TRY(done(fdt_open_into(blob.data(), buffer.data(), static_cast<int>(size))));
    return LoaderTree(buffer);
}

Result<void> LoaderTree::apply_overlay(std::span<std::byte> overlay) {
    if (!is_sound(overlay)) {
        return fail(Error::invalid_argument);
    }
    return done(fdt_overlay_apply(buffer_.data(), overlay.data()));
}

Result<void> LoaderTree::name_file(std::string_view path, std::string_view file) {
    void* tree = buffer_.data();
    const int node = fdt_path_offset_namelen(tree, path.data(), static_cast<int>(path.size()));
    if (node < 0) {
        return fail(Error::not_found);
    }
    void* value = nullptr;
    ISTHMUS_TRY(done(fdt_setprop_placeholder(tree, node, file_property,
                                             static_cast<int>(file.size()) + 1, &value)));
    auto* text = static_cast<char*>(value);
    std::memcpy(text, file.data(), file.size());
    text[file.size()] = '\0';
    const int error = fdt_delprop(tree, node, "reg");
    return error == -FDT_ERR_NOTFOUND ? Result<void>() : done(error);
}

std::optional<FileModule> LoaderTree::waiting_module() const {
    const void* tree = buffer_.data();
    int depth = 0;
    int node = fdt_path_offset(tree, "/chosen");
    for (node = node < 0 ? node : fdt_next_node(tree, node, &depth); node >= 0 && depth > 0;
         node = fdt_next_node(tree, node, &depth)) {
        int size = 0;
        const auto* file = static_cast<const char*>(fdt_getprop(tree, node, file_property, &size));
        if (file != nullptr && fdt_getprop(tree, node, "reg", nullptr) == nullptr) {
            return FileModule{node, {file, strnlen(file, static_cast<usize>(size))}};
        }
    }
    return std::nullopt;
}

Result<void> LoaderTree::set_reg(int node, HostRange range) {
    const int parent = ISTHMUS_TRY(answer(fdt_parent_offset(buffer_.data(), node)));
    return put_ranges(node, parent, {&range, 1});
}

std::string_view LoaderTree::path_of(int node, std::span<char> buffer) const {
    const int error =
        fdt_get_path(buffer_.data(), node, buffer.data(), static_cast<int>(buffer.size()));
    return error == 0 ? std::string_view(buffer.data()) : "a node of a long path";
}

bool LoaderTree::has_memory() const {
    const void* tree = buffer_.data();
    int node = 0;
    fdt_for_each_subnode(node, tree, 0) {
        if (is_memory(tree, node)) {
            return true;
        }
    }
    return false;
}

Result<void> LoaderTree::add_memory(std::span<const HostRange> ranges) {
    void* tree = buffer_.data();
    if (ranges.empty()) {
        return {};
    }
    const auto name = TreeWriter::unit_name("memory", ranges.front().start().raw());
    const std::string_view text = name.view();
    const int node = ISTHMUS_TRY(
        answer(fdt_add_subnode_namelen(tree, 0, text.data(), static_cast<int>(text.size()))));
    ISTHMUS_TRY(done(fdt_setprop(tree, node, "device_type", memory.data(), memory.size())));
    return put_ranges(node, 0, ranges);
}

Result<void> LoaderTree::reserve(std::span<const HostRange> ranges) {
    void* tree = buffer_.data();
    if (ranges.empty()) {
        return {};
    }
    int parent = fdt_path_offset(tree, "/reserved-memory");
    parent = parent >= 0 ? parent : ISTHMUS_TRY(make_reserved_memory(tree));
    for (const HostRange& range : ranges) {
        const auto name = TreeWriter::unit_name("efi-firmware", range.start().raw());
        const std::string_view text = name.view();
        const int node = ISTHMUS_TRY(answer(
            fdt_add_subnode_namelen(tree, parent, text.data(), static_cast<int>(text.size()))));
        ISTHMUS_TRY(put_ranges(node, parent, {&range, 1}));
    }
    return {};
}

/// `reg`, in the cells of `parent`.
Result<void> LoaderTree::put_ranges(int node, int parent, std::span<const HostRange> ranges) {
    void* tree = buffer_.data();
    const int address_cells = ISTHMUS_TRY(answer(fdt_address_cells(tree, parent)));
    const int size_cells = ISTHMUS_TRY(answer(fdt_size_cells(tree, parent)));
    for (const HostRange& range : ranges) {
        if (!fits(range.start().raw(), address_cells) || !fits(range.size(), size_cells)) {
            return fail(Error::out_of_range);
        }
    }
    const usize bytes = ranges.size() * static_cast<usize>(address_cells + size_cells) * 4;
    void* value = nullptr;
    ISTHMUS_TRY(done(fdt_setprop_placeholder(tree, node, "reg", static_cast<int>(bytes), &value)));
    auto* at = static_cast<fdt32_t*>(value);
    for (const HostRange& range : ranges) {
        at = put(put(at, range.start().raw(), address_cells), range.size(), size_cells);
    }
    return {};
}

Result<std::span<std::byte>> LoaderTree::finish() {
    void* tree = buffer_.data();
    ISTHMUS_TRY(done(fdt_pack(tree)));
    return buffer_.first(fdt_totalsize(tree));
}

}  // namespace isthmus::fdt
