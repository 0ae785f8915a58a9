// SPDX-License-Identifier: Apache-2.0
// Names of files for firmware: beside the loader's own file, whatever folder that is in.
#pragma once

#include <array>
#include <string_view>

#include "efi/protocol.hpp"

namespace isthmus::efi {

/// A path from the root of a file system, NUL at its end.
class FilePath {
  public:
    static constexpr usize longest = 255;

    /// False when it would become longer than `longest`.
    bool add(Char16 letter) {
        if (size_ == longest) {
            return false;
        }
        letters_[size_++] = letter;
        letters_[size_] = 0;
        return true;
    }
    /// Everything behind the last backslash goes.
    void cut_to_folder() {
        while (size_ > 0 && letters_[size_ - 1] != u'\\') {
            --size_;
        }
        letters_[size_] = 0;
    }
    /// Adds a name in ASCII, in which `/` stands for `\`, as a folder in this one or, when it
    /// begins with one of them, from the root. False when it is too long.
    bool add_name(std::string_view name) {
        if (!name.empty() && (name.front() == '/' || name.front() == '\\')) {
            size_ = 0;
        }
        for (const char letter : name) {
            if (!add(letter == '/' ? u'\\' : static_cast<Char16>(static_cast<u8>(letter)))) {
                return false;
            }
        }
        return true;
    }
    const Char16* text() const { return letters_.data(); }

  private:
    std::array<Char16, longest + 1> letters_{};
    usize size_ = 0;
};

/// The folder of the file that a device path names (UEFI specification, 10.3.5.4: nodes of type 4,
/// subtype 4); the root when it names none, or one that is too long. `path` may be null; else it
/// ends in an end node.
FilePath folder_of(const u8* path);

}  // namespace isthmus::efi
