// SPDX-License-Identifier: Apache-2.0
// The nodes of one region against each other, and against everything else.
#include <array>

#include "shm/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = shm::rules;

constexpr std::string_view node = "/chosen/guest-a/mailbox@50000000";

constexpr std::array entries = {
    Explanation{
        .rule = &rules::id_conflict,
        .summary = "one id with two host addresses or two sizes",
        .reason = "The guests would believe that they share memory, and each would talk to itself; "
                  "or one would reach further than the others know.",
        .place = node,
        .wrong = R"(xen,shared-mem = <0x70000000 0x50000000 0x20000>;   /* guest-b has 0x10000 */)",
        .right = R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;)",
    },
    Explanation{
        .rule = &rules::alias,
        .summary = "one host range under two ids",
        .reason = "A region's id says who may see it. Under a second id others would see the same "
                  "bytes, and neither side would know.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    second@50100000 {
        compatible = "xen,domain-shared-memory-v1";
        xen,shm-id = "second";
        xen,shared-mem = <0x70000000 0x50100000 0x10000>;     /* that of "mailbox" */
    };
};
guest-b {
    second@50100000 {
        compatible = "xen,domain-shared-memory-v1";
        xen,shm-id = "second";
        xen,shared-mem = <0x70000000 0x50100000 0x10000>;
    };
};)",
        .right = R"(guest-a {
    second@50100000 {
        compatible = "xen,domain-shared-memory-v1";
        xen,shm-id = "second";
        xen,shared-mem = <0x70010000 0x50100000 0x10000>;
    };
};
guest-b {
    second@50100000 {
        compatible = "xen,domain-shared-memory-v1";
        xen,shm-id = "second";
        xen,shared-mem = <0x70010000 0x50100000 0x10000>;
    };
};)",
    },
    Explanation{
        .rule = &rules::host_overlap,
        .summary = "the region lies over other host memory that is in use",
        .reason =
            "Its guests could read and write what lies there: another region, a module, a domain's "
            "RAM, the heap, reserved memory, or Isthmus.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    mailbox@50000000 { xen,shared-mem = <0x48000000 0x50000000 0x10000>; };  /* the kernel */
};
guest-b {
    mailbox@50000000 { xen,shared-mem = <0x48000000 0x50000000 0x10000>; };
};)",
        .right = R"(guest-a {
    mailbox@50000000 { xen,shared-mem = <0x70000000 0x50000000 0x10000>; };
};
guest-b {
    mailbox@50000000 { xen,shared-mem = <0x70000000 0x50000000 0x10000>; };
};)",
    },
    Explanation{
        .rule = &rules::host_not_ram,
        .summary = "the region is not wholly in the machine's RAM",
        .reason = "Behind other addresses there are devices, or nothing. To hand a device to "
                  "guests in this way would give them DMA, and with it the whole machine.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    mailbox@50000000 { xen,shared-mem = <0x09000000 0x50000000 0x10000>; };  /* a UART */
};
guest-b {
    mailbox@50000000 { xen,shared-mem = <0x09000000 0x50000000 0x10000>; };
};)",
        .right = R"(guest-a {
    mailbox@50000000 { xen,shared-mem = <0x70000000 0x50000000 0x10000>; };
};
guest-b {
    mailbox@50000000 { xen,shared-mem = <0x70000000 0x50000000 0x10000>; };
};)",
    },
    Explanation{
        .rule = &rules::host_mixed,
        .summary = "some nodes of the region give its host address, others leave it out",
        .reason = "Either the tree chooses the host memory or Isthmus does. The node without an "
                  "address may simply lack its first number.",
        .place = node,
        .wrong =
            R"(xen,shared-mem = <0x50000000 0x10000>;              /* guest-b's has three numbers */)",
        .right = R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;   /* host, guest, size */)",
    },
    Explanation{
        .rule = &rules::owner_duplicate,
        .summary = "two nodes of the region say \"owner\"",
        .reason = "Each page has one owner. It is the owner's total that the page counts towards, "
                  "and the owner's end that decides when it is free.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    mailbox@50000000 { role = "owner"; };
};
guest-b {
    mailbox@50000000 { role = "owner"; };
};)",
        .right = R"(guest-a {
    mailbox@50000000 { role = "owner"; };
};
guest-b {
    mailbox@50000000 { role = "borrower"; };
};)",
    },
    Explanation{
        .rule = &rules::owner_missing,
        .summary = "all nodes of the region say \"borrower\"",
        .reason =
            "Somebody is meant to own it, and is not named; perhaps a domain that was taken out of "
            "the tree. When no guest is to own it, leave role out: then the region is dom_io's.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    mailbox@50000000 { role = "borrower"; };
};
guest-b {
    mailbox@50000000 { role = "borrower"; };
};)",
        .right = R"(guest-a {
    mailbox@50000000 { /* no role */ };
};
guest-b {
    mailbox@50000000 { role = "borrower"; };
};)",
    },
    Explanation{
        .rule = &rules::twice,
        .summary = "one domain names one region twice",
        .reason = "Two addresses for the same bytes are seldom meant, and a borrower's references "
                  "would be counted twice. Two windows (isthmus,offset) of one region are fine.",
        .place = "/chosen/guest-a",
        .wrong = R"(again@50100000 {
    compatible = "xen,domain-shared-memory-v1";
    xen,shm-id = "mailbox";
    xen,shared-mem = <0x70000000 0x50100000 0x10000>;
};)",
        .right = R"(mailbox@50000000 {
    isthmus,offset = <0x0>;
    xen,shared-mem = <0x70000000 0x50000000 0x1000>;
};
window@50100000 {
    compatible = "xen,domain-shared-memory-v1";
    xen,shm-id = "mailbox";
    isthmus,offset = <0x8000>;
    xen,shared-mem = <0x70000000 0x50100000 0x1000>;
};)",
    },
    Explanation{
        .rule = &rules::guest_overlap,
        .summary = "the region lies over the guest's RAM, its devices, or another of its regions",
        .reason = "At one guest address there can be one thing. Over RAM the guest's kernel would "
                  "be handed pages that other guests write to, and use them as its own.",
        .place = node,
        .wrong =
            R"(xen,shared-mem = <0x70000000 0x42000000 0x10000>;   /* its RAM ends at 0x44000000 */)",
        .right = R"(xen,shared-mem = <0x70000000 0x50000000 0x10000>;)",
    },
    Explanation{
        .rule = &rules::direct_map,
        .summary = "guest and host address of a region differ in a direct-mapped domain",
        .reason =
            "Such a guest takes its addresses for those of the machine, for example when it "
            "programs a device. An exception for one region would send the device somewhere else.",
        .place = "/chosen/guest-a",
        .wrong = R"(direct-map;
xen,static-mem = <0x60000000 0x4000000>;
mailbox@50000000 {
    xen,shared-mem = <0x70000000 0x50000000 0x10000>;
};)",
        .right = R"(direct-map;
xen,static-mem = <0x60000000 0x4000000>;
mailbox@50000000 {
    xen,shared-mem = <0x70000000 0x70000000 0x10000>;
};)",
    },
    Explanation{
        .rule = &rules::limit,
        .summary = "there are more regions, or more nodes of one, than the build allows",
        .reason =
            "A page counts its references in a fixed number of bits, and the planner's memory is "
            "one block of fixed size. The limits stand in include/isthmus/limits.hpp.",
        .place = "/chosen/guest-b",
        .wrong = R"(mailbox@50000000 { isthmus,offset = <0x0>; };
window@50100000 {
    compatible = "xen,domain-shared-memory-v1";
    xen,shm-id = "mailbox";
    isthmus,offset = <0x0>;
    xen,shared-mem = <0x70000000 0x50100000 0x1000>;
};
/* and so on: more than 64 nodes of "mailbox", in all domains together */)",
        .right = R"(mailbox@50000000 { isthmus,offset = <0x0>; };
window@50100000 {
    compatible = "xen,domain-shared-memory-v1";
    xen,shm-id = "mailbox";
    isthmus,offset = <0x0>;
    xen,shared-mem = <0x70000000 0x50100000 0x8000>;
};)",
    },
    Explanation{
        .rule = &rules::lonely,
        .summary = "only one domain names the region",
        .reason =
            "Memory that is shared with nobody: the other side's id is misspelt, or its domain is "
            "missing. For memory of one's own ask for more RAM; memory that is to outlast a "
            "restart of its only domain says isthmus,on-restart = \"keep\".",
        .place = "/chosen",
        .wrong = R"(guest-b {
    /* no mailbox@50000000 */
};)",
        .right = R"(guest-b {
    mailbox@50000000 {
        compatible = "xen,domain-shared-memory-v1";
        xen,shm-id = "mailbox";
        xen,shared-mem = <0x70000000 0x50000000 0x10000>;
    };
};)",
    },
};

}  // namespace

Chapter explain_regions() {
    return {"docs/bindings.md", "A shared region: `compatible = \"xen,domain-shared-memory-v1\"`",
            entries};
}

}  // namespace isthmus::tools
