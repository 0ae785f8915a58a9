// SPDX-License-Identifier: Apache-2.0
#include "dom0less/kernel/findings.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "tests/unit/support/deflate_writer.hpp"
#include "tests/unit/support/kernel_bytes.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::bytes_of;
using test::kernel_bytes;

class KernelFindings : public testing::Test {
  protected:
    KernelFindings() {
        plan.path = "/chosen/domU1";
        plan.kernel = {*HostRange::from(HostAddress(0x48000000), 0x1000), "/chosen/domU1/kernel"};
        plan.kernel_window = *GuestRange::from(GuestAddress(0x40000000), 4 * MiB);
    }
    /// Without what all of them start with.
    std::string last() const {
        const std::string line = test::to_text(findings.items().back());
        const std::string start = " /chosen/domU1/kernel: ";
        const std::size_t at = line.find(start);
        EXPECT_NE(at, std::string::npos) << line;
        return line.substr(0, at) + " " + line.substr(at + start.size());
    }
    std::string format(Error error, const std::vector<std::byte>& head) {
        report_kernel_format(plan, error, head, 1000, findings);
        return last();
    }

    DomainPlan plan;
    std::vector<std::byte> memory = std::vector<std::byte>(1 << 16);
    Arena arena{memory};
    Findings findings{arena};
};

TEST_F(KernelFindings, NameWhatWasSeen) {
    const std::string none =
        "error[dom-kernel-format] no arm64 Image of 1000 bytes: the magic number at byte 56 is "
        "0x0, not 0x644d5241";
    EXPECT_EQ(format(Error::invalid_argument, std::vector<std::byte>(64)), none);
    EXPECT_EQ(format(Error::invalid_argument, std::vector<std::byte>(3)), none);
    EXPECT_EQ(format(Error::unsupported, kernel_bytes(0, 1, 1)),
              "error[dom-kernel-format] a big-endian kernel");
    EXPECT_EQ(format(Error::out_of_range, kernel_bytes(~u64{0}, 2, 0)),
              "error[dom-kernel-format] text_offset 0xffffffffffffffff and image_size 0x2 of the "
              "Image header wrap around");
    report_kernel_size(plan, {0x80000, 0x800000, false, {}, {}, {}}, findings);
    EXPECT_EQ(last(),
              "error[dom-kernel-size] the kernel needs 0x800000 bytes 0x80000 behind a 2 MiB "
              "boundary, but 0x40000000-0x40400000 of /chosen/domU1 is free for it");
}

TEST_F(KernelFindings, NameFormatsThatPeopleHave) {
    const auto said = [this](std::string_view start) {
        auto head = bytes_of(start);
        head.resize(64);
        const std::string line = format(Error::invalid_argument, head);
        const std::string_view common = "error[dom-kernel-format] no arm64 Image, but ";
        EXPECT_TRUE(line.starts_with(common)) << line;
        return line.substr(std::min(common.size(), line.size()));
    };
    EXPECT_EQ(said({"MZ\0\0zimg", 8}),
              "an EFI zboot image, which only UEFI firmware can start: unpack the Image in it");
    EXPECT_EQ(said("\x28\xb5\x2f\xfd"), "compressed by zstd: only gzip is read");
    EXPECT_EQ(said({"\xfd"
                    "7zXZ\0",
                    6}),
              "compressed by xz: only gzip is read");
    EXPECT_EQ(said({"\x5d\0\0\0\4", 5}), "compressed by lzma: only gzip is read");
    EXPECT_EQ(said("\x02\x21\x4c\x18"), "compressed by lz4: only gzip is read");
    EXPECT_EQ(said("\x04\x22\x4d\x18"), "compressed by lz4: only gzip is read");
    EXPECT_EQ(said("\x89LZO"), "compressed by lzop: only gzip is read");
    EXPECT_EQ(said("BZh9"), "compressed by bzip2: only gzip is read");
    EXPECT_EQ(said("\x27\x05\x19\x56"), "a uImage inside gzip data: give the uImage itself");
    EXPECT_EQ(said("\xd0\x0d\xfe\xed"),
              "a device tree or a FIT: give the Image that was put in it");
    EXPECT_EQ(said("\x7f"
                   "ELF"),
              "an ELF file: isthmus make wraps one, or give the Image made of it");
    EXPECT_EQ(said(std::string(36, 'x') + "\x18\x28\x6f\x01"), "a zImage for 32-bit Arm");
}

TEST_F(KernelFindings, AHeadTooShortForANameIsNone) {
    EXPECT_NE(format(Error::invalid_argument, bytes_of("BZ")).find("of 1000 bytes"),
              std::string::npos);
}

TEST_F(KernelFindings, SayWhatIsWrongWithAUImage) {
    report_uimage(plan, UImageFault::data_checksum, findings);
    EXPECT_EQ(last(), "error[dom-kernel-uimage] a uImage whose data have a wrong checksum");
    KernelImage image;
    image.image_size = 0x2000;
    image.load = GuestAddress(0x40001000);
    image.entry = GuestAddress(0x40004000);
    report_kernel_entry(plan, image, findings);
    EXPECT_EQ(last(),
              "error[dom-kernel-uimage] a uImage that is entered at 0x40004000, outside of what it "
              "holds, 0x40001000-0x40003000");
}

TEST_F(KernelFindings, SayWhatIsInTheWayOfAUImage) {
    plan.ramdisk_target = *GuestRange::from(GuestAddress(0x40400000), 0x1000);
    plan.tree_target = *GuestRange::from(GuestAddress(0x40600000), 0x200000);
    KernelImage image;
    image.image_size = 0x2000;
    const auto said = [&](u64 load) {
        image.load = GuestAddress(load);
        report_kernel_size(plan, image, findings);
        return last();
    };
    EXPECT_EQ(said(0x403ff000),
              "error[dom-kernel-size] a uImage that is loaded to 0x403ff000-0x40401000, but "
              "0x40400000-0x40401000 of /chosen/domU1 is its ramdisk's");
    EXPECT_EQ(said(0x407ff000),
              "error[dom-kernel-size] a uImage that is loaded to 0x407ff000-0x40801000, but "
              "0x40600000-0x40800000 of /chosen/domU1 is its tree's");
    plan.xen.console = *GuestRange::from(GuestAddress(0x48000000), 0x1000);
    EXPECT_EQ(said(0x47fff000),
              "error[dom-kernel-size] a uImage that is loaded to 0x47fff000-0x48001000, but "
              "0x48000000-0x48001000 of /chosen/domU1 is Xen's console's");
    EXPECT_EQ(said(0x80000),
              "error[dom-kernel-size] a uImage of 0x2000 bytes that is loaded to 0x80000, but that "
              "is not in the RAM of /chosen/domU1, which begins at 0x40000000");
}

TEST_F(KernelFindings, SayWhatIsWrongWithGzipData) {
    report_gzip(plan, Unpacked::bad_checksum, 77, findings);
    EXPECT_EQ(
        last(),
        "error[dom-kernel-gzip] gzip data with a wrong checksum, before byte 77 of the module "
        "0x48000000-0x48001000");
    report_gzip_size(plan, 4096, findings);
    EXPECT_EQ(last(),
              "error[dom-kernel-size] gzip data that hold more than 4096 bytes, which is what "
              "/chosen/domU1 has free for a kernel");
}

}  // namespace
}  // namespace isthmus::dom0less
