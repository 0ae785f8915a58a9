// SPDX-License-Identifier: Apache-2.0
// One shared-memory node, looked at alone.
#include <array>

#include "shm/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = shm::rules;

constexpr std::string_view node = "/chosen/guest-a/mailbox@50000000";

constexpr std::array entries = {
    Explanation{
        .rule = &rules::cells,
        .summary = "the domain lacks #address-cells or #size-cells, or one is not 1 or 2",
        .reason = "They say how host address, guest address and size are to be told apart in "
                  "xen,shared-mem. With a guess another piece of memory would be shared.",
        .place = "/chosen/guest-a",
        .wrong = R"(/* no #size-cells */)",
        .right = R"(#size-cells = <1>;)",
    },
    Explanation{
        .rule = &rules::id_missing,
        .summary = "xen,shm-id is absent",
        .reason = "By its id a region's nodes find each other.",
        .place = node,
        .wrong = R"(/* no xen,shm-id */)",
        .right = R"(xen,shm-id = "mailbox";)",
    },
    Explanation{
        .rule = &rules::id_empty,
        .summary = "xen,shm-id is empty",
        .reason =
            "By its id a region's nodes find each other, and guests find the region. An empty one "
            "usually comes from a template that was not filled in.",
        .place = node,
        .wrong = R"(xen,shm-id = "";)",
        .right = R"(xen,shm-id = "mailbox";)",
    },
    Explanation{
        .rule = &rules::id_too_long,
        .summary = "xen,shm-id has more than 15 characters",
        .reason = "Xen's binding has room for 15 and a NUL. A longer id is refused and not cut "
                  "off: two ids that begin alike would become one region.",
        .place = node,
        .wrong = R"(xen,shm-id = "mailbox-of-guest-a";)",
        .right = R"(xen,shm-id = "mailbox";)",
    },
    Explanation{
        .rule = &rules::id_malformed,
        .summary = "xen,shm-id is neither printable text with one NUL at its end nor one cell",
        .reason = "The form of the id says in which order the numbers of xen,shared-mem stand, so "
                  "it must leave no doubt. A list of texts is two ids.",
        .place = node,
        .wrong = R"(xen,shm-id = "mailbox", "letterbox";)",
        .right = R"(xen,shm-id = "mailbox";)",
    },
    Explanation{
        .rule = &rules::range_missing,
        .summary = "xen,shared-mem is absent",
        .reason =
            "The node says which region, but not where the guest sees it nor how large it is.",
        .place = node,
        .wrong = R"(/* no xen,shared-mem */)",
        .right =
            R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;       /* host, guest, size */)",
    },
    Explanation{
        .rule = &rules::range_length,
        .summary = "xen,shared-mem has not as many cells as its dialect",
        .reason =
            "With one number missing, size and address would change places. A string id goes with "
            "<host guest size> or <guest size>, a cell as id with <host size guest>; all in the "
            "domain's cells.",
        .place = node,
        .wrong = R"(xen,shared-mem = <0x50000000>;                          /* and no size */)",
        .right =
            R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;       /* host, guest, size */)",
    },
    Explanation{
        .rule = &rules::role,
        .summary = "role is neither \"owner\" nor \"borrower\"",
        .reason = "The owner's pages are shared, and it pays for them. With the word ignored a "
                  "guest would have memory of another standing than its tree says.",
        .place = node,
        .wrong = R"(role = "master";)",
        .right = R"(role = "owner";)",
    },
    Explanation{
        .rule = &rules::access,
        .summary = "isthmus,access is neither \"rw\" nor \"ro\"",
        .reason = "Whoever writes a word here wants to take rights away. To fall back on the "
                  "default would give all of them.",
        .place = node,
        .wrong = R"(isthmus,access = "readonly";)",
        .right = R"(isthmus,access = "ro";)",
    },
    Explanation{
        .rule = &rules::presentation,
        .summary = "isthmus,presentation is none of \"reserved\", \"xen\", \"pmem\"",
        .reason =
            "It picks the form in which the guest's tree shows the region. In another form than it "
            "expects, the guest's driver does not find it.",
        .place = node,
        .wrong = R"(isthmus,presentation = "disk";)",
        .right = R"(isthmus,presentation = "pmem";)",
    },
    Explanation{
        .rule = &rules::offset,
        .summary = "isthmus,offset cannot be read, or its window leaves the region",
        .reason =
            "A window shows a guest a part of a region and nothing else. What lies behind the "
            "region's end is somebody else's. At least one node shows the whole region and "
            "so says how large it is.",
        .place = node,
        .wrong = R"(isthmus,offset = <0xf000>;
xen,shared-mem = <0x70000000 0x50000000 0x2000>;        /* ends 4 KiB behind the region */)",
        .right = R"(isthmus,offset = <0xe000>;
xen,shared-mem = <0x70000000 0x50000000 0x2000>;)",
    },
    Explanation{
        .rule = &rules::size_zero,
        .summary = "the size is 0",
        .reason = "A region without a byte connects nobody. In the dialect of numbered ids the "
                  "size stands second, so a 0 is often a host address of 4 GiB or more that was "
                  "written into one cell.",
        .place = node,
        .wrong =
            R"(xen,shared-mem = <0x70000000 0x50000000 0x0>;           /* host, guest, size */)",
        .right = R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;)",
    },
    Explanation{
        .rule = &rules::align,
        .summary = "an address, a size or an offset is not a whole number of pages",
        .reason =
            "Memory is mapped by pages of 4 KiB. The rest of the first or the last page would be "
            "shared as well, and it belongs to somebody else.",
        .place = node,
        .wrong =
            R"(xen,shared-mem = <0x70000000 0x50000800 0x10000>;       /* host, guest, size */)",
        .right = R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;)",
    },
    Explanation{
        .rule = &rules::host_overflow,
        .summary = "host address and size reach past the end of the numbers",
        .reason = "Their sum wraps around to a low address, and a check of the end alone would "
                  "find it small enough.",
        .place = "/chosen/guest-a",
        .wrong = R"(#address-cells = <2>;
kernel@48000000 {
    reg = <0x0 0x48000000 0x100000>;
};
mailbox@50000000 {
    xen,shared-mem = <0xffffffff 0xffff0000 0x0 0x50000000 0x20000>;
};)",
        .right = R"(#address-cells = <2>;
kernel@48000000 {
    reg = <0x0 0x48000000 0x100000>;
};
mailbox@50000000 {
    xen,shared-mem = <0x0 0x70000000 0x0 0x50000000 0x10000>;
};)",
    },
    Explanation{
        .rule = &rules::guest_overflow,
        .summary = "guest address and size reach past the end of the numbers",
        .reason = "Their sum wraps around to a low address, and a check of the end alone would "
                  "find it small enough.",
        .place = "/chosen/guest-a",
        .wrong = R"(#address-cells = <2>;
kernel@48000000 {
    reg = <0x0 0x48000000 0x100000>;
};
mailbox@50000000 {
    xen,shared-mem = <0x0 0x70000000 0xffffffff 0xffff0000 0x20000>;
};)",
        .right = R"(#address-cells = <2>;
kernel@48000000 {
    reg = <0x0 0x48000000 0x100000>;
};
mailbox@50000000 {
    xen,shared-mem = <0x0 0x70000000 0x0 0x50000000 0x10000>;
};)",
    },
    Explanation{
        .rule = &rules::guest_range,
        .summary = "the guest range lies beyond the guest's address space",
        .reason = "A guest has addresses of 40 bits; there are no page tables behind them.",
        .place = "/chosen/guest-a",
        .wrong = R"(#address-cells = <2>;
kernel@48000000 {
    reg = <0x0 0x48000000 0x100000>;
};
mailbox@50000000 {
    xen,shared-mem = <0x0 0x70000000 0x100 0x0 0x10000>;
};)",
        .right = R"(#address-cells = <2>;
kernel@48000000 {
    reg = <0x0 0x48000000 0x100000>;
};
mailbox@50000000 {
    xen,shared-mem = <0x0 0x70000000 0x0 0x50000000 0x10000>;
};)",
    },
    Explanation{
        .rule = &rules::unknown_property,
        .summary = "a property with the prefix isthmus, or xen, that is not known; it is ignored",
        .reason = "A misspelt extension has no effect: the guest below may write, and this line is "
                  "the only sign of it.",
        .place = node,
        .wrong = R"(isthmus,acces = "ro";)",
        .right = R"(isthmus,access = "ro";)",
    },
    Explanation{
        .rule = &rules::on_restart,
        .summary = "what becomes of the region when its guest is restarted cannot be so",
        .reason =
            "isthmus,on-restart is \"keep\" or \"clear\". A guest that may only read the region "
            "has nothing in it that could be cleared: the bytes are those of others.",
        .place = node,
        .wrong = R"(isthmus,on-restart = "clear";
isthmus,access = "ro";)",
        .right = R"(isthmus,on-restart = "clear";
isthmus,access = "rw";)",
    },
    Explanation{
        .rule = &rules::pmem_read_only,
        .summary =
            "a region that may only be read is shown as a pmem device, which Linux writes to",
        .reason =
            "Linux knows no pmem device that cannot be written. The first write to it is a fault "
            "in the kernel, an Oops. blockdev --setro /dev/pmem0, before anything else uses the "
            "device, makes such a write an error (docs/shared-memory.md).",
        .place = node,
        .wrong = R"(isthmus,presentation = "pmem";
isthmus,access = "ro";)",
        .right = R"(isthmus,presentation = "reserved";
isthmus,access = "ro";)",
    },
};

}  // namespace

Chapter explain_views() {
    return {"docs/bindings.md", "A shared region: `compatible = \"xen,domain-shared-memory-v1\"`",
            entries};
}

}  // namespace isthmus::tools
