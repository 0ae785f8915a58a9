// SPDX-License-Identifier: Apache-2.0
#include "fdt/loader_tree.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::Blob;

HostRange range(u64 start, u64 end) {
    return *HostRange::between(HostAddress(start), HostAddress(end));
}

struct EditedLoaderTree {
    explicit EditedLoaderTree(const std::string& body, usize room = 8192)
        : blob(test::compile_dts("/dts-v1/; / { " + body + " };")),
          buffer(room),
          tree(LoaderTree::open(blob, buffer)) {}

    std::string text() {
        const auto whole = tree->finish();
        return test::decompile(Blob(whole->begin(), whole->end()));
    }
    bool has(const std::string& part) { return text().find(part) != std::string::npos; }

    Blob blob;
    Blob buffer;
    Result<LoaderTree> tree;
};

constexpr const char* two_guests = R"(
    chosen {
        #address-cells = <1>; #size-cells = <1>;
        module@0 { xen,uefi-binary = "zero"; reg = <0 1>; };
        a { #address-cells = <2>; #size-cells = <2>; module@0 { xen,uefi-binary = "one"; }; };
        b { #address-cells = <1>; #size-cells = <1>; module { x = <7>; xen,uefi-binary = "two"; }; };
    };
    other { xen,uefi-binary = "elsewhere"; };)";

TEST(LoaderTree, ModulesGetTheirPlaces) {
    EditedLoaderTree edited(two_guests);
    auto& tree = *edited.tree;
    auto module = tree.waiting_module();
    ASSERT_TRUE(module);
    EXPECT_EQ(module->file, "one");
    std::array<char, 64> path{};
    EXPECT_EQ(tree.path_of(module->node, path), "/chosen/a/module@0");
    EXPECT_EQ(tree.path_of(module->node, std::span(path).first(4)), "a node of a long path");
    EXPECT_TRUE(tree.set_reg(module->node, range(0x8'4000'0000, 0x8'4000'1234)));
    module = tree.waiting_module();
    ASSERT_TRUE(module);
    EXPECT_EQ(module->file, "two");
    EXPECT_EQ(tree.set_reg(module->node, range(0x8'4000'0000, 0x8'4000'1234)).error(),
              Error::out_of_range);
    EXPECT_TRUE(tree.set_reg(module->node, range(0x4000'0000, 0x4000'1234)));
    EXPECT_FALSE(tree.waiting_module());
    EXPECT_TRUE(edited.has("reg = <0x08 0x40000000 0x00 0x1234>"));
    EXPECT_TRUE(edited.has("reg = <0x40000000 0x1234>"));
}

TEST(LoaderTree, AFileThatIsNamedElsewhereTakesThePlaceOfReg) {
    EditedLoaderTree edited(two_guests);
    EXPECT_TRUE(edited.tree->name_file("/chosen/module@0", "kernel"));
    EXPECT_EQ(edited.tree->waiting_module()->file, "kernel");
    EXPECT_TRUE(edited.tree->name_file("/chosen/b/module", "other file"));
    EXPECT_EQ(edited.tree->name_file("/chosen/c/module", "x").error(), Error::not_found);
    EXPECT_FALSE(edited.has("reg = <0x00 0x01>"));
    EXPECT_TRUE(edited.has("xen,uefi-binary = \"other file\""));
}

TEST(LoaderTree, MemoryIsAddedInTheRootsCells) {
    EditedLoaderTree edited("#address-cells = <2>; #size-cells = <1>;");
    EXPECT_FALSE(edited.tree->has_memory());
    const HostRange ram[] = {range(0x4000'0000, 0x5000'0000), range(0x8'0000'0000, 0x8'0001'0000)};
    EXPECT_TRUE(edited.tree->add_memory({}));
    EXPECT_FALSE(edited.tree->has_memory());
    EXPECT_TRUE(edited.tree->add_memory(ram));
    EXPECT_TRUE(edited.tree->has_memory());
    EXPECT_TRUE(edited.has("memory@40000000"));
    EXPECT_TRUE(edited.has("reg = <0x00 0x40000000 0x10000000 0x08 0x00 0x10000>"));
    EditedLoaderTree narrow("#address-cells = <1>; #size-cells = <1>;");
    EXPECT_EQ(narrow.tree->add_memory(ram).error(), Error::out_of_range);
    EXPECT_TRUE(EditedLoaderTree("memory { device_type = \"memory\"; };").tree->has_memory());
    EXPECT_FALSE(EditedLoaderTree("memory { device_type = \"memo\"; };").tree->has_memory());
}

TEST(LoaderTree, WhatFirmwareKeepsIsReserved) {
    const HostRange kept[] = {range(0x4000'0000, 0x4000'1000), range(0x4800'0000, 0x4900'0000)};
    EditedLoaderTree edited("chosen {};");
    EXPECT_TRUE(edited.tree->reserve({}));
    EXPECT_FALSE(edited.has("reserved-memory"));
    EditedLoaderTree fresh("chosen {};");
    EXPECT_TRUE(fresh.tree->reserve(kept));
    EXPECT_TRUE(fresh.has("efi-firmware@48000000"));
    EXPECT_TRUE(fresh.has("reg = <0x00 0x48000000 0x00 0x1000000>"));
    EXPECT_TRUE(fresh.has("ranges;"));
    EditedLoaderTree old(
        "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; s@1 { reg = <1 1>; }; "
        "};");
    EXPECT_TRUE(old.tree->reserve(kept));
    EXPECT_TRUE(old.has("reg = <0x48000000 0x1000000>"));
    EXPECT_TRUE(old.has("reg = <0x01 0x01>"));
}

TEST(LoaderTree, OverlaysAddGuests) {
    EditedLoaderTree edited("chosen { bootargs = \"x\"; };");
    Blob overlay = test::compile_dts(
        "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"/chosen\"; __overlay__ { "
        "guest-a { cpus = <1>; }; }; }; };");
    EXPECT_TRUE(edited.tree->apply_overlay(overlay));
    EXPECT_TRUE(edited.has("guest-a"));
    Blob nowhere = test::compile_dts(
        "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"/nowhere\"; __overlay__ {}; }; };");
    EXPECT_EQ(edited.tree->apply_overlay(nowhere).error(), Error::invalid_argument);
    Blob damaged = overlay;
    damaged.resize(damaged.size() / 2);
    EXPECT_EQ(edited.tree->apply_overlay(damaged).error(), Error::invalid_argument);
}

TEST(LoaderTree, RefusesWhatIsNoTree) {
    Blob buffer(4096);
    EXPECT_EQ(LoaderTree::open({}, buffer).error(), Error::invalid_argument);
    Blob blob = test::compile_dts("/dts-v1/; / { chosen {}; };");
    EXPECT_TRUE(LoaderTree::open(blob, buffer));
    EXPECT_EQ(LoaderTree::open(blob, std::span(buffer).first(blob.size() / 2)).error(),
              Error::out_of_memory);
    EXPECT_EQ(LoaderTree::open(blob, std::span(buffer).subspan(4)).error(),
              Error::invalid_argument);
    blob[60] ^= std::byte{0xff};  // in the structure block
    EXPECT_EQ(LoaderTree::open(blob, buffer).error(), Error::invalid_argument);
}

TEST(LoaderTree, SaysWhenThereIsNoRoom) {
    EditedLoaderTree edited(
        "chosen { a { #address-cells = <2>; #size-cells = <2>; m { "
        "xen,uefi-binary = \"f\"; }; }; };",
        250);
    const auto module = edited.tree->waiting_module();
    ASSERT_TRUE(module);
    EXPECT_EQ(edited.tree->reserve({{range(0, 1), range(2, 3)}}).error(), Error::out_of_memory);
}

}  // namespace
}  // namespace isthmus::fdt
