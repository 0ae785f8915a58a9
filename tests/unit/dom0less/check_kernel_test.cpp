// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/check.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "tests/unit/support/deflate_writer.hpp"
#include "tests/unit/support/kernel_bytes.hpp"
#include "tests/unit/support/opened_tree.hpp"
#include "tests/unit/support/uimage_bytes.hpp"

namespace isthmus::dom0less {
namespace {

using test::Bytes;
using test::gzip_stored;
using test::kernel_bytes;
using test::uimage_bytes;

DomainPlan domain(u64 window, u64 module_at = 0x48000000, u64 module_size = 8 * MiB) {
    DomainPlan plan;
    plan.path = "/chosen/domU1";
    plan.kernel = {*HostRange::from(HostAddress(module_at), module_size), "/chosen/domU1/kernel"};
    plan.kernel_window = *GuestRange::from(GuestAddress(0x40000000), window);
    return plan;
}

class CheckKernel : public testing::Test {
  protected:
    /// The rules that speak up, each followed by a space.
    std::string check(const DomainPlan& plan, const Bytes& module) {
        const usize before = findings.items().size();
        checker.check(plan, module);
        std::string rules;
        for (const Finding& finding : findings.items().subspan(before)) {
            rules += std::string(finding.rule->name) + " ";
        }
        return rules;
    }
    std::string last() const { return test::to_text(findings.items().back()); }

    std::vector<std::byte> memory = std::vector<std::byte>(1 << 17);
    Arena arena{memory};
    Findings findings{arena};
    KernelChecker checker{arena, findings};
};

TEST_F(CheckKernel, AnImageAsItIs) {
    EXPECT_EQ(check(domain(4 * MiB), kernel_bytes(0, 0x100000, 0xa, 5000)), "");
    EXPECT_EQ(check(domain(4 * MiB), kernel_bytes(0, 0x500000, 0xa, 5000)), "dom-kernel-size ");
    EXPECT_EQ(check(domain(4 * MiB), Bytes(5000)), "dom-kernel-format ");
    EXPECT_EQ(check(domain(4 * MiB), {}), "dom-kernel-format ");
    EXPECT_LT(arena.used(), sizeof(Gunzip)) << "memory is for those who need it";
}

TEST_F(CheckKernel, ACompressedImage) {
    Bytes module = gzip_stored(kernel_bytes(0, 0x100000, 0xa, 5000));
    module.resize(module.size() + 1000, std::byte{0xa5});
    EXPECT_EQ(check(domain(4 * MiB), module), "");
    EXPECT_EQ(check(domain(4 * MiB, 0x49000000), gzip_stored(kernel_bytes(0, 0x500000, 0xa, 5000))),
              "dom-kernel-size ");
    EXPECT_EQ(check(domain(4 * MiB, 0x4a000000), gzip_stored(Bytes(5000))), "dom-kernel-format ");
    EXPECT_NE(last().find("Image of 5000 bytes"), std::string::npos) << last();
    EXPECT_EQ(check(domain(4 * MiB, 0x4b000000), gzip_stored(gzip_stored(Bytes(5000)))),
              "dom-kernel-format ");
}

TEST_F(CheckKernel, AnOldOneIsAsLargeAsItIsDecompressed) {
    const Bytes module = gzip_stored(kernel_bytes(0, 0, 0, 64 * KiB));
    EXPECT_EQ(check(domain(512 * KiB + 64 * KiB), module), "");
    EXPECT_EQ(check(domain(512 * KiB + 60 * KiB, 0x49000000), module), "dom-kernel-size ");
}

TEST_F(CheckKernel, WrongGzipData) {
    Bytes module = gzip_stored(kernel_bytes(0, 0x100000, 0xa, 5000));
    module[1000] ^= std::byte{1};
    EXPECT_EQ(check(domain(4 * MiB), module), "dom-kernel-gzip ");
    EXPECT_NE(last().find("a wrong checksum, before byte 5015 of"), std::string::npos) << last();
    EXPECT_EQ(check(domain(4 * MiB), module), "dom-kernel-gzip ") << "kept, and said again";
    module.resize(4000);
    EXPECT_EQ(check(domain(4 * MiB, 0x49000000), module), "dom-kernel-gzip ");
    EXPECT_NE(last().find("an end that is missing"), std::string::npos) << last();
}

TEST_F(CheckKernel, AUImage) {
    const Bytes raw(5000, std::byte{0xd5});
    EXPECT_EQ(check(domain(4 * MiB), uimage_bytes(raw, {.load = 0x40001000})), "");
    EXPECT_EQ(check(domain(4 * MiB), uimage_bytes(raw)), "");
    EXPECT_LT(arena.used(), sizeof(Gunzip)) << "memory is for those who need it";
    const Bytes packed = uimage_bytes(gzip_stored(raw), {.load = 0x40001000, .compression = 1});
    EXPECT_EQ(check(domain(4 * MiB, 0x49000000), packed), "");
    EXPECT_EQ(check(domain(4 * MiB, 0x4a000000), uimage_bytes(raw, {.load = 0x403ff000})),
              "dom-kernel-size ");
    EXPECT_EQ(check(domain(4 * MiB, 0x4b000000),
                    uimage_bytes(raw, {.load = 0x40001000, .entry = 0x40000000})),
              "dom-kernel-uimage ");
    EXPECT_EQ(check(domain(4 * MiB, 0x4c000000), uimage_bytes(raw, {.architecture = 2})),
              "dom-kernel-uimage ");
    EXPECT_EQ(check(domain(4 * MiB, 0x4d000000), uimage_bytes(test::bytes_of("\x7f"
                                                                             "ELF"))),
              "dom-kernel-format ");
}

TEST_F(CheckKernel, AUImageWithWrongData) {
    Bytes module = uimage_bytes(Bytes(5000, std::byte{0xd5}));
    module.back() ^= std::byte{1};
    EXPECT_EQ(check(domain(4 * MiB), module), "dom-kernel-uimage ");
    EXPECT_EQ(check(domain(4 * MiB), module), "dom-kernel-uimage ") << "kept, and said again";
    module.back() ^= std::byte{1};
    EXPECT_EQ(check(domain(4 * MiB, 0x49000000), module), "") << "another module";
    Bytes packed = gzip_stored(Bytes(5000, std::byte{0xd5}));
    packed[1000] ^= std::byte{1};
    EXPECT_EQ(check(domain(4 * MiB, 0x4a000000), uimage_bytes(packed, {.compression = 1})),
              "dom-kernel-gzip ");
    EXPECT_NE(last().find("before byte 5079 of"), std::string::npos) << last();
}

TEST_F(CheckKernel, AUImageThatSaysWhereMayUseAllOfRam) {
    const Bytes module =
        uimage_bytes(gzip_stored(Bytes(100 * KiB)), {.load = 0x40100000, .compression = 1});
    DomainPlan plan = domain(64 * KiB);
    EXPECT_EQ(check(plan, module), "dom-kernel-size ") << "no more than the window";
    plan.memory_bytes = 4 * MiB;
    MappingPlan ram;
    ram.guest = *GuestRange::from(GuestAddress(0x40000000), 4 * MiB);
    plan.mappings = {&ram, 1};
    EXPECT_EQ(check(plan, module), "");
}

TEST_F(CheckKernel, MoreThanThereIsRoomFor) {
    const Bytes module = gzip_stored(kernel_bytes(0, 0x8000, 0xa, 100 * KiB));
    EXPECT_EQ(check(domain(64 * KiB), module), "dom-kernel-size ");
    EXPECT_NE(last().find("more than 65536 bytes"), std::string::npos) << last();
    EXPECT_EQ(check(domain(128 * KiB), module), "") << "the same module, for a larger domain";
    EXPECT_EQ(check(domain(64 * KiB), module), "dom-kernel-size ") << "known by now";
}

TEST_F(CheckKernel, WithoutMemoryItSaysSo) {
    std::vector<std::byte> little(8 * KiB);
    Arena small(little);
    Findings said(small);
    KernelChecker poor(small, said);
    poor.check(domain(4 * MiB), gzip_stored(kernel_bytes(0, 0x100000, 0xa)));
    ASSERT_EQ(said.items().size(), 1u);
    EXPECT_EQ(said.items()[0].rule->name, "dom-limit");
}

}  // namespace
}  // namespace isthmus::dom0less
