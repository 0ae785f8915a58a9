// SPDX-License-Identifier: Apache-2.0
#include "fdt/tree_edit.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

constexpr std::string_view source = R"(/dts-v1/;
/memreserve/ 0x40000000 0x1000;
/memreserve/ 0x48000000 0x10000;
/ {
    model = "m";
    a { id = <7>; b { id = <8>; empty; }; };
    c { id = <9>; };
};
)";

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

struct EditedTree {
    explicit EditedTree(std::span<const PropertyEdit> edits, usize room = 4096)
        : blob(test::compile_dts(std::string(source))), buffer(room) {
        blob[31] = std::byte{3};  // boot_cpuid_phys
        result = edit_properties(blob, edits, buffer);
    }
    test::OpenedTree opened() const {
        return test::OpenedTree(test::Blob(result->begin(), result->end()));
    }

    test::Blob blob;
    std::vector<std::byte> buffer;
    Result<std::span<const std::byte>> result;
};

TEST(TreeEdit, OnlyTheNamedPropertiesChange) {
    const std::array edits{PropertyEdit{2, "id", bytes_of({"longer text", 12})},
                           PropertyEdit{3, "id", bytes_of({"x", 2})}};
    const EditedTree edited(edits);
    ASSERT_TRUE(edited.result);
    const test::OpenedTree tree = edited.opened();
    ASSERT_TRUE(tree.tree) << tree.lines();
    EXPECT_EQ(tree.at("/a").property("id")->cell(0), 7u);
    EXPECT_EQ(tree.at("/a/b").text("id"), "longer text");
    EXPECT_TRUE(tree.at("/a/b").has("empty"));
    EXPECT_EQ(tree.at("/c").text("id"), "x");
    EXPECT_EQ(test::dtc_complaints(tree.blob), "");
}

TEST(TreeEdit, HeaderAndReservationsStay) {
    const std::array edits{PropertyEdit{1, "id", bytes_of({"text", 5})}};
    const EditedTree edited(edits);
    ASSERT_TRUE(edited.result);
    const test::OpenedTree tree = edited.opened();
    ASSERT_EQ(tree.tree->reservations().size(), 2u);
    EXPECT_EQ(tree.tree->reservations()[1].address, 0x48000000u);
    EXPECT_EQ(tree.tree->reservations()[1].size, 0x10000u);
    EXPECT_EQ(tree.blob[31], std::byte{3});
}

TEST(TreeEdit, APropertyThatIsNotThereIsAdded) {
    const std::array edits{PropertyEdit{0, "new", {}}};
    const EditedTree edited(edits);
    ASSERT_TRUE(edited.result);
    EXPECT_TRUE(edited.opened().tree->root().has("new"));
}

TEST(TreeEdit, ABufferThatIsTooSmallIsAnError) {
    const std::array edits{PropertyEdit{1, "id", bytes_of({"a longer text than there was", 29})}};
    const usize needed = test::compile_dts(std::string(source)).size() + 28;
    for (usize room = 0; room < needed; room += 8) {
        const EditedTree edited(edits, room);
        ASSERT_FALSE(edited.result) << room;
        EXPECT_EQ(edited.result.error(), Error::out_of_memory) << room;
    }
}

TEST(TreeEdit, ANodeThatIsNotThereIsAnError) {
    const std::array edits{PropertyEdit{4, "id", {}}};
    EXPECT_EQ(EditedTree(edits).result.error(), Error::not_found);
}

}  // namespace
}  // namespace isthmus::fdt
