// SPDX-License-Identifier: Apache-2.0
// CPUs: pools, and who runs on which.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = dom0less::rules;

constexpr std::array entries = {
    Explanation{
        .rule = &rules::cpupool,
        .summary = "domain-cpupool is not the phandle of a xen,cpupool node",
        .reason = "The domain asks for CPUs of its own. Given others it would share with those it "
                  "was to be kept apart from.",
        .place = "/chosen/guest-a",
        .wrong = R"(domain-cpupool = <&gic>;)",
        .right = R"(/* no domain-cpupool */)",
    },
    Explanation{
        .rule = &rules::priority,
        .summary = "isthmus,priority is no number from 0 to 255",
        .reason = "Among vCPUs that share a CPU the larger goes first; a value that was cut off "
                  "would turn the order round.",
        .place = "/chosen/guest-a",
        .wrong = R"(isthmus,priority = <1000>;)",
        .right = R"(isthmus,priority = <10>;)",
    },
    Explanation{
        .rule = &rules::cpupool_cpus,
        .summary = "cpupool-cpus is no list of phandles of CPUs, or one is in a pool already",
        .reason = "Pools keep domains apart in time. A CPU in two of them would join what was to "
                  "be separate.",
        .place = "/chosen",
        .wrong = R"(pool {
    compatible = "xen,cpupool";
    cpupool-cpus = <&cpu3 &cpu3>;
};)",
        .right = R"(pool {
    compatible = "xen,cpupool";
    cpupool-cpus = <&cpu2 &cpu3>;
};)",
    },
    Explanation{
        .rule = &rules::cpupool_sched,
        .summary = "cpupool-sched is not \"null\", \"rr\", or a scheduler of Xen's",
        .reason = "How CPUs are shared decides how long a guest waits. Another scheduler than the "
                  "one that was asked for is not the same system.",
        .place = "/chosen",
        .wrong = R"(pool {
    compatible = "xen,cpupool";
    cpupool-cpus = <&cpu3>;
    cpupool-sched = "fair";
};)",
        .right = R"(pool {
    compatible = "xen,cpupool";
    cpupool-cpus = <&cpu3>;
    cpupool-sched = "rr";
};)",
    },
    Explanation{
        .rule = &rules::sched_nearest,
        .summary = "a scheduler of Xen's that is not here; CPUs are given in turns",
        .reason =
            "All of credit, credit2, rtds and arinc653 let vCPUs share a CPU, as rr does, but "
            "none divides time as rr does: weights, caps and budgets have no effect.",
        .place = "/chosen",
        .wrong = R"(xen,xen-bootargs = "sched=credit2";)",
        .right = R"(xen,xen-bootargs = "sched=rr";)",
    },
    Explanation{
        .rule = &rules::sched_turns,
        .summary = "no scheduler is named, and not every vCPU finds a CPU: they take turns",
        .reason = "With a CPU to itself a guest waits for nobody. Where that cannot be, and nobody "
                  "has said that it must, the guests start all the same, and wait for each other. "
                  "With sched=null named it would be the error dom-cpu-shortage.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    cpus = <4>;     /* guest-b has one, the machine four */
};)",
        .right = R"(xen,xen-bootargs = "sched=rr";
guest-a {
    cpus = <4>;
};)",
    },
};

}  // namespace

Chapter explain_cpus() {
    return {"docs/bindings.md", "CPUs", entries};
}

}  // namespace isthmus::tools
