// SPDX-License-Identifier: Apache-2.0
// The tree as a whole, and the hypervisor's arguments.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "fdt/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

constexpr std::array entries = {
    Explanation{
        .rule = &fdt::rules::malformed,
        .summary = "the bytes are no device tree",
        .reason = "A tree comes from outside: every length and offset in it is checked before one "
                  "of them is followed. Most often a boot loader was given another file, or a "
                  "compressed one, or only the first part of the tree was copied.",
        .place = "a U-Boot script",
        .wrong = R"(load mmc 0:1 0x44000000 boot.dtb.gz)",
        .right = R"(load mmc 0:1 0x44000000 boot.dtb)",
    },
    Explanation{
        .rule = &fdt::rules::limit,
        .summary = "the tree is deeper, longer in its paths or larger than this build reads",
        .reason = "What is read takes memory from one block of fixed size, and a path takes a line "
                  "of fixed length, so that reading a tree cannot exhaust the machine. The limits "
                  "stand in include/isthmus/limits.hpp; the finding names the one that was met.",
        .place = "/",
        .wrong = R"(a { a { a { /* and so on: 33 nodes, one in another */ }; }; };)",
        .right = R"(a { a { a { /* and so on: at most 31 below the root */ }; }; };)",
    },
    Explanation{
        .rule = &fdt::rules::node_twice,
        .summary = "two nodes with one parent have one name",
        .reason = "A path leads to the first of them and to the second never: an alias, a "
                  "finding, the plan and the console could not say which of the two they mean. "
                  "Compilers refuse such a source or join the two, so a boot loader's script or "
                  "an overlay has most likely added a node that was there.",
        .place = "/chosen",
        .wrong = R"(guest-a { /* ... */ };
guest-a { /* ... */ };)",
        .right = R"(guest-a { /* ... */ };
guest-b { /* ... */ };)",
    },
    Explanation{
        .rule = &dom0less::rules::plan_digest,
        .summary = "the plan is not the one that the tree names",
        .reason =
            "The digest names the only plan that may boot. When the machine's tree, a property or "
            "the "
            "version of Isthmus has changed since the plan was looked at, other guests or other "
            "memory would come of it; so nothing starts. Look at the new plan, and take its "
            "digest.",
        .place = "/chosen",
        .wrong =
            R"(isthmus,plan-digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";)",
        .right = R"(isthmus,plan-digest = "<the last line of: isthmus plan FILE>";)",
    },
    Explanation{
        .rule = &dom0less::rules::option_unknown,
        .summary = "a hypervisor argument is not known; it is ignored",
        .reason =
            "Trees written for Xen carry many arguments that mean nothing here. They do no harm, "
            "but a misspelt argument has no effect either, and this line is the only sign of it.",
        .place = "/chosen",
        .wrong = R"(xen,xen-bootargs = "on-last-of=poweroff";)",
        .right = R"(xen,xen-bootargs = "on-last-off=poweroff";)",
    },
    Explanation{
        .rule = &dom0less::rules::option_value,
        .summary = "a hypervisor argument has a value that it cannot have; it is ignored",
        .reason = "The argument keeps its default, which may not be what the writer relies on.",
        .place = "/chosen",
        .wrong = R"(xen,xen-bootargs = "on-last-off=shutdown";)",
        .right = R"(xen,xen-bootargs = "on-last-off=poweroff";)",
    },
};

}  // namespace

Chapter explain_trees() {
    return {"docs/bindings.md", "/chosen", entries};
}

}  // namespace isthmus::tools
