// SPDX-License-Identifier: Apache-2.0
#include "efi/file_path.hpp"

#include <gtest/gtest.h>

#include "efi/tree_size.hpp"

namespace isthmus::efi {
namespace {

void add_node(std::vector<u8>& path, u8 type, u8 subtype, std::u16string_view text) {
    const usize length = 4 + 2 * text.size();
    path.insert(path.end(),
                {type, subtype, static_cast<u8>(length & 0xff), static_cast<u8>(length >> 8)});
    for (const char16_t letter : text) {
        path.push_back(static_cast<u8>(letter & 0xff));
        path.push_back(static_cast<u8>(letter >> 8));
    }
}
std::u16string folder(std::initializer_list<std::u16string_view> files) {
    std::vector<u8> path;
    add_node(path, 1, 1, u"\x1234");  // hardware of some kind
    for (const auto file : files) {
        add_node(path, 4, 4, file);
    }
    add_node(path, 0x7f, 0xff, u"");
    return folder_of(path.data()).text();
}

TEST(EfiFilePath, FolderOfTheLoader) {
    using namespace std::literals;
    EXPECT_EQ(folder({u"\\EFI\\BOOT\\BOOTAA64.EFI\0"sv}), u"\\EFI\\BOOT\\");
    EXPECT_EQ(folder({u"\\EFI\\BOOT", u"\\x.efi"}), u"\\EFI\\BOOT\\");
    EXPECT_EQ(folder({u"\\isthmus"}), u"\\");
    EXPECT_EQ(folder({u"isthmus"}), u"");
    EXPECT_EQ(folder({}), u"");
    EXPECT_EQ(folder({std::u16string(300, u'\\')}), u"");
    EXPECT_EQ(folder_of(nullptr).text(), std::u16string());
    const u8 endless[] = {4, 4, 0, 0};
    EXPECT_EQ(folder_of(endless).text(), std::u16string());
}

TEST(EfiFilePath, NamesAreBesideItOrFromTheRoot) {
    FilePath path;
    EXPECT_TRUE(path.add_name("/EFI/isthmus/"));
    FilePath beside = path;
    EXPECT_TRUE(beside.add_name("guests/a.bin"));
    EXPECT_EQ(beside.text(), std::u16string(u"\\EFI\\isthmus\\guests\\a.bin"));
    EXPECT_TRUE(path.add_name("/a.bin"));
    EXPECT_EQ(path.text(), std::u16string(u"\\a.bin"));
    EXPECT_FALSE(path.add_name(std::string(250, 'x')));
}

TEST(EfiTreeSize, IsTheHeadersWord) {
    std::array<std::byte, 8> header{};
    EXPECT_EQ(tree_size(header), 0u);
    header = {std::byte{0xd0}, std::byte{0x0d}, std::byte{0xfe}, std::byte{0xed},
              std::byte{0},    std::byte{1},    std::byte{2},    std::byte{3}};
    EXPECT_EQ(tree_size(header), 0x10203u);
}

}  // namespace
}  // namespace isthmus::efi
