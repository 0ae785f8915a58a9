// SPDX-License-Identifier: Apache-2.0
#include "isthmus/visible.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/support/console_reader.hpp"

namespace isthmus {
namespace {

class Text final : public TextSink {
  public:
    void write(std::string_view text) override { text_ += text; }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string visible(std::string_view text, usize from = 0, TextForm form = TextForm::utf8) {
    Text out;
    write_visible(out, text, from, form);
    return out.text();
}

TEST(Visible, EveryByteByItself) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string text(1, static_cast<char>(byte));
        constexpr std::string_view digits = "0123456789abcdef";
        const std::string shown{'<', digits[byte >> 4], digits[byte & 0xf], '>'};
        const bool is_plain = (byte >= 0x20 && byte < 0x7f) || byte == '\t';
        EXPECT_EQ(visible(text), is_plain ? text : shown) << byte;
        EXPECT_EQ(visible(text, 0, TextForm::ascii), is_plain ? text : shown) << byte;
        EXPECT_EQ(visible(text, 0, TextForm::raw), text) << byte;
    }
}

TEST(Visible, WellFormedTextPassesAndControlsDoNot) {
    EXPECT_EQ(visible("gr\u00fc\u00df \u4e16 \U0001f600\t|"),
              "gr\u00fc\u00df \u4e16 \U0001f600\t|");
    EXPECT_EQ(visible("\u00fc", 0, TextForm::ascii), "<c3><bc>");
    EXPECT_EQ(visible("\x1b[2J\r\nisthmus| no"), "<1b>[2J<0d><0a>isthmus| no");
    EXPECT_EQ(visible("\xc2\x9b"
                      "6n"),
              "<c2><9b>6n");  // C1 in UTF-8
    EXPECT_EQ(visible("\xe0\x82\x9b|\xf0\x80\x82\x9b"),
              "<e0><82><9b>|<f0><80><82><9b>");  // overlong
    EXPECT_EQ(visible("\xc0\x9b\xc1\xbf"), "<c0><9b><c1><bf>");
    EXPECT_EQ(visible("\xed\xa0\x80"), "<ed><a0><80>");          // a surrogate
    EXPECT_EQ(visible("\xf4\x90\x80\x80"), "<f4><90><80><80>");  // beyond the last
    EXPECT_EQ(visible("\xe2\x82 \xe2\x82"), "<e2><82> <e2><82>");
    EXPECT_EQ(visible("\u202e\u2028\u200b\ufeff"),
              "<e2><80><ae><e2><80><a8><e2><80><8b><ef><bb><bf>");
}

TEST(Visible, WhatLooksLikeAByteIsNone) {
    EXPECT_EQ(visible("<1b>"), "<1b<3e>");
    EXPECT_EQ(visible("<<1b>>"), "<<1b<3e>>");
    EXPECT_EQ(visible("<1B> <1> <b > <-> <1bc>"), "<1B> <1> <b > <-> <1bc>");
    EXPECT_EQ(visible("\x1b"
                      "1b>"),
              "<1b>1b>");
    EXPECT_EQ(visible("<1b>", 0, TextForm::ascii), "<1b<3e>");
    EXPECT_EQ(visible("<1b>", 3), "<3e>");  // looks back at what was shown before
}

/// All texts of up to five bytes of those on which something depends.
TEST(Visible, IsHarmlessAndCanBeUndoneWhateverItIs) {
    constexpr std::string_view alphabet = "<>1b\x1b\xc2\x9b\xe2\x80\xf0";
    std::string text;
    const auto all = [&](const auto& self, usize left) -> void {
        const std::string shown = visible(text);
        ASSERT_TRUE(test::is_harmless(shown)) << shown;
        ASSERT_EQ(test::decoded(shown), text);
        ASSERT_EQ(test::decoded(visible(text, 0, TextForm::ascii)), text);
        for (usize i = 0; left != 0 && i < alphabet.size(); ++i) {
            text.push_back(alphabet[i]);
            self(self, left - 1);
            text.pop_back();
        }
    };
    all(all, 5);
}

TEST(Visible, WhatIsUnfinished) {
    EXPECT_EQ(unfinished_character(""), 0u);
    EXPECT_EQ(unfinished_character("ab"), 0u);
    EXPECT_EQ(unfinished_character("a\xc3"), 1u);
    EXPECT_EQ(unfinished_character("a\xe2\x82"), 2u);
    EXPECT_EQ(unfinished_character("a\xf0\x9f\x98"), 3u);
    EXPECT_EQ(unfinished_character("\u00fc"), 0u);
    EXPECT_EQ(unfinished_character("\U0001f600"), 0u);
    EXPECT_EQ(unfinished_character("\x80\x80\x80\x80"), 0u);
    EXPECT_EQ(unfinished_look_alike("a<"), 1u);
    EXPECT_EQ(unfinished_look_alike("a<1"), 2u);
    EXPECT_EQ(unfinished_look_alike("a<1b"), 3u);
    EXPECT_EQ(unfinished_look_alike("a<1bc"), 0u);
    EXPECT_EQ(unfinished_look_alike("a1b"), 0u);
}

TEST(Visible, ArgumentsOfMessagesAreShownSo) {
    Text out;
    print(out, "{} {-8}|{}\n", "\x1b[2J", "\a", '\r');
    EXPECT_EQ(out.text(), "<1b>[2J <07>    |<0d>\n");
}

}  // namespace
}  // namespace isthmus
