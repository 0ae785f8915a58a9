// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared_region.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace isthmus::guest {
namespace {

/// A guest's tree with the given nodes under /reserved-memory.
class GuestTree {
  public:
    GuestTree() {
        fdt_create(blob_.data(), static_cast<int>(blob_.size()));
        fdt_finish_reservemap(blob_.data());
        fdt_begin_node(blob_.data(), "");
        fdt_begin_node(blob_.data(), "reserved-memory");
    }
    /// `offset` of ~0: without the property.
    GuestTree& region(std::string_view id, std::uint64_t address, std::uint64_t size,
                      std::uint64_t offset) {
        void* blob = blob_.data();
        fdt_begin_node(blob, ("xen-shmem@" + std::to_string(address)).c_str());
        fdt_property_string(blob, "compatible", "xen,shared-memory-v1");
        const std::array<fdt64_t, 2> reg{cpu_to_fdt64(address), cpu_to_fdt64(size)};
        fdt_property(blob, "reg", reg.data(), sizeof(reg));
        fdt_property(blob, "xen,id", id.data(), static_cast<int>(id.size()));
        if (offset != ~std::uint64_t{0}) {
            fdt_property_u64(blob, "xen,offset", offset);
        }
        fdt_end_node(blob);
        return *this;
    }
    const void* finish() {
        fdt_end_node(blob_.data());
        fdt_end_node(blob_.data());
        fdt_finish(blob_.data());
        return blob_.data();
    }

  private:
    alignas(8) std::array<char, 4096> blob_{};
};

using namespace std::string_view_literals;

TEST(SharedRegion, IsFoundByItsName) {
    GuestTree tree;
    const void* blob = tree.region("demo\0"sv, 0x5000'0000, 0x1'0000, 0)
                           .region("other\0"sv, 0x6000'0000, 0x1000, 0x2000)
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
    const void* blob = tree.region("\0\0\0\5"sv, 0x5000'0000, 0x1'0000, ~std::uint64_t{0}).finish();
    EXPECT_TRUE(find_shared_region(blob, 5u));
    EXPECT_FALSE(find_shared_region(blob, 6u));
}

TEST(SharedRegion, HalfANameIsNotAName) {
    GuestTree tree;
    const void* blob = tree.region("demo\0"sv, 0x5000'0000, 0x1'0000, 0).finish();
    EXPECT_FALSE(find_shared_region(blob, "dem"));
    EXPECT_FALSE(find_shared_region(blob, "demos"));
    EXPECT_FALSE(find_shared_region(blob, ""));
}

TEST(SharedRegion, NoRegionNoAnswer) {
    GuestTree tree;
    EXPECT_FALSE(find_shared_region(tree.finish(), "demo"));
}

}  // namespace
}  // namespace isthmus::guest
