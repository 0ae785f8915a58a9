// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan/sha256.hpp"

namespace isthmus::dom0less {

TextBuffer<64> digest_text(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    TextBuffer<64> text;
    for (const u8 byte : digest) {
        const std::array<char, 2> pair = {digits[byte >> 4], digits[byte & 15]};
        text.write({pair.data(), pair.size()});
    }
    return text;
}

}  // namespace isthmus::dom0less
