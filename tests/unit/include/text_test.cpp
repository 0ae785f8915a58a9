// SPDX-License-Identifier: Apache-2.0
#include "isthmus/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus {
namespace {

template <class... Args>
std::string text(std::string_view format, const Args&... args) {
    TextBuffer<128> out;
    print(out, format, args...);
    return std::string(out.view());
}

TEST(Text, WritesEachKindOfValue) {
    EXPECT_EQ(text("{} {} {}", 0u, ~u64{0}, -7), "0 18446744073709551615 -7");
    EXPECT_EQ(text("{x}", 0xabcu), "0xabc");
    EXPECT_EQ(text("{} {} {}", true, 'c', "text"), "yes c text");
    EXPECT_EQ(text("plain"), "plain");
}

TEST(Text, ABufferKeepsWhatFits) {
    TextBuffer<4> out;
    out.write("abcdef");
    EXPECT_EQ(out.view(), "abcd");
    out.clear();
    EXPECT_EQ(out.view(), "");
}

}  // namespace
}  // namespace isthmus
