// SPDX-License-Identifier: Apache-2.0
// Prints the guest's own device tree in hexadecimal, 32 bytes a line, for a test to read.
#include "runtime/runtime.hpp"

namespace isthmus::guest {

void guest_main() {
    const auto* bytes = static_cast<const u8*>(tree().blob());
    const u32 size = tree().size();
    for (u32 at = 0; at < size; at += 32) {
        TextBuffer<64> line;
        for (u32 i = at; i < size && i < at + 32; ++i) {
            constexpr std::string_view digits = "0123456789abcdef";
            line.write({&digits[bytes[i] >> 4], 1});
            line.write({&digits[bytes[i] & 0xf], 1});
        }
        say("dump: {}", line.view());
    }
    say("dump: end {}", size);
}

}  // namespace isthmus::guest
