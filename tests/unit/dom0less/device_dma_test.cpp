// SPDX-License-Identifier: Apache-2.0
// What devices may reach by themselves, and whose streams are whose.
#include "dom0less/devices/dma.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::DeviceStreams;
using fdt::StreamRange;

class DeviceDmaTest : public ::testing::Test {
  protected:
    DeviceDmaTest() {
        smmus_[0].path = "/smmu0";
        smmus_[1].path = "/smmu1";
        host_.smmus = smmus_;
        config_.devices = {&machines_, 1};
        config_.domains = domains_;
        domains_[0].path = "/chosen/a";
        domains_[1].path = "/chosen/b";
        device_.path = "/chosen/a/tree:/passthrough/dev";
        device_.host_device = 0;
    }
    std::string check() {
        Findings findings(arena_);
        check_dma(input_, domains_[0], device_, findings);
        return said(findings);
    }
    static std::string said(const Findings& findings) {
        TextBuffer<512> text;
        for (const Finding& finding : findings.items()) {
            print_finding(text, finding);
        }
        return std::string(text.view());
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    std::array<fdt::Smmu, 2> smmus_;
    fdt::HostDescription host_;
    HostDevice machines_;
    std::array<DomainConfig, 2> domains_;
    SystemConfig config_;
    Options options_;
    AssignedDeviceConfig device_;
    PlanInput input_{host_, config_, options_, {}, {}};
};

TEST_F(DeviceDmaTest, DmaByTheMachinesAddressesNeedsADirectMap) {
    device_.is_forced = true;
    machines_.path = "/disk";
    EXPECT_EQ(check(), "") << "nothing says that it masters the bus";
    machines_.masters_bus = true;
    EXPECT_EQ(
        check(),
        "warning[dev-address] /chosen/a/tree:/passthrough/dev xen,path: /disk does DMA by the "
        "machine's addresses, and /chosen/a is not direct-mapped: its drivers will give it "
        "others");
    domains_[0].direct_map = true;
    EXPECT_EQ(check(), "");
    domains_[0].direct_map = false;
    machines_.streams.kind = DeviceStreams::Kind::unknown;
    EXPECT_NE(check(), "") << "nobody programs that IOMMU";
    machines_.streams.kind = DeviceStreams::Kind::smmu;
    EXPECT_EQ(check(), "") << "the SMMU translates, or says that it cannot";
    device_.host_device = std::nullopt;
    EXPECT_EQ(check(), "");
}

TEST_F(DeviceDmaTest, AnSmmuIsEnoughAndSoIsForce) {
    machines_.streams.kind = DeviceStreams::Kind::smmu;
    EXPECT_EQ(check(), "");
    machines_.streams.kind = DeviceStreams::Kind::none;
    device_.is_forced = true;
    EXPECT_EQ(check(), "");
}

TEST_F(DeviceDmaTest, ElseItIsSaidWhy) {
    EXPECT_NE(check().find("no IOMMU holds back its DMA"), std::string::npos);
    machines_.streams.kind = DeviceStreams::Kind::unknown;
    EXPECT_NE(check().find("its IOMMU is none that Isthmus drives"), std::string::npos);
    machines_.streams.kind = DeviceStreams::Kind::malformed;
    EXPECT_NE(check().find("cannot be read"), std::string::npos);
    device_.host_device.reset();
    EXPECT_NE(check().find("registers alone"), std::string::npos);
}

TEST_F(DeviceDmaTest, ADomainThatWantsNoneMustForce) {
    machines_.streams.kind = DeviceStreams::Kind::smmu;
    domains_[0].no_passthrough = true;
    EXPECT_NE(check().find("is \"disabled\""), std::string::npos);
}

TEST_F(DeviceDmaTest, StreamsAreSortedAndEachOnce) {
    const std::array<StreamRange, 6> streams{
        {{1, 0, 4}, {0, 8, 2}, {0, 0, 4}, {0, 2, 6}, {0, 100, 1}, {0, 0xffff'fff0, 16}}};
    const auto merged = merge_streams(streams, arena_);
    const std::vector<StreamRange> wanted{{0, 0, 10}, {0, 100, 1}, {0, 0xffff'fff0, 16}, {1, 0, 4}};
    EXPECT_EQ(std::vector<StreamRange>(merged.begin(), merged.end()), wanted);
    EXPECT_TRUE(merge_streams({}, arena_).empty());
}

TEST_F(DeviceDmaTest, AStreamHasOneDomain) {
    const std::array<StreamRange, 2> one{{{0, 0, 4}, {1, 8, 8}}};
    std::array<StreamRange, 1> other{{{1, 4, 4}}};
    const auto check_both = [&] {
        const std::array<DeviceShare, 2> shares{{{{}, {}, {}, one}, {{}, {}, {}, other}}};
        Findings findings(arena_);
        check_streams(input_, shares, findings);
        return said(findings);
    };
    EXPECT_EQ(check_both(), "");
    other[0].count = 5;
    EXPECT_EQ(check_both(),
              "error[dev-iommu] /chosen/b: stream 0x8 of /smmu1 is that of a device of "
              "/chosen/a, too");
}

}  // namespace
}  // namespace isthmus::dom0less
