// SPDX-License-Identifier: Apache-2.0
#include "isthmus_guest/isthmus_region.h"

#include <gtest/gtest.h>
#include <libfdt.h>

#include <array>
#include <string>
#include <vector>

#include "isthmus_guest/isthmus_shm.hpp"

namespace isthmus::guest {
namespace {

using namespace std::string_view_literals;

/// A guest's tree with the given nodes under /reserved-memory.
class GuestTree {
  public:
    explicit GuestTree(std::uint32_t cells = 2) : cells_(cells) {
        fdt_create(blob(), static_cast<int>(blob_.size()));
        fdt_finish_reservemap(blob());
        fdt_begin_node(blob(), "");
        fdt_begin_node(blob(), "reserved-memory");
        fdt_property_u32(blob(), "#address-cells", cells);
        fdt_property_u32(blob(), "#size-cells", cells);
    }
    GuestTree& begin(std::string_view id, std::uint64_t address, std::uint64_t size) {
        fdt_begin_node(blob(), ("xen-shmem@" + std::to_string(address)).c_str());
        fdt_property_string(blob(), "compatible", "xen,shared-memory-v1");
        reg(address, size);
        fdt_property(blob(), "xen,id", id.data(), static_cast<int>(id.size()));
        return *this;
    }
    GuestTree& reg(std::uint64_t address, std::uint64_t size) {
        const std::array<fdt64_t, 2> wide{cpu_to_fdt64(address), cpu_to_fdt64(size)};
        const std::array<fdt32_t, 2> narrow{cpu_to_fdt32(static_cast<std::uint32_t>(address)),
                                            cpu_to_fdt32(static_cast<std::uint32_t>(size))};
        if (cells_ == 2) {
            fdt_property(blob(), "reg", wide.data(), sizeof(wide));
        } else {
            fdt_property(blob(), "reg", narrow.data(), sizeof(narrow));
        }
        return *this;
    }
    GuestTree& cells(const char* name, std::vector<std::uint32_t> values) {
        for (std::uint32_t& value : values) {
            value = cpu_to_fdt32(value);
        }
        fdt_property(blob(), name, values.data(), static_cast<int>(values.size() * 4));
        return *this;
    }
    GuestTree& bytes(const char* name, std::string_view value) {
        fdt_property(blob(), name, value.data(), static_cast<int>(value.size()));
        return *this;
    }
    GuestTree& node(const char* name) {
        fdt_begin_node(blob(), name);
        return *this;
    }
    GuestTree& end() {
        fdt_end_node(blob());
        return *this;
    }
    const void* finish() {
        fdt_end_node(blob());
        fdt_end_node(blob());
        EXPECT_EQ(fdt_finish(blob()), 0);
        return blob();
    }
    void* blob() { return blob_.data(); }
    std::size_t size() { return fdt_totalsize(blob()); }

  private:
    std::uint32_t cells_;
    alignas(8) std::array<char, 8192> blob_{};
};

TEST(SharedRegion, IsFoundByItsName) {
    GuestTree tree;
    const void* blob = tree.begin("demo\0"sv, 0x5000'0000, 0x1'0000)
                           .cells("xen,offset", {0, 0})
                           .end()
                           .begin("other\0"sv, 0x6000'0000, 0x1000)
                           .cells("xen,offset", {0, 0x2000})
                           .end()
                           .finish();
    const auto demo = find_shared_region(blob, "demo");
    ASSERT_TRUE(demo);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(demo->bytes.data()), 0x5000'0000u);
    EXPECT_EQ(demo->bytes.size(), 0x1'0000u);
    EXPECT_EQ(demo->offset, 0u);
    const auto other = find_shared_region(blob, "other");
    ASSERT_TRUE(other);
    EXPECT_EQ(other->bytes.size(), 0x1000u);
    EXPECT_EQ(other->offset, 0x2000u);
}

TEST(SharedRegion, IsFoundByItsNumber) {
    GuestTree tree;
    const void* blob = tree.begin("\0\0\0\5"sv, 0x5000'0000, 0x1'0000).end().finish();
    EXPECT_TRUE(find_shared_region(blob, 5u));
    EXPECT_FALSE(find_shared_region(blob, 6u));
    EXPECT_FALSE(find_shared_region(blob, "5"));
}

TEST(SharedRegion, HalfANameIsNotAName) {
    GuestTree tree;
    const void* blob = tree.begin("demo\0"sv, 0x5000'0000, 0x1'0000).end().finish();
    for (const std::string_view id : {"dem", "demos", ""}) {
        EXPECT_FALSE(find_shared_region(blob, id)) << id;
    }
}

TEST(SharedRegion, NoRegionNoAnswer) {
    GuestTree tree;
    EXPECT_FALSE(find_shared_region(tree.finish(), "demo"));
    EXPECT_FALSE(find_shared_region(nullptr, "demo"));
}

TEST(SharedRegion, ATreeOfOneCellAddressesIsReadToo) {
    GuestTree tree(1);
    const auto found =
        find_shared_region(tree.begin("demo\0"sv, 0x5000'0000, 0x1000).end().finish(), "demo");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->shown.address, 0x5000'0000u);
    EXPECT_EQ(found->shown.size, 0x1000u);
}

TEST(SharedRegion, SaysHowItIsShown) {
    GuestTree tree;
    const void* blob = tree.begin("plain\0"sv, 0x5000'0000, 0x1000)
                           .bytes("no-map", "")
                           .end()
                           .begin("disk\0"sv, 0x6000'0000, 0x20'0000)
                           .bytes("no-map", "")
                           .bytes("isthmus,access", "ro\0"sv)
                           .end()
                           .begin("ram\0"sv, 0x7000'0000, 0x1000)
                           .end()
                           .node("pmem")
                           .bytes("compatible", "pmem-region\0"sv)
                           .reg(0x6000'0000, 0x20'0000)
                           .end()
                           .finish();
    EXPECT_EQ(find_shared_region(blob, "plain")->shown.presentation, ISTHMUS_RESERVED);
    EXPECT_EQ(find_shared_region(blob, "disk")->shown.presentation, ISTHMUS_PMEM);
    EXPECT_EQ(find_shared_region(blob, "ram")->shown.presentation, ISTHMUS_XEN);
    EXPECT_TRUE(find_shared_region(blob, "plain")->shown.writable);
    EXPECT_FALSE(find_shared_region(blob, "disk")->shown.writable);
}

class Doorbells : public testing::Test {
  protected:
    Doorbells() {
        tree.begin("demo\0"sv, 0x5000'0000, 0x1000)
            .bytes("isthmus,parties", "guest-a\0guest-b\0guest-c\0"sv)
            .cells("isthmus,party", {1})
            .cells("isthmus,doorbells", {3, 0xffff'ffff, 4})
            .cells("isthmus,event-channels", {0, 0, 7})
            .cells("interrupts", {0, 42, 1})
            .end()
            .node("gpio@9000000")
            .bytes("compatible", "arm,pl061\0arm,primecell\0"sv)
            .reg(0x900'0000, 0x1000)
            .cells("interrupts", {0, 9, 4})
            .bytes("gpio-line-names", "demo.guest-a.ring\0demo.guest-a.rung\0"sv)
            .end();
        tree.finish();
        EXPECT_EQ(isthmus_find_region(tree.blob(), tree.size(), "demo", &region), ISTHMUS_OK);
    }
    GuestTree tree;
    isthmus_region region{};
};

TEST_F(Doorbells, OfEachParty) {
    EXPECT_EQ(region.parties, 3u);
    EXPECT_EQ(region.party, 1u);
    EXPECT_EQ(region.interrupt, 74u);
    EXPECT_EQ(isthmus_doorbell_to(&region, 0), 3u);
    EXPECT_EQ(isthmus_doorbell_to(&region, 1), ISTHMUS_NO_DOORBELL);
    EXPECT_EQ(isthmus_doorbell_to(&region, 3), ISTHMUS_NO_DOORBELL);
    EXPECT_EQ(isthmus_event_channel_to(&region, 2), 7u);
    EXPECT_EQ(isthmus_event_channel_to(&region, 3), 0u);
}

TEST_F(Doorbells, PartiesHaveNames) {
    EXPECT_STREQ(isthmus_party_name(&region, 2), "guest-c");
    EXPECT_EQ(isthmus_party_name(&region, 3), nullptr);
    std::uint32_t party = 9;
    EXPECT_EQ(isthmus_find_party(&region, "guest-b", &party), ISTHMUS_OK);
    EXPECT_EQ(party, 1u);
    EXPECT_EQ(isthmus_find_party(&region, "guest", &party), ISTHMUS_NOT_FOUND);
}

TEST_F(Doorbells, LinesHaveNames) {
    char name[32];
    ASSERT_EQ(isthmus_line_name(&region, 0, "rung", name, sizeof(name)), ISTHMUS_OK);
    EXPECT_STREQ(name, "demo.guest-a.rung");
    isthmus_line line{};
    ASSERT_EQ(isthmus_find_line(tree.blob(), tree.size(), name, &line), ISTHMUS_OK);
    EXPECT_EQ(line.address, 0x900'0000u);
    EXPECT_EQ(line.line, 1u);
    EXPECT_EQ(line.interrupt, 41u);
    EXPECT_EQ(isthmus_find_line(tree.blob(), tree.size(), "demo", &line), ISTHMUS_NOT_FOUND);
    EXPECT_EQ(isthmus_line_name(&region, 0, "rung", name, 17), ISTHMUS_TOO_LONG);
    EXPECT_EQ(isthmus_line_name(&region, 0, "rung", name, 18), ISTHMUS_OK);
    EXPECT_EQ(isthmus_line_name(&region, 5, "rung", name, sizeof(name)), ISTHMUS_NOT_FOUND);
}

TEST(LineName, OfANumberedRegionIsTheNumber) {
    for (const auto& [number, name] :
         {std::pair{7u, "7.b.ring"}, {0xffff'ffffu, "4294967295.b.ring"}, {0u, "0.b.ring"}}) {
        GuestTree tree;
        const std::array<char, 4> id{static_cast<char>(number >> 24),
                                     static_cast<char>(number >> 16),
                                     static_cast<char>(number >> 8), static_cast<char>(number)};
        tree.begin({id.data(), id.size()}, 0x5000'0000, 0x1000)
            .bytes("isthmus,parties", "a\0b\0"sv)
            .cells("isthmus,party", {0})
            .end();
        tree.finish();
        isthmus_region region{};
        ASSERT_EQ(isthmus_find_numbered_region(tree.blob(), tree.size(), number, &region),
                  ISTHMUS_OK);
        char text[32];
        ASSERT_EQ(isthmus_line_name(&region, 1, "ring", text, sizeof(text)), ISTHMUS_OK);
        EXPECT_STREQ(text, name);
    }
}

TEST(Tree, CutOffAnywhereItIsAnErrorAndNoFault) {
    GuestTree tree;
    tree.begin("demo\0"sv, 0x5000'0000, 0x1000).end();
    tree.finish();
    isthmus_region region{};
    for (std::size_t size = 0; size < tree.size(); ++size) {
        const std::vector<char> part(static_cast<char*>(tree.blob()),
                                     static_cast<char*>(tree.blob()) + size);
        EXPECT_EQ(isthmus_find_region(part.data(), part.size(), "demo", &region), ISTHMUS_BAD_TREE)
            << size;
    }
}

}  // namespace
}  // namespace isthmus::guest
