// SPDX-License-Identifier: Apache-2.0
// Host memory that the tree gives out by address, and firmware reserves by a /memreserve/ entry.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "shm/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

constexpr std::array entries = {
    Explanation{
        .rule = &dom0less::rules::static_mem_memreserve,
        .summary = "xen,static-mem lies over a /memreserve/ entry; the domain gets the memory",
        .reason = "An entry may be about what the boot loader has put there for this very boot, or "
                  "about memory that firmware goes on to use: the tree does not say which. A guest "
                  "that is given the second is overwritten by firmware, or overwrites it.",
        .place = "the blob's memory reservation block",
        .wrong =
            R"(/memreserve/ 0x61000000 0x10000;    /* guest-a: xen,static-mem = <0x60000000 0x4000000>; */)",
        .right =
            R"(/memreserve/ 0x64000000 0x10000;    /* guest-a: xen,static-mem = <0x60000000 0x4000000>; */)",
    },
    Explanation{
        .rule = &shm::rules::host_memreserve,
        .summary = "the region lies over a /memreserve/ entry; its guests get the memory",
        .reason = "Firmware that goes on to use this memory would write into what guests share, "
                  "and they into what is firmware's. Often the entry was made for the region "
                  "itself: then it can go, since nobody is given a region's memory by chance.",
        .place = "the blob's memory reservation block",
        .wrong = R"(/memreserve/ 0x70000000 0x1000;     /* the mailbox is at 0x70000000 */)",
        .right = R"(/memreserve/ 0x7e000000 0x1000;)",
    },
};

}  // namespace

Chapter explain_reservations() {
    return {"docs/bindings.md", "Rules", entries};
}

}  // namespace isthmus::tools
