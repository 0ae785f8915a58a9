// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/efi/fake_firmware.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "isthmus/units.hpp"
#include "tests/unit/efi/map_writer.hpp"

namespace isthmus::test {
namespace {

FakeFirmware* the_firmware = nullptr;

constexpr std::u16string_view folder = u"\\EFI\\BOOT\\";
constexpr u32 conventional = 7;

}  // namespace

FakeFirmware::FakeFirmware() : image(0x3000, std::byte{0x5a}) {
    the_firmware = this;
    void* ram =
        mmap(reinterpret_cast<void*>(ram_start), ram_end - ram_start, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (ram != reinterpret_cast<void*>(ram_start)) {
        throw std::runtime_error("the fake firmware's RAM is in use");
    }
    console_.output_string = [](efi::SimpleTextOutput*, const char16_t* text) {
        for (; *text != 0; ++text) {
            the_firmware->said += static_cast<char>(*text);
        }
        return efi::status::success;
    };
    file_system_.open_volume = [](efi::SimpleFileSystem*, efi::File** root) {
        *root = make_file(u"");
        return efi::status::success;
    };
    services_.allocate_pages = allocate;
    services_.free_pages = free;
    services_.get_memory_map = memory_map;
    services_.handle_protocol = handle_protocol;
    services_.exit_boot_services = exit;
    table_.console = &console_;
    table_.boot_services = &services_;
    const std::u16string file = std::u16string(folder) + u"BOOTAA64.EFI";
    path_ = {4, 4, static_cast<u8>(4 + 2 * file.size()), 0};
    for (const char16_t letter : file) {
        path_.insert(path_.end(), {static_cast<u8>(letter), 0});
    }
    path_.insert(path_.end(), {0x7f, 0xff, 4, 0});
}

FakeFirmware::~FakeFirmware() {
    munmap(reinterpret_cast<void*>(ram_start), ram_end - ram_start);
}

void FakeFirmware::set_tree(const std::vector<std::byte>& tree) {
    tree_ = tree;
    tables_ = {{efi::loaded_image_guid, nullptr}, {efi::device_tree_guid, tree_.data()}};
    table_.table_count = tables_.size();
    table_.tables = tables_.data();
}

void FakeFirmware::add_file(const std::string& path, const std::vector<std::byte>& content) {
    files[std::u16string(path[0] == '\\' ? u"" : folder) +
          std::u16string(path.begin(), path.end())] = content;
}
void FakeFirmware::add_file(const std::string& path, std::string_view content) {
    const auto bytes = std::as_bytes(std::span(content));
    add_file(path, std::vector<std::byte>(bytes.begin(), bytes.end()));
}

FakeFirmware::OpenedFile& FakeFirmware::opened(efi::File* file) {
    return *reinterpret_cast<OpenedFile*>(file);
}

efi::File* FakeFirmware::make_file(const std::u16string& path) {
    ++the_firmware->open_files;
    auto* made = new OpenedFile{{}, path, 0};
    made->file = {0, open, close, remove, read, write, get_position, set_position};
    return &made->file;
}

efi::Status FakeFirmware::open(efi::File*, efi::File** made, const char16_t* name, u64 mode, u64) {
    auto& files = the_firmware->files;
    if ((mode & efi::file_mode_write) != 0 && !the_firmware->can_write) {
        return efi::error_bit | 8;  // write-protected
    }
    if ((mode & efi::file_mode_create) != 0) {
        files[name];
    }
    if (!files.contains(name)) {
        return efi::status::not_found;
    }
    *made = make_file(name);
    return efi::status::success;
}
efi::Status FakeFirmware::close(efi::File* file) {
    --the_firmware->open_files;
    delete &opened(file);
    return efi::status::success;
}
efi::Status FakeFirmware::remove(efi::File* file) {
    the_firmware->files.erase(opened(file).path);
    return close(file);
}
efi::Status FakeFirmware::read(efi::File* file, u64* size, void* buffer) {
    const auto& content = the_firmware->files[opened(file).path];
    *size = std::min<u64>(*size, content.size() - opened(file).position);
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(opened(file).position), *size,
                static_cast<std::byte*>(buffer));
    return efi::status::success;
}
efi::Status FakeFirmware::write(efi::File* file, u64* size, const void* buffer) {
    const auto* bytes = static_cast<const std::byte*>(buffer);
    the_firmware->files[opened(file).path].assign(bytes, bytes + *size);
    return efi::status::success;
}
efi::Status FakeFirmware::get_position(efi::File* file, u64* position) {
    *position = opened(file).position;
    return efi::status::success;
}
efi::Status FakeFirmware::set_position(efi::File* file, u64 position) {
    const u64 end = the_firmware->files[opened(file).path].size();
    opened(file).position = position == efi::file_end ? end : position;
    return efi::status::success;
}

bool FakeFirmware::is_free(HostRange range) const {
    const auto overlaps = [&](const Piece& piece) { return piece.range.overlaps(range); };
    return range.start().raw() >= ram_start && range.end().raw() <= ram_end &&
           std::ranges::none_of(kept_, overlaps) && std::ranges::none_of(allocated_, overlaps);
}

/// Firmware takes from the top.
efi::Status FakeFirmware::allocate(efi::AllocateType type, u32 memory_type, u64 pages,
                                   u64* address) {
    const u64 size = pages * page_size;
    if (the_firmware->has_exited || size > ram_end - ram_start) {
        return efi::status::out_of_resources;
    }
    u64 at = type == efi::AllocateType::address ? *address : ram_end - size;
    auto range = *HostRange::from(HostAddress(at), size);
    while (!the_firmware->is_free(range)) {
        if (type == efi::AllocateType::address || at == ram_start) {
            return efi::status::not_found;
        }
        at -= page_size;
        range = *HostRange::from(HostAddress(at), size);
    }
    the_firmware->allocated_.push_back({memory_type, range});
    ++the_firmware->key_;
    *address = at;
    return efi::status::success;
}

efi::Status FakeFirmware::free(u64 address, u64 pages) {
    auto& allocated = the_firmware->allocated_;
    const auto found = std::ranges::find_if(allocated, [&](const Piece& piece) {
        return piece.range == *HostRange::from(HostAddress(address), pages * page_size);
    });
    if (found == allocated.end()) {
        throw std::runtime_error("pages are given back that were not allocated");
    }
    allocated.erase(found);
    return efi::status::success;
}

efi::Status FakeFirmware::memory_map(u64* size, void* map, u64* key, u64* descriptor_size,
                                     u32* version) {
    auto pieces = the_firmware->kept_;
    pieces.insert(pieces.end(), the_firmware->allocated_.begin(), the_firmware->allocated_.end());
    std::ranges::sort(pieces, {}, [](const Piece& piece) { return piece.range.start().raw(); });
    MapWriter writer;
    u64 at = ram_start;
    for (const Piece& piece : pieces) {
        const u64 start = piece.range.start().raw();
        if (start > at) {
            writer.add(conventional, at, (start - at) / page_size);
        }
        writer.add(piece.type, start, piece.range.pages());
        at = std::max(at, piece.range.end().raw());
    }
    writer.add(conventional, at, (ram_end - at) / page_size);
    const auto bytes = writer.map().descriptors;
    if (*size < bytes.size()) {
        return efi::status::buffer_too_small;
    }
    std::memcpy(map, bytes.data(), bytes.size());
    *size = bytes.size();
    *key = the_firmware->key_;
    *descriptor_size = writer.map().descriptor_size;
    *version = 1;
    return efi::status::success;
}

efi::Status FakeFirmware::handle_protocol(efi::Handle, const efi::Guid* guid, void** found) {
    FakeFirmware& firmware = *the_firmware;
    if (*guid == efi::loaded_image_guid) {
        firmware.loaded_.device = firmware.has_file_system ? &firmware : nullptr;
        firmware.loaded_.file_path = firmware.path_.data();
        firmware.loaded_.image_base = firmware.image.data();
        firmware.loaded_.image_size = firmware.image.size();
        *found = &firmware.loaded_;
        return efi::status::success;
    }
    if (*guid == efi::simple_file_system_guid) {
        *found = &firmware.file_system_;
        return efi::status::success;
    }
    return efi::status::unsupported;
}

efi::Status FakeFirmware::exit(efi::Handle, u64 key) {
    if (the_firmware->exits_that_fail != 0) {
        --the_firmware->exits_that_fail;
        ++the_firmware->key_;
        the_firmware->keep(6, *HostRange::from(HostAddress(ram_end - 1 * MiB), 64 * KiB));
    }
    if (key != the_firmware->key_) {
        return efi::status::invalid_parameter;
    }
    the_firmware->has_exited = true;
    return efi::status::success;
}

}  // namespace isthmus::test
