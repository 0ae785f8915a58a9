// SPDX-License-Identifier: Apache-2.0
// What the loader uses of UEFI's interfaces, with the names of the UEFI specification (2.10;
// sections in brackets). Members that are not used are places only.
#pragma once

#include <array>
#include <cstddef>

#include "isthmus/types.hpp"

namespace isthmus::efi {

using Handle = void*;
using Char16 = char16_t;
using Status = u64;
using Unused = void*;

inline constexpr u64 error_bit = u64{1} << 63;
namespace status {  // appendix D
inline constexpr Status success = 0;
inline constexpr Status load_error = error_bit | 1;
inline constexpr Status invalid_parameter = error_bit | 2;
inline constexpr Status unsupported = error_bit | 3;
inline constexpr Status buffer_too_small = error_bit | 5;
inline constexpr Status out_of_resources = error_bit | 9;
inline constexpr Status not_found = error_bit | 14;
}  // namespace status

struct Guid {
    u32 a;
    u16 b;
    u16 c;
    std::array<u8, 8> d;

    bool operator==(const Guid&) const = default;
};
inline constexpr Guid loaded_image_guid{
    0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
inline constexpr Guid simple_file_system_guid{
    0x964e5b22, 0x6459, 0x11d2, {0x8e, 0x39, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
/// EFI_DTB_TABLE_GUID [4.6.2]: a flattened device tree.
inline constexpr Guid device_tree_guid{
    0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};

struct TableHeader {  // [4.2]
    u64 signature;
    u32 revision;
    u32 header_size;
    u32 crc32;
    u32 reserved;
};

struct SimpleTextOutput {  // [12.4]
    Unused reset;
    Status (*output_string)(SimpleTextOutput* self, const Char16* text);
};

struct File {  // EFI_FILE_PROTOCOL [13.5]
    u64 revision;
    Status (*open)(File* self, File** opened, const Char16* name, u64 mode, u64 attributes);
    Status (*close)(File* self);
    Status (*remove)(File* self);  ///< EFI_FILE_DELETE: closes it, too
    Status (*read)(File* self, u64* size, void* buffer);
    Status (*write)(File* self, u64* size, const void* buffer);
    Status (*get_position)(File* self, u64* position);
    Status (*set_position)(File* self, u64 position);
};
inline constexpr u64 file_mode_read = 1;
inline constexpr u64 file_mode_write = 2;
inline constexpr u64 file_mode_create = u64{1} << 63;
inline constexpr u64 file_end = ~u64{0};  ///< as a position: behind the last byte

struct SimpleFileSystem {  // [13.4]
    u64 revision;
    Status (*open_volume)(SimpleFileSystem* self, File** root);
};

enum class AllocateType : u32 { any_pages = 0, max_address = 1, address = 2 };  // [7.2]
inline constexpr u32 loader_data = 2;                                           ///< EfiLoaderData

struct BootServices {  // [4.4]
    TableHeader header;
    std::array<Unused, 2> tpl;
    Status (*allocate_pages)(AllocateType type, u32 memory_type, u64 pages, u64* address);
    Status (*free_pages)(u64 address, u64 pages);
    Status (*get_memory_map)(u64* size, void* map, u64* key, u64* descriptor_size,
                             u32* descriptor_version);
    std::array<Unused, 2> pool;
    std::array<Unused, 6> events;
    std::array<Unused, 3> protocols;
    Status (*handle_protocol)(Handle handle, const Guid* protocol, void** interface);
    std::array<Unused, 5> more_protocols;
    std::array<Unused, 4> images;
    Status (*exit_boot_services)(Handle image, u64 map_key);
};

struct ConfigurationTable {  // [4.6]
    Guid vendor;
    const void* table;
};

struct SystemTable {  // [4.3]
    TableHeader header;
    const Char16* firmware_vendor;
    u32 firmware_revision;
    std::array<Unused, 3> input;
    SimpleTextOutput* console;
    std::array<Unused, 2> standard_error;
    Unused runtime_services;
    BootServices* boot_services;
    u64 table_count;
    const ConfigurationTable* tables;
};

struct LoadedImage {  // EFI_LOADED_IMAGE_PROTOCOL [9.1]
    u32 revision;
    Handle parent;
    SystemTable* system_table;
    Handle device;  ///< where the file was loaded from; null for one that lay in memory
    const u8* file_path;
    Unused reserved;
    u32 load_options_size;
    void* load_options;
    const std::byte* image_base;
    u64 image_size;
};

}  // namespace isthmus::efi
