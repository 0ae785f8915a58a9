// SPDX-License-Identifier: Apache-2.0
// A domain: its memory, its CPUs, and what the binding has that this version has not.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = dom0less::rules;

constexpr std::array entries = {
    Explanation{
        .rule = &rules::none,
        .summary = "the tree describes no guest",
        .reason = "Isthmus would start and have nothing to do. A node is a guest by its "
                  "compatible, and only directly under /chosen.",
        .place = "/chosen",
        .wrong = R"(guest-a { compatible = "xen,domU"; };
guest-b { compatible = "xen,domU"; };)",
        .right = R"(guest-a { compatible = "xen,domain"; };
guest-b { compatible = "xen,domain"; };)",
    },
    Explanation{
        .rule = &rules::name,
        .summary = "a domain's name cannot stand in front of its lines on the console",
        .reason =
            "Who reads the console, a person or a program, tells by the name in front of a line "
            "who wrote it. A name with a space or a bar in it could be taken for another's, "
            "isthmus is the hypervisor's own, and Dom0 that of the first domain, where there is "
            "one.",
        .place = "/chosen",
        .wrong = R"(/* no guest-a */
isthmus {
    compatible = "xen,domain"; #address-cells = <1>; #size-cells = <1>;
    memory = <0 65536>; cpus = <1>;
    kernel { compatible = "multiboot,kernel"; reg = <0x48000000 0x100000>; };
    mailbox@50000000 {
        compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "mailbox";
        xen,shared-mem = <0x70000000 0x50000000 0x10000>;
    };
};)",
        .right = R"(guest-a { compatible = "xen,domain"; };)",
    },
    Explanation{
        .rule = &rules::limit,
        .summary =
            "there are more domains than this build allows, or more of everything than it can plan",
        .reason = "Planning takes memory from one block of fixed size, and domains have numbers of "
                  "a fixed range, so that no tree can exhaust the machine. The limits stand in "
                  "include/isthmus/limits.hpp.",
        .place = "/chosen",
        .wrong = R"(guest-0 { compatible = "xen,domain"; };
guest-1 { compatible = "xen,domain"; };
/* and so on: more than 64 */)",
        .right = R"(guest-a { compatible = "xen,domain"; };
guest-b { compatible = "xen,domain"; };)",
    },
    Explanation{
        .rule = &rules::cells,
        .summary = "#address-cells or #size-cells of a domain is absent, or not 1 or 2",
        .reason =
            "They say how the addresses of the domain's modules and regions are to be read. There "
            "is "
            "no default that fits all trees, and a wrong guess reads every address as another.",
        .place = "/chosen/guest-a",
        .wrong = R"(#address-cells = <1>;
/* no #size-cells */)",
        .right = R"(#address-cells = <1>;
#size-cells = <1>;)",
    },
    Explanation{
        .rule = &rules::memory_missing,
        .summary = "memory is absent or no number",
        .reason = "A guest gets exactly the RAM that it is given here; no default would be right.",
        .place = "/chosen/guest-a",
        .wrong = R"(memory = "256M";)",
        .right = R"(memory = <0x0 0x10000>;     /* KiB: 64 MiB */)",
    },
    Explanation{
        .rule = &rules::memory_size,
        .summary =
            "memory is 0, not in whole pages, or more than a guest's address space has room for",
        .reason = "The number counts KiB. Memory is given out in pages of 4 KiB, and a guest's RAM "
                  "has two places, of 3 GiB from 0x40000000 and of 1016 GiB from 0x200000000.",
        .place = "/chosen/guest-a",
        .wrong = R"(memory = <0x0 65537>;       /* KiB: one more than 64 MiB */)",
        .right = R"(memory = <0x0 65536>;)",
    },
    Explanation{
        .rule = &rules::memory_small,
        .summary = "the RAM does not hold the guest's device tree, its ramdisk and a kernel",
        .reason = "All three are put into the guest's RAM before it starts, and none may lie over "
                  "another.",
        .place = "/chosen/guest-a",
        .wrong = R"(memory = <0x0 2048>;        /* KiB: 2 MiB */)",
        .right = R"(memory = <0x0 65536>;)",
    },
    Explanation{
        .rule = &rules::out_of_memory,
        .summary = "the machine has not as much free RAM as is asked for",
        .reason =
            "RAM is never promised twice. What reservations, modules, regions and the hypervisor's "
            "own "
            "heap take is not free; the finding has the numbers, and isthmus report draws them.",
        .place = "/chosen/guest-a",
        .wrong = R"(memory = <0x0 0x100000>;    /* KiB: 1 GiB, all that the machine has */
mailbox@50000000 {
    xen,shared-mem = <0x70000000 0xf0000000 0x10000>;
};)",
        .right = R"(memory = <0x0 0x80000>;     /* KiB: 512 MiB */
mailbox@50000000 {
    xen,shared-mem = <0x70000000 0xf0000000 0x10000>;
};)",
    },
    Explanation{
        .rule = &rules::cpus,
        .summary = "cpus is absent, 0, or more than one guest may have",
        .reason = "A guest needs a CPU to run at all. The limit comes from the virtual interrupt "
                  "controller: 128 with a GICv3, 8 with a GICv2.",
        .place = "/chosen/guest-a",
        .wrong = R"(cpus = <0>;)",
        .right = R"(cpus = <1>;)",
    },
    Explanation{
        .rule = &rules::cpu_shortage,
        .summary = "the domains ask for more vCPUs than their CPUs serve",
        .reason = "With the scheduler null each vCPU has a CPU to itself: no guest waits for "
                  "another. With sched=rr they take turns, and one CPU is enough.",
        .place = "/chosen/guest-a",
        .wrong = R"(cpus = <4>;     /* guest-b has one, the machine four */)",
        .right = R"(cpus = <3>;)",
    },
    Explanation{
        .rule = &rules::affinity,
        .summary = "a hard-affinity cannot be read, or cannot be met",
        .reason =
            "It is a promise about where a vCPU runs, for example beside the cache that it "
            "needs. A promise that cannot be kept is refused before anything starts. CPUs are "
            "counted in the order of the tree; lists and spans are written \"0-3,5\".",
        .place = "/chosen/guest-a",
        .wrong = R"(vcpu@0 {
    compatible = "xen,vcpu";
    id = <0>;
    hard-affinity = "7";        /* the machine has CPUs 0 to 3 */
};)",
        .right = R"(vcpu@0 {
    compatible = "xen,vcpu";
    id = <0>;
    hard-affinity = "2-3";
};)",
    },
    Explanation{
        .rule = &rules::nr_spis,
        .summary = "nr_spis is no number of shared interrupts",
        .reason =
            "The guest's interrupt controller has room for 988 of them, interrupts 32 to 1019.",
        .place = "/chosen/guest-a",
        .wrong = R"(nr_spis = <1020>;)",
        .right = R"(nr_spis = <64>;)",
    },
    Explanation{
        .rule = &rules::direct_map,
        .summary = "direct-map without xen,static-mem, or where the machine's addresses do not fit",
        .reason =
            "In a direct-mapped domain guest addresses are host addresses. That is of use only "
            "where the tree says which host addresses they are. The domain's interrupt controller "
            "stands where the machine's does, so there must be room for as many redistributors as "
            "it has vCPUs; its UART takes the place of the machine's console and of that one's "
            "shared interrupt, so there must be one. All of it lies below a guest's 40 bits.",
        .place = "/chosen/guest-a",
        .wrong = R"(direct-map;
mailbox@50000000 {
    xen,shared-mem = <0x70000000 0x70000000 0x10000>;
};)",
        .right = R"(direct-map;
xen,static-mem = <0x60000000 0x4000000>;
mailbox@50000000 {
    xen,shared-mem = <0x70000000 0x70000000 0x10000>;
};)",
    },
    Explanation{
        .rule = &rules::unsupported,
        .summary = "known to the binding, but not to this version, and not to be ignored",
        .reason =
            "With the property ignored something would be built that was not asked for: a guest "
            "without its device, without the other end of its channel, or with another one's "
            "rights.",
        .place = "/chosen/guest-a",
        .wrong = R"(xen,enhanced = "enabled";)",
        .right = R"(xen,enhanced = "disabled";)",
    },
    Explanation{
        .rule = &rules::ignored,
        .summary = "known to the binding, but without effect here",
        .reason = "Nothing is lost by it, but nobody should rely on it.",
        .place = "/chosen/guest-a",
        .wrong = R"(max_grant_frames = <64>;    /* there are no grant tables */)",
        .right = R"(/* no max_grant_frames */)",
    },
    Explanation{
        .rule = &rules::unknown_property,
        .summary = "a property that is not known; it is ignored",
        .reason = "A misspelt property has no effect, and this line is the only sign of it. "
                  "Properties of later versions are named, too.",
        .place = "/chosen/guest-a",
        .wrong = R"(vpl01;)",
        .right = R"(vpl011;)",
    },
};

}  // namespace

Chapter explain_domains() {
    return {"docs/bindings.md", "A domain: `compatible = \"xen,domain\"`", entries};
}

}  // namespace isthmus::tools
