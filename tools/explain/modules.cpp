// SPDX-License-Identifier: Apache-2.0
// A domain's kernel and ramdisk, and host memory that the tree gives out by address.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = dom0less::rules;

constexpr std::array entries = {
    Explanation{
        .rule = &rules::kernel_missing,
        .summary = "no child of the domain is a kernel module",
        .reason =
            "There is nothing that the guest could run. A module is a kernel by its compatible.",
        .place = "/chosen/guest-a",
        .wrong = R"(/* no kernel@48000000 */)",
        .right = R"(kernel@48000000 {
    compatible = "multiboot,kernel", "multiboot,module";
    reg = <0x48000000 0x100000>;
};)",
    },
    Explanation{
        .rule = &rules::kernel_format,
        .summary = "the kernel is not an arm64 Image; seen when it is loaded, or with --module",
        .reason =
            "A guest would start in the middle of something that is no program. The boot "
            "loader has to put an Image there (Linux: arch/arm64/boot/Image, or Image.gz), or "
            "a uImage, not an ELF file, a kernel in another compression or nothing at all. "
            "isthmus make wraps ELF files, and programs that have no header.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong = R"(reg = <0x48000000 0x100000>;    /* the boot loader puts vmlinux there */)",
        .right = R"(reg = <0x48000000 0x100000>;    /* the boot loader puts Image there */)",
    },
    Explanation{
        .rule = &rules::kernel_gzip,
        .summary = "the gzip data of a compressed kernel are wrong; seen at boot, or with --module",
        .reason = "A kernel with one wrong bit would start all the same. Before anything is built "
                  "every compressed kernel is decompressed once, and held to its checksum. Most "
                  "often the boot loader has copied less than the whole file.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong =
            R"(reg = <0x48000000 0x100000>;    /* the boot loader puts half of Image.gz there */)",
        .right =
            R"(reg = <0x48000000 0x100000>;    /* the boot loader puts all of Image.gz there */)",
    },
    Explanation{
        .rule = &rules::kernel_uimage,
        .summary =
            "a uImage that is cut short or changed, or not for a 64-bit guest; seen at boot, "
            "or with --module",
        .reason = "A uImage is a kernel with a header of U-Boot's, which says where in the guest's "
                  "memory it goes and holds checksums of header and data. Both are compared before "
                  "anything is built: a kernel with one wrong bit would start all the same. A load "
                  "address of 0 (mkimage -a 0 -e 0) leaves the place to Isthmus.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong =
            R"(reg = <0x48000000 0x100000>;    /* mkimage -A arm -a 0x40008000 made what is there */)",
        .right = R"(reg = <0x48000000 0x100000>;    /* mkimage -A arm64 -a 0x40080000 made it */)",
    },
    Explanation{
        .rule = &rules::module_digest,
        .summary = "a module is not the file whose digest the tree names; seen at boot, or with "
                   "--module",
        .reason = "isthmus,sha256 in a module's node says which bytes were signed off: all that "
                  "reg covers, as sha256sum writes their digest. They are hashed before anything "
                  "is built, and again before a restart. Most often the file was built anew, or "
                  "reg is longer than the file.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong = R"(isthmus,sha256 = "5994471A";)",
        .right =
            R"(isthmus,sha256 = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";)",
    },
    Explanation{
        .rule = &rules::kernel_size,
        .summary =
            "the kernel does not fit below the ramdisk, or where a uImage says; seen when it "
            "is loaded",
        .reason = "A kernel needs more memory than its file has bytes: its header says how much. "
                  "Otherwise it would overwrite its own ramdisk or device tree as it starts.",
        .place = "/chosen/guest-a",
        .wrong = R"(memory = <0x0 8192>;        /* KiB: 8 MiB, and a kernel that needs 16 */)",
        .right = R"(memory = <0x0 65536>;)",
    },
    Explanation{
        .rule = &rules::bootargs,
        .summary = "bootargs is no text, or longer than a kernel reads",
        .reason = "A command line that is cut off loses its last arguments without a word. Linux "
                  "reads 2047 characters.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong = R"(bootargs = [63 6f 6e 73 6f 6c 65];      /* no NUL at the end */)",
        .right = R"(bootargs = "quiet";)",
    },
    Explanation{
        .rule = &rules::module_duplicate,
        .summary = "the domain has a second kernel or ramdisk",
        .reason = "One of the two would be left out, and the tree does not say which.",
        .place = "/chosen/guest-a",
        .wrong = R"(kernel@4a000000 {
    compatible = "multiboot,kernel", "multiboot,module";
    reg = <0x4a000000 0x100000>;
};)",
        .right = R"(ramdisk@4a000000 {
    compatible = "multiboot,ramdisk", "multiboot,module";
    reg = <0x4a000000 0x100000>;
};)",
    },
    Explanation{
        .rule = &rules::module_range,
        .summary = "a module's reg cannot be read, is empty, or is not in RAM",
        .reason =
            "Isthmus copies the module from there. Addresses and sizes are counted in the domain's "
            "cells, so a reg that was copied from a tree with other cells reads as something else.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong =
            R"(reg = <0x0 0x48000000 0x0 0x100000>;    /* two cells each, in a domain with one */)",
        .right = R"(reg = <0x48000000 0x100000>;)",
    },
    Explanation{
        .rule = &rules::module_overlap,
        .summary = "a module overlaps another, reserved memory, the heap or Isthmus",
        .reason =
            "One of the two would be damaged before it is used. The very same range twice is no "
            "mistake: two guests may boot one kernel.",
        .place = "/chosen/guest-a/kernel@48000000",
        .wrong = R"(reg = <0x48080000 0x100000>;    /* the second half is that of guest-b's */)",
        .right = R"(reg = <0x48000000 0x100000>;)",
    },
    Explanation{
        .rule = &rules::static_mem_range,
        .summary = "xen,static-mem cannot be read, is not in whole pages, or is not in RAM",
        .reason = "These host addresses become the guest's RAM. They are counted in the cells of "
                  "/chosen.",
        .place = "/chosen/guest-a",
        .wrong = R"(xen,static-mem = <0x20000000 0x4000000>;    /* no RAM is there */)",
        .right = R"(xen,static-mem = <0x60000000 0x4000000>;)",
    },
    Explanation{
        .rule = &rules::static_mem_size,
        .summary = "the ranges of xen,static-mem do not add up to memory",
        .reason = "The two say the same thing twice; where they differ, one of them is a mistake.",
        .place = "/chosen/guest-a",
        .wrong = R"(memory = <0x0 0x10000>;                     /* KiB: 64 MiB */
xen,static-mem = <0x60000000 0x2000000>;    /* 32 MiB */)",
        .right = R"(memory = <0x0 0x10000>;
xen,static-mem = <0x60000000 0x4000000>;    /* 64 MiB */)",
    },
    Explanation{
        .rule = &rules::static_mem_overlap,
        .summary = "xen,static-mem overlaps something",
        .reason = "The guest could read and write what lies there: another guest's RAM, a module "
                  "that has not been loaded yet, firmware, or Isthmus itself.",
        .place = "/chosen",
        .wrong = R"(guest-a { xen,static-mem = <0x60000000 0x4000000>; };
guest-b { xen,static-mem = <0x62000000 0x4000000>; };)",
        .right = R"(guest-a { xen,static-mem = <0x60000000 0x4000000>; };
guest-b { xen,static-mem = <0x64000000 0x4000000>; };)",
    },
    Explanation{
        .rule = &rules::static_heap,
        .summary =
            "xen,static-heap cannot be read, is not aligned, is not in RAM, or overlaps something",
        .reason =
            "Page tables and the hypervisor's own data come from this heap: who writes there owns "
            "the machine. Address and size are multiples of 64 KiB, in the cells of /chosen.",
        .place = "/chosen",
        .wrong =
            R"(xen,static-heap = <0x60000000 0x10000000>, <0x7f000000 0x10000>;   /* the firmware's */)",
        .right = R"(xen,static-heap = <0x60000000 0x10000000>;)",
    },
};

}  // namespace

Chapter explain_modules() {
    return {"docs/bindings.md", "A domain: `compatible = \"xen,domain\"`", entries};
}

}  // namespace isthmus::tools
