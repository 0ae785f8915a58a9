// SPDX-License-Identifier: Apache-2.0
// What follows when a guest ends.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = dom0less::rules;

constexpr std::string_view guest = "/chosen/guest-a";

constexpr std::array entries = {
    Explanation{
        .rule = &rules::health_answer,
        .summary = "what is to follow when a guest ends is none of what can follow",
        .reason =
            "A misspelt \"restart\" would be a guest that stays stopped, which is noticed when "
            "it is needed. After the last restart that is allowed no other follows, so "
            "isthmus,on-restart-limit is any answer but that one.",
        .place = guest,
        .wrong = R"(isthmus,on-crash = "reboot";)",
        .right = R"(isthmus,on-crash = "restart";)",
    },
    Explanation{
        .rule = &rules::health_limit,
        .summary = "the limit of restarts is not a number of them and a number of seconds",
        .reason =
            "At most so many restarts, from 1 to 1000, in any so many seconds, from 1 to a week "
            "(604800). To have no restart at all, answer with something else.",
        .place = guest,
        .wrong = R"(isthmus,on-crash = "restart"; isthmus,restart-limit = <0 60>;)",
        .right = R"(isthmus,on-crash = "restart"; isthmus,restart-limit = <3 60>;)",
    },
    Explanation{
        .rule = &rules::health_limit_unused,
        .summary = "a limit of restarts, or what follows after it, has no effect",
        .reason = "Nothing that the guest can do is answered with a restart; or what follows after "
                  "the last one is said, but not how many there may be.",
        .place = guest,
        .wrong = R"(isthmus,on-reset = "stop"; isthmus,restart-limit = <3 60>;)",
        .right = R"(isthmus,on-reset = "restart"; isthmus,restart-limit = <3 60>;)",
    },
    Explanation{
        .rule = &rules::health_group,
        .summary = "a domain ends its group, but is in none; or the group's name cannot be one",
        .reason =
            "With \"stop-group\" all domains with the same isthmus,group stop, this one among "
            "them. The name stands on the console, so it is letters, digits and any of ,._+-@, "
            "at most 64 of them.",
        .place = "/chosen",
        .wrong = R"(guest-a { isthmus,on-crash = "stop-group"; };)",
        .right = R"(guest-a { isthmus,on-crash = "stop-group"; isthmus,group = "cabin"; };
guest-b { isthmus,group = "cabin"; };)",
    },
    Explanation{
        .rule = &rules::health_lonely,
        .summary = "only one domain is in a group",
        .reason = "Often a name that is misspelt in one of two domains: they would then not stop "
                  "together.",
        .place = "/chosen",
        .wrong = R"(guest-a { isthmus,group = "cabin"; };)",
        .right = R"(guest-a { isthmus,group = "cabin"; };
guest-b { isthmus,group = "cabin"; };)",
    },
    Explanation{
        .rule = &rules::health_dma,
        .summary = "a domain is to be restarted, and a device of it has DMA that nobody holds back",
        .reason =
            "The device may go on to write while the domain's memory is cleared and filled, and "
            "Isthmus cannot stop it. Behind an SMMUv3 it can: the device's stream is blocked "
            "until the domain is there again. Without one the domain can be stopped, and the "
            "machine be reset.",
        .place = "/chosen/guest-a",
        .wrong = R"(isthmus,on-crash = "restart";)",
        .right = R"(isthmus,on-crash = "reset-machine";)",
    },
    Explanation{
        .rule = &rules::health_watchdog,
        .summary = "an answer to a watchdog that the domain has not",
        .reason = "isthmus,watchdog gives it one; Xen's interface has one, too.",
        .place = guest,
        .wrong = R"(isthmus,on-watchdog = "restart";)",
        .right = R"(isthmus,on-watchdog = "restart"; isthmus,watchdog;)",
    },
    Explanation{
        .rule = &rules::health_panic,
        .summary = "an answer to a panic that cannot be seen",
        .reason =
            "A kernel says by the panic device (isthmus,pvpanic) that it has given up. One "
            "without a driver for it can end in a reset, by panic=N on its command line: then "
            "isthmus,on-reset is the answer.",
        .place = guest,
        .wrong = R"(isthmus,on-panic = "restart";)",
        .right = R"(isthmus,on-panic = "restart"; isthmus,pvpanic;)",
    },
};

}  // namespace

Chapter explain_health() {
    return {"docs/bindings.md", "The end of a domain", entries};
}

}  // namespace isthmus::tools
