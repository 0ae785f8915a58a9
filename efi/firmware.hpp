// SPDX-License-Identifier: Apache-2.0
// What the loader asks of firmware, as long as boot services are there.
#pragma once

#include <optional>
#include <span>

#include "efi/file_path.hpp"
#include "efi/memory.hpp"
#include "isthmus/result.hpp"
#include "isthmus/static_vector.hpp"
#include "isthmus/text.hpp"

namespace isthmus::efi {

/// Firmware's console, a line at a time in what it takes: UCS-2, with \r\n.
class FirmwareConsole final : public TextSink {
  public:
    explicit FirmwareConsole(SimpleTextOutput* output) : output_(output) {}
    void write(std::string_view text) override;

  private:
    SimpleTextOutput* output_;
};

/// A file that is open for reading.
struct OpenFile {
    File* file = nullptr;
    u64 bytes = 0;
};

class Firmware {
  public:
    Firmware(Handle image, SystemTable& table);

    FirmwareConsole& console() { return console_; }
    /// The loader's own file as it lies in memory; empty when firmware does not say.
    std::span<const std::byte> image() const;
    /// The tree of the configuration table: at most as many bytes as its header names, which says
    /// nothing of its soundness; empty when there is none.
    std::span<const std::byte> configured_tree() const;
    /// Files can be read: there is a file system where the loader came from.
    bool has_files() const { return root_ != nullptr; }

    /// A file beside the loader's. Errors: not_found, invalid_argument for a name that is too long.
    Result<OpenFile> open(std::string_view name);
    /// Reads all of it to `buffer`, which has room, and closes it. Error: denied.
    Result<void> read(OpenFile file, std::span<std::byte> buffer);
    void close(OpenFile file) { file.file->close(file.file); }
    /// Makes a file beside the loader's, in the place of one of that name. Errors: as open, denied
    /// when it cannot be written.
    Result<void> write(std::string_view name, std::span<const std::byte> bytes);

    /// Whole pages, anywhere or at `address`; which release() gives back. Errors:
    /// out_of_memory, denied for an address that is in use.
    Result<std::span<std::byte>> allocate(u64 bytes, std::optional<HostAddress> address = {});
    /// No file can be opened any more.
    void close_files();
    /// That, and all that was allocated is given back.
    void release();

    /// The map as it is now, valid until the next call. Error: denied.
    Result<MemoryMap> memory_map();
    /// Ends boot services. Error: denied when the map has changed since: read it anew, and ask for
    /// nothing else any more.
    Result<void> exit(const MemoryMap& map);

  private:
    static constexpr usize most_allocations = 256;

    Result<File*> open_as(std::string_view name, u64 mode);

    Handle handle_;
    SystemTable& table_;
    BootServices& services_;
    FirmwareConsole console_;
    const LoadedImage* loaded_ = nullptr;
    File* root_ = nullptr;
    FilePath folder_;
    std::span<std::byte> map_buffer_;
    StaticVector<HostRange, most_allocations> allocations_;
};

}  // namespace isthmus::efi
