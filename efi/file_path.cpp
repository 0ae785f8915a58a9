// SPDX-License-Identifier: Apache-2.0
#include "efi/file_path.hpp"

namespace isthmus::efi {
namespace {

constexpr usize header = 4;  ///< of a node: type, subtype, length of two bytes
constexpr u8 end_type = 0x7f;
constexpr u8 media_type = 4;
constexpr u8 file_subtype = 4;

u16 two_bytes(const u8* at) {
    return static_cast<u16>(at[0] | at[1] << 8);
}

bool add_letters(FilePath& path, const u8* node, usize length) {
    for (usize at = header; at + 1 < length; at += 2) {
        const Char16 letter = two_bytes(node + at);
        if (letter == 0) {
            break;
        }
        if (!path.add(letter)) {
            return false;
        }
    }
    return true;
}

}  // namespace

FilePath folder_of(const u8* path) {
    FilePath folder;
    while (path != nullptr && path[0] != end_type) {
        const usize length = two_bytes(path + 2);
        if (length < header) {
            break;
        }
        if (path[0] == media_type && path[1] == file_subtype &&
            !add_letters(folder, path, length)) {
            return {};
        }
        path += length;
    }
    folder.cut_to_folder();
    return folder;
}

}  // namespace isthmus::efi
