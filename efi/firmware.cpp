// SPDX-License-Identifier: Apache-2.0
#include "efi/firmware.hpp"

#include "efi/tree_size.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::efi {
namespace {

bool is_ok(Status status) {
    return status == status::success;
}

/// Room for a map that grows while the loader allocates.
constexpr usize map_bytes = 256 * KiB;

template <class Protocol>
Protocol* protocol_of(BootServices& services, Handle handle, const Guid& guid) {
    void* found = nullptr;
    const bool is_there =
        handle != nullptr && is_ok(services.handle_protocol(handle, &guid, &found));
    return is_there ? static_cast<Protocol*>(found) : nullptr;
}

}  // namespace

void FirmwareConsole::write(std::string_view text) {
    for (const char letter : text) {
        std::array<Char16, 3> shown{static_cast<Char16>(letter & 0x7f), 0, 0};
        if (letter == '\n') {
            shown = {u'\r', u'\n', 0};
        }
        output_->output_string(output_, shown.data());
    }
}

Firmware::Firmware(Handle image, SystemTable& table)
    : handle_(image),
      table_(table),
      services_(*table.boot_services),
      console_(table.console),
      loaded_(protocol_of<LoadedImage>(services_, image, loaded_image_guid)) {
    if (loaded_ == nullptr) {
        return;
    }
    folder_ = folder_of(loaded_->file_path);
    auto* files =
        protocol_of<SimpleFileSystem>(services_, loaded_->device, simple_file_system_guid);
    if (files == nullptr || !is_ok(files->open_volume(files, &root_))) {
        root_ = nullptr;
    }
}

std::span<const std::byte> Firmware::image() const {
    return loaded_ == nullptr ? std::span<const std::byte>()
                              : std::span(loaded_->image_base, loaded_->image_size);
}

std::span<const std::byte> Firmware::configured_tree() const {
    for (const ConfigurationTable& entry : std::span(table_.tables, table_.table_count)) {
        if (entry.vendor == device_tree_guid && entry.table != nullptr) {
            const auto* bytes = static_cast<const std::byte*>(entry.table);
            return {bytes, tree_size(std::span<const std::byte, 8>(bytes, 8))};
        }
    }
    return {};
}

Result<File*> Firmware::open_as(std::string_view name, u64 mode) {
    FilePath path = folder_;
    if (root_ == nullptr || !path.add_name(name)) {
        return fail(root_ == nullptr ? Error::not_found : Error::invalid_argument);
    }
    File* file = nullptr;
    const Status status = root_->open(root_, &file, path.text(), mode, 0);
    if (!is_ok(status)) {
        return fail(status == status::not_found ? Error::not_found : Error::denied);
    }
    return file;
}

Result<OpenFile> Firmware::open(std::string_view name) {
    OpenFile opened{ISTHMUS_TRY(open_as(name, file_mode_read)), 0};
    File* file = opened.file;
    if (!is_ok(file->set_position(file, file_end)) ||
        !is_ok(file->get_position(file, &opened.bytes)) || !is_ok(file->set_position(file, 0))) {
        close(opened);  // a folder, for which there is no end to go to
        return fail(Error::denied);
    }
    return opened;
}

Result<void> Firmware::read(OpenFile file, std::span<std::byte> buffer) {
    u64 size = file.bytes;
    const Status status = file.file->read(file.file, &size, buffer.data());
    close(file);
    return is_ok(status) && size == file.bytes ? Result<void>() : fail(Error::denied);
}

Result<void> Firmware::write(std::string_view name, std::span<const std::byte> bytes) {
    constexpr u64 write = file_mode_read | file_mode_write;
    if (const auto old = open_as(name, write)) {
        (*old)->remove(*old);
    }
    File* file = ISTHMUS_TRY(open_as(name, write | file_mode_create));
    u64 size = bytes.size();
    const Status written = file->write(file, &size, bytes.data());
    const Status closed = file->close(file);
    return is_ok(written) && is_ok(closed) && size == bytes.size() ? Result<void>()
                                                                   : fail(Error::denied);
}

Result<std::span<std::byte>> Firmware::allocate(u64 bytes, std::optional<HostAddress> address) {
    const u64 size = align_up(bytes == 0 ? 1 : bytes, page_size);
    if (allocations_.full()) {
        return fail(Error::out_of_memory);
    }
    u64 where = address.value_or(HostAddress()).raw();
    const AllocateType type = address ? AllocateType::address : AllocateType::any_pages;
    if (!is_ok(services_.allocate_pages(type, loader_data, size / page_size, &where))) {
        return fail(address ? Error::denied : Error::out_of_memory);
    }
    const bool is_kept = allocations_.push_back(*HostRange::from(HostAddress(where), size));
    check(is_kept, "there is room for one more allocation");
    return std::span(reinterpret_cast<std::byte*>(where), size);
}

void Firmware::release() {
    for (const HostRange& range : allocations_) {
        services_.free_pages(range.start().raw(), range.pages());
    }
    allocations_.clear();
    map_buffer_ = {};
    close_files();
}

void Firmware::close_files() {
    if (root_ != nullptr) {
        root_->close(root_);
        root_ = nullptr;
    }
}

Result<MemoryMap> Firmware::memory_map() {
    if (map_buffer_.empty()) {
        map_buffer_ = ISTHMUS_TRY(allocate(map_bytes));
    }
    MemoryMap map;
    u64 size = map_buffer_.size();
    u64 descriptor_size = 0;
    u32 version = 0;
    if (!is_ok(services_.get_memory_map(&size, map_buffer_.data(), &map.key, &descriptor_size,
                                        &version))) {
        return fail(Error::denied);
    }
    map.descriptors = map_buffer_.first(size);
    map.descriptor_size = descriptor_size;
    return map;
}

Result<void> Firmware::exit(const MemoryMap& map) {
    return is_ok(services_.exit_boot_services(handle_, map.key)) ? Result<void>()
                                                                 : fail(Error::denied);
}

}  // namespace isthmus::efi
