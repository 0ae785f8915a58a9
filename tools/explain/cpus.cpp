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
        .summary = "cpupool-sched is not \"null\" or \"rr\"",
        .reason = "How CPUs are shared decides how long a guest waits. Another scheduler than the "
                  "one that was asked for is not the same system.",
        .place = "/chosen",
        .wrong = R"(pool {
    compatible = "xen,cpupool";
    cpupool-cpus = <&cpu3>;
    cpupool-sched = "credit2";
};)",
        .right = R"(pool {
    compatible = "xen,cpupool";
    cpupool-cpus = <&cpu3>;
    cpupool-sched = "rr";
};)",
    },
};

}  // namespace

Chapter explain_cpus() {
    return {"docs/bindings.md", "CPUs", entries};
}

}  // namespace isthmus::tools
