// SPDX-License-Identifier: Apache-2.0
#include "efi/config.hpp"

#include <gtest/gtest.h>

namespace isthmus::efi {
namespace {

std::string problem(std::string_view text) {
    const auto config = read_config(text);
    return config ? "none"
                  : std::to_string(config.error().line) + " " + std::string(config.error().text) +
                        ": " + std::string(config.error().what);
}

TEST(EfiConfig, EveryWord) {
    const auto config = read_config(
        "# a comment\r\n\r\n  tree =board.dtb  \r\noverlay = one.dtbo\noverlay=two.dtbo\n"
        "module = /chosen/a/module@0 \t guest a.bin\nmodule = /chosen/b b.bin\nsave= booted.dtb");
    ASSERT_TRUE(config);
    EXPECT_EQ(config->tree, "board.dtb");
    EXPECT_EQ(config->save, "booted.dtb");
    ASSERT_EQ(config->overlays.size(), 2u);
    EXPECT_EQ(config->overlays[1], "two.dtbo");
    ASSERT_EQ(config->modules.size(), 2u);
    EXPECT_EQ(config->modules[0].node, "/chosen/a/module@0");
    EXPECT_EQ(config->modules[0].file, "guest a.bin");
    EXPECT_EQ(config->modules[1].file, "b.bin");
}

TEST(EfiConfig, NothingIsARightFile) {
    for (const std::string_view text :
         {"", "\n", "\xef\xbb\xbf# saved by an editor\n", "   \r\n"}) {
        EXPECT_EQ(problem(text), "none") << text;
    }
}

TEST(EfiConfig, WhatIsWrongIsNamed) {
    EXPECT_EQ(problem("\n\nkernel = x"),
              "3 kernel: known words are tree, overlay, module and save");
    EXPECT_EQ(problem("tree"), "1 tree: a line is a word, = and its value");
    EXPECT_EQ(problem("tree ="), "1 tree: a line is a word, = and its value");
    EXPECT_EQ(problem("tree = a\ntree = b"), "2 tree: named twice");
    EXPECT_EQ(problem("save = a\nsave = b"), "2 save: named twice");
    const std::string form =
        "1 module: a module is the full path of its node, a space and the name of its file";
    EXPECT_EQ(problem("module = /chosen/a"), form);
    EXPECT_EQ(problem("module = chosen/a x"), form);
    EXPECT_EQ(problem("tree = \x1b[2J"), "1 tree: not a line of ASCII text");
    EXPECT_EQ(problem("tree = b\xc3\xa4r.dtb"), "1 tree: not a line of ASCII text");
}

TEST(EfiConfig, HasRoomForSoMuch) {
    std::string text;
    for (usize i = 0; i < Config::most_overlays; ++i) {
        text += "overlay = o\n";
    }
    EXPECT_EQ(problem(text), "none");
    EXPECT_EQ(problem(text + "overlay = o\n"), "17 overlay: more than 16 overlays");
    text.clear();
    for (usize i = 0; i < Config::most_modules; ++i) {
        text += "module = /m f\n";
    }
    EXPECT_EQ(problem(text), "none");
    EXPECT_EQ(problem(text + "module = /m f\n"), "129 module: more than 128 modules");
}

}  // namespace
}  // namespace isthmus::efi
