// SPDX-License-Identifier: Apache-2.0
// Doorbells and event channels.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "shm/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = dom0less::rules;

constexpr std::string_view region = "/chosen/guest-a/mailbox@50000000";
constexpr std::string_view right_pair =
    R"(guest-a { ec_a: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &ec_b>; }; };
guest-b { ec_b: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &ec_a>; }; };)";

constexpr std::array entries = {
    Explanation{
        .rule = &shm::rules::doorbell,
        .summary = "what is said of doorbells is none of what can be said",
        .reason =
            "A guest that waits to be rung, and never is, waits for ever. isthmus,doorbell is "
            "a boolean; isthmus,doorbell-when-off is \"keep\" or \"drop\".",
        .place = region,
        .wrong = R"(isthmus,doorbell; isthmus,doorbell-when-off = "queue";)",
        .right = R"(isthmus,doorbell; isthmus,doorbell-when-off = "keep";)",
    },
    Explanation{
        .rule = &shm::rules::status,
        .summary = "what is said of the region's status page is neither yes nor no",
        .reason =
            "A guest that looks for its peers' state, and finds no page, would wait for ever. "
            "isthmus,status is a boolean.",
        .place = region,
        .wrong = R"(isthmus,status = "always";)",
        .right = R"(isthmus,status;)",
    },
    Explanation{
        .rule = &shm::rules::line_name,
        .summary = "a doorbell's GPIO line has a name that Linux shows cut",
        .reason =
            "The lines are named REGION.PEER.ring and REGION.PEER.rung, and Linux hands out 31 "
            "characters of such a name. gpiofind then finds no line by the whole name, and lines "
            "whose names begin alike cannot be told apart. Rings by hypercall are not concerned.",
        .place = "/chosen",
        .wrong = R"(front-camera-recorder { compatible = "xen,domain"; #address-cells = <1>;
    #size-cells = <1>; memory = <0 0x10000>; cpus = <1>;
    kernel@4e000000 { compatible = "multiboot,kernel"; reg = <0x4e000000 0x100000>; };
    mailbox { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "mailbox";
              xen,shared-mem = <0x70000000 0x50000000 0x10000>; isthmus,doorbell; };
};)",
        .right = R"(recorder { compatible = "xen,domain"; #address-cells = <1>;
    #size-cells = <1>; memory = <0 0x10000>; cpus = <1>;
    kernel@4e000000 { compatible = "multiboot,kernel"; reg = <0x4e000000 0x100000>; };
    mailbox { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "mailbox";
              xen,shared-mem = <0x70000000 0x50000000 0x10000>; isthmus,doorbell; };
};)",
    },
    Explanation{
        .rule = &shm::rules::notification,
        .summary = "the region names an event channel that is not the domain's, or leads to "
                   "nobody who has the region",
        .reason =
            "The guest finds by its region which port rings which party. Each phandle is that "
            "of a xen,evtchn-v1 node of the same domain, whose other end is a party's.",
        .place = region,
        .wrong = R"(xen,notification = <0x1234>;)",
        .right = R"(/* no xen,notification */)",
    },
    Explanation{
        .rule = &rules::evtchn_property,
        .summary = "the end of an event channel is not a port and a phandle",
        .reason = "The port is the channel's number in this domain; the phandle is that of the "
                  "xen,evtchn-v1 node at the other end.",
        .place = "/chosen",
        .wrong =
            R"(guest-a { ec_a: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <10>; }; };)",
        .right = right_pair,
    },
    Explanation{
        .rule = &rules::evtchn_port,
        .summary = "a port is 0, or past 4095",
        .reason = "Ports are bits of a page of the guest's, which has 4096; port 0 means none.",
        .place = "/chosen",
        .wrong =
            R"(guest-a { ec_a: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <0 &ec_b>; }; };
guest-b { ec_b: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &ec_a>; }; };)",
        .right = right_pair,
    },
    Explanation{
        .rule = &rules::evtchn_port_twice,
        .summary = "two event channels of a domain have one port",
        .reason = "The guest could not tell who rang, nor ring one of them.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    ec_a: evtchn0 { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &ec_b>; };
    ec_c: evtchn1 { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &ec_d>; };
};
guest-b {
    ec_b: evtchn0 { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &ec_a>; };
    ec_d: evtchn1 { compatible = "xen,evtchn-v1"; xen,evtchn = <12 &ec_c>; };
};)",
        .right = right_pair,
    },
    Explanation{
        .rule = &rules::evtchn_peer,
        .summary = "the phandle leads to no end of an event channel",
        .reason = "The guest would ring nobody. The other end is a node with compatible = "
                  "\"xen,evtchn-v1\" in another domain, or directly below /chosen for Dom0.",
        .place = "/chosen",
        .wrong =
            R"(guest-a { ec_a: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <10 0x1234>; }; };)",
        .right = right_pair,
    },
    Explanation{
        .rule = &rules::evtchn_one_sided,
        .summary = "the other end of an event channel does not name this one",
        .reason = "Two that ring one end cannot both be answered by it. Each end names the other.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    ec_a: evtchn0 { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &ec_b>; };
    ec_c: evtchn1 { compatible = "xen,evtchn-v1"; xen,evtchn = <12 &ec_b>; };
};
guest-b { ec_b: evtchn { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &ec_a>; }; };)",
        .right = right_pair,
    },
    Explanation{
        .rule = &rules::evtchn_same_domain,
        .summary = "both ends of an event channel are one domain's",
        .reason = "A guest needs no hypervisor to ring itself; one of the two nodes is likely to "
                  "stand in the wrong domain.",
        .place = "/chosen",
        .wrong = R"(guest-a {
    ec_a: evtchn0 { compatible = "xen,evtchn-v1"; xen,evtchn = <10 &ec_b>; };
    ec_b: evtchn1 { compatible = "xen,evtchn-v1"; xen,evtchn = <11 &ec_a>; };
};)",
        .right = right_pair,
    },
};

}  // namespace

Chapter explain_signals() {
    return {"docs/signals.md", "Asking for an event channel", entries};
}

}  // namespace isthmus::tools
