// SPDX-License-Identifier: Apache-2.0
// A firmware with 64 MiB of RAM at 0x40000000, files in memory, and a console that is kept.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "efi/protocol.hpp"
#include "isthmus/range.hpp"

namespace isthmus::test {

/// One at a time: what it is asked through pointers to functions finds it by itself.
class FakeFirmware {
  public:
    static constexpr u64 ram_start = 0x4000'0000;
    static constexpr u64 ram_end = 0x4400'0000;

    FakeFirmware();
    ~FakeFirmware();
    FakeFirmware(const FakeFirmware&) = delete;
    FakeFirmware& operator=(const FakeFirmware&) = delete;

    efi::SystemTable& table() { return table_; }
    efi::Handle handle() { return this; }
    void set_tree(const std::vector<std::byte>& tree);
    void add_file(const std::string& path, std::string_view content);
    void add_file(const std::string& path, const std::vector<std::byte>& content);
    /// Memory with a type of the map, from the start; the rest is free.
    void keep(u32 type, HostRange range) { kept_.push_back({type, range}); }
    bool is_allocated() const { return !allocated_.empty(); }

    std::string said;                                        ///< on the console
    std::map<std::u16string, std::vector<std::byte>> files;  ///< by their paths
    std::vector<std::byte> image;                            ///< the loader's own file
    bool has_file_system = true;
    bool can_write = true;
    unsigned exits_that_fail = 0;  ///< so many times the map changes before boot services end
    bool has_exited = false;
    unsigned open_files = 0;

  private:
    struct Piece {
        u32 type;
        HostRange range;
    };
    struct OpenedFile {
        efi::File file;  ///< first: the loader has its address
        std::u16string path;
        u64 position;
    };

    static OpenedFile& opened(efi::File* file);
    static efi::Status open(efi::File*, efi::File**, const char16_t*, u64, u64);
    static efi::Status close(efi::File*);
    static efi::Status remove(efi::File*);
    static efi::Status read(efi::File*, u64*, void*);
    static efi::Status write(efi::File*, u64*, const void*);
    static efi::Status get_position(efi::File*, u64*);
    static efi::Status set_position(efi::File*, u64);
    static efi::Status allocate(efi::AllocateType, u32, u64, u64*);
    static efi::Status free(u64, u64);
    static efi::Status memory_map(u64*, void*, u64*, u64*, u32*);
    static efi::Status handle_protocol(efi::Handle, const efi::Guid*, void**);
    static efi::Status exit(efi::Handle, u64);
    static efi::File* make_file(const std::u16string& path);
    bool is_free(HostRange range) const;

    efi::SystemTable table_{};
    efi::BootServices services_{};
    efi::SimpleTextOutput console_{};
    efi::SimpleFileSystem file_system_{};
    efi::LoadedImage loaded_{};
    std::vector<efi::ConfigurationTable> tables_;
    std::vector<std::byte> tree_;
    std::vector<u8> path_;
    std::vector<Piece> kept_;
    std::vector<Piece> allocated_;
    u64 key_ = 1;
};

}  // namespace isthmus::test
