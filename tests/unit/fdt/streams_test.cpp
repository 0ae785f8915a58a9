// SPDX-License-Identifier: Apache-2.0
#include "fdt/streams.hpp"

#include <gtest/gtest.h>

#include "fdt/scan.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using Kind = DeviceStreams::Kind;

constexpr const char* source = R"(/dts-v1/;
/ {
    #address-cells = <1>;
    #size-cells = <1>;
    first: iommu@10000 { compatible = "arm,smmu-v3"; reg = <0x10000 0x20000>; #iommu-cells = <1>; };
    second: iommu@40000 { compatible = "arm,smmu-v3"; reg = <0x40000 0x20000>; #iommu-cells = <1>; };
    off: iommu@80000 { compatible = "arm,smmu-v3"; #iommu-cells = <1>; status = "disabled"; };
    other: other { compatible = "acme,iommu"; #iommu-cells = <2>; };
    wide: iommu@c0000 { compatible = "arm,smmu-v3"; reg = <0xc0000 0x20000>; #iommu-cells = <2>; };
    plain: plain { };

    nothing { };
    one { iommus = <&second 0x27>; };
    three { iommus = <&first 1>, <&second 2>, <&first 0xffffffff>; };
    bridge { iommu-map = <0 &first 0x100 0x80>, <0x80 &second 0 0x10000>; };
    both { iommus = <&first 5>; iommu-map = <0 &second 0 1>; };
    foreign { iommus = <&first 1>, <&other 2 3>; };
    foreign-bridge { iommu-map = <0 &other 0 0x10000>; };
    unused { iommus = <&off 1>; };

    empty { iommus; };
    cut { iommus = <&first>; };
    bytes { iommus = [00 01 02]; };
    lost { iommus = <0x77 1>; };
    no-cells { iommus = <&plain 1>; };
    two-cells { iommus = <&wide 1 2>; };
    short-map { iommu-map = <0 &first 0>; };
    lost-map { iommu-map = <0 0x77 0 1>; };
    empty-map { iommu-map = <0 &first 0 0>; };
    wraps { iommu-map = <0 &first 0xffffffff 2>; };
    both-wrong { iommus = <0x77 1>; iommu-map = <0 &second 0 1>; };
};
)";

class Streams : public ::testing::Test {
  protected:
    Streams() : opened(std::string(source)) {
        smmus = scan_smmu(*opened.tree, opened.arena, opened.findings);
    }
    DeviceStreams of(std::string_view path) {
        return device_streams(*opened.tree, opened.at(path), smmus, opened.arena);
    }
    std::vector<StreamRange> ranges(std::string_view path) {
        const DeviceStreams streams = of(path);
        EXPECT_EQ(streams.kind, Kind::smmu) << path;
        return {streams.ranges.begin(), streams.ranges.end()};
    }

    test::OpenedTree opened;
    std::span<const Smmu> smmus;
};

TEST_F(Streams, NoIommuIsNamed) {
    EXPECT_EQ(of("/nothing").kind, Kind::none);
    EXPECT_EQ(of("/nothing").property, "");
}

TEST_F(Streams, Iommus) {
    ASSERT_EQ(smmus.size(), 3u);
    EXPECT_EQ(ranges("/one"), (std::vector<StreamRange>{{1, 0x27, 1}}));
    EXPECT_EQ(ranges("/three"),
              (std::vector<StreamRange>{{0, 1, 1}, {1, 2, 1}, {0, 0xffffffff, 1}}));
    EXPECT_EQ(of("/one").property, "iommus");
}

TEST_F(Streams, IommuMap) {
    EXPECT_EQ(ranges("/bridge"), (std::vector<StreamRange>{{0, 0x100, 0x80}, {1, 0, 0x10000}}));
    EXPECT_EQ(of("/bridge").property, "iommu-map");
    EXPECT_EQ(ranges("/both"), (std::vector<StreamRange>{{0, 5, 1}, {1, 0, 1}}));
}

TEST_F(Streams, AnIommuThatIsNoneOfOurs) {
    for (const char* path : {"/foreign", "/foreign-bridge"}) {
        EXPECT_EQ(of(path).kind, Kind::unknown) << path;
        EXPECT_EQ(of(path).other_path, "/other") << path;
        EXPECT_TRUE(of(path).ranges.empty()) << path;
    }
    EXPECT_EQ(of("/unused").kind, Kind::unknown);
    EXPECT_EQ(of("/unused").other_path, "/iommu@80000");
}

TEST_F(Streams, WhatCannotBeRead) {
    for (const char* path : {"/empty", "/cut", "/bytes", "/lost", "/no-cells", "/two-cells"}) {
        EXPECT_EQ(of(path).kind, Kind::malformed) << path;
        EXPECT_EQ(of(path).property, "iommus") << path;
        EXPECT_TRUE(of(path).ranges.empty()) << path;
    }
    for (const char* path : {"/short-map", "/lost-map", "/empty-map", "/wraps"}) {
        EXPECT_EQ(of(path).kind, Kind::malformed) << path;
        EXPECT_EQ(of(path).property, "iommu-map") << path;
        EXPECT_TRUE(of(path).ranges.empty()) << path;
    }
    EXPECT_EQ(of("/both-wrong").kind, Kind::malformed);
    EXPECT_EQ(of("/both-wrong").property, "iommus");
}

}  // namespace
}  // namespace isthmus::fdt
