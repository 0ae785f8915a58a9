// SPDX-License-Identifier: Apache-2.0
// Devices that a partial tree assigns, and those that Dom0 has. A place "MODULE:NODE" is a node of
// the partial tree in that module.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = dom0less::rules;

constexpr std::string_view all = "/chosen/guest-a/devices@4a000000:/passthrough";
constexpr std::string_view both_transports =
    R"(virtio@a000000 {                /* both are in one page, and both do DMA */
    xen,path = "/virtio@a000000";
    xen,reg = <0x0 0x0a000000 0x0 0x1000 0x0 0x0a000000>;
    xen,force-assign-without-iommu;
};
virtio@a000200 {
    xen,path = "/virtio@a000200";
    xen,reg = <0x0 0x0a000000 0x0 0x1000 0x0 0x0a000000>;
    xen,force-assign-without-iommu;
};)";
/// Of a direct-mapped guest.
constexpr std::string_view direct = "/chosen/guest-c/devices@4c000000:/passthrough";
constexpr std::string_view net = "/chosen/guest-a/devices@4a000000:/passthrough/ethernet@b000000";

constexpr std::array entries = {
    Explanation{
        .rule = &rules::dev_tree,
        .summary = "a multiboot,device-tree module holds no partial tree that can be used",
        .reason = "The module says which devices a guest gets, so the plan cannot be made without "
                  "it. It is a compiled tree with a node /passthrough, whose nodes are copied into "
                  "the guest's own tree. The host program is given its file by --module.",
        .place = "/chosen/guest-a/devices@4a000000:/",
        .wrong = R"(/* no passthrough */)",
        .right = R"(passthrough {
    compatible = "simple-bus";
};)",
    },
    Explanation{
        .rule = &rules::dev_path,
        .summary = "xen,path names no device of the machine that could be handed out",
        .reason = "Its interrupts are found by that path, and nobody else is given what it names. "
                  "The node must be in the boot tree, must not be disabled there, and must have "
                  "registers or shared interrupts.",
        .place = net,
        .wrong = R"(xen,path = "/soc/ethernet@b000000";)",
        .right = R"(xen,path = "/ethernet@b000000";)",
    },
    Explanation{
        .rule = &rules::dev_reg,
        .summary = "xen,reg is no list of whole pages: host address, size, guest address",
        .reason = "A guest is given whole pages of 4 KiB, no finer. Name the pages around the "
                  "registers; reg says where in them the registers are. The numbers are counted in "
                  "the cells of the node above.",
        .place = net,
        .wrong = R"(xen,reg = <0x0 0x0b000200 0x0 0x200 0x0 0x0b000200>;)",
        .right = R"(xen,reg = <0x0 0x0b000000 0x0 0x1000 0x0 0x0b000000>;)",
    },
    Explanation{
        .rule = &rules::dev_property,
        .summary = "a node of the partial tree does not say which device it stands for",
        .reason = "xen,reg alone opens registers, but neither the device's interrupts nor what "
                  "holds back its DMA can be found from it. xen,path names the machine's node; "
                  "without one xen,force-assign-without-iommu takes the responsibility.",
        .place = net,
        .wrong = R"(/* no xen,path */
/* no xen,force-assign-without-iommu */)",
        .right = R"(xen,path = "/ethernet@b000000";
xen,force-assign-without-iommu;)",
    },
    Explanation{
        .rule = &rules::dev_own,
        .summary = "an assigned device is one that Isthmus keeps for itself",
        .reason = "Who drives the interrupt controller, an IOMMU or the console's UART could stop "
                  "the machine or reach all memory. A guest has emulated ones instead.",
        .place = all,
        .wrong = R"(serial@9000000 {
    xen,path = "/serial@9000000";       /* the console */
    xen,reg = <0x0 0x09000000 0x0 0x1000 0x0 0x09000000>;
    xen,force-assign-without-iommu;
};)",
        .right = R"(rtc@9010000 {
    xen,path = "/rtc@9010000";
    xen,reg = <0x0 0x09010000 0x0 0x1000 0x0 0x09010000>;
    xen,force-assign-without-iommu;
};)",
    },
    Explanation{
        .rule = &rules::dev_twice,
        .summary = "a device, or a page of its registers, is assigned a second time",
        .reason = "Two drivers would command one device, and each could undo what the other has "
                  "set up. A page has one user: devices that share one go to one guest.",
        .place = "/chosen/guest-b/devices@4b000000:/passthrough",
        .wrong = R"(ethernet@b000000 {                      /* guest-a has it */
    xen,path = "/ethernet@b000000";
    xen,reg = <0x0 0x0b000000 0x0 0x2000 0x0 0x0b000000>;
    xen,force-assign-without-iommu;
};)",
        .right = R"(rtc@9010000 {
    xen,path = "/rtc@9010000";
    xen,reg = <0x0 0x09010000 0x0 0x1000 0x0 0x09010000>;
    xen,force-assign-without-iommu;
};)",
    },
    Explanation{
        .rule = &rules::dev_range,
        .summary = "xen,reg names pages without registers of the device, or memory",
        .reason = "Whoever lives there would be at the guest's mercy: another device, other "
                  "guests' RAM, the firmware. The pages must hold registers of what xen,path "
                  "names, and be no RAM.",
        .place = net,
        .wrong = R"(xen,reg = <0x0 0x0b100000 0x0 0x2000 0x0 0x0b000000>;)",
        .right = R"(xen,reg = <0x0 0x0b000000 0x0 0x2000 0x0 0x0b000000>;)",
    },
    Explanation{
        .rule = &rules::dev_iommu,
        .summary = "no IOMMU holds back the DMA of an assigned device",
        .reason = "The guest could have the device read and write all of the machine's memory. "
                  "xen,force-assign-without-iommu says that this guest may be trusted so far, or "
                  "that the device does no DMA.",
        .place = net,
        .wrong = R"(/* no xen,force-assign-without-iommu */)",
        .right = R"(xen,force-assign-without-iommu;)",
    },
    Explanation{
        .rule = &rules::dev_smmu,
        .summary = "an SMMU cannot hold a device back, and the device was assigned because of it",
        .reason = "What an SMMU can do stands in its registers, so only the machine can say this: "
                  "some translate for their drivers alone (stage 1) and know no second stage. The "
                  "device would then reach all memory.",
        .place = "the SMMU's registers",
        .wrong =
            R"(xen,path = "/ethernet@b000000";     /* iommus = <&smmu 5>; in the boot tree */)",
        .right = R"(xen,path = "/ethernet@b000000";
xen,force-assign-without-iommu;)",
    },
    Explanation{
        .rule = &rules::dev_dma,
        .summary = "nothing holds back the devices behind an SMMU that cannot",
        .reason = "They are Dom0's, or were assigned by force: their domain can reach all memory "
                  "through them, so it is trusted as Isthmus is. Only the machine can say this.",
        .place = "the SMMU's registers",
        .wrong = R"(iommus = <&smmu 5>;     /* of a device that Dom0 has */)",
        .right = R"(xen,passthrough;        /* it is nobody's */)",
    },
    Explanation{
        .rule = &rules::dev_address,
        .summary = "a device does DMA by the machine's addresses, and its guest has others",
        .reason = "Without an IOMMU a device takes the addresses that its driver gives it for the "
                  "machine's. In a guest that is not direct-mapped they are not: the device reads "
                  "and writes somewhere else, in another guest's memory for one. Give such a "
                  "device to a guest with direct-map.",
        .place = all,
        .wrong = both_transports,
        .right = R"(rtc@9010000 {                   /* does none */
    xen,path = "/rtc@9010000";
    xen,reg = <0x0 0x09010000 0x0 0x1000 0x0 0x09010000>;
    xen,force-assign-without-iommu;
};)",
    },
    Explanation{
        .rule = &rules::dev_interrupt,
        .summary = "an interrupt of an assigned device cannot be handed to its guest",
        .reason = "A line has one user, who enables and ends it. One that the machine's device "
                  "does not raise never comes, and the guest's driver waits for ever; one that is "
                  "also the console's, another guest's or the guest's emulated UART's has a user.",
        .place = net,
        .wrong = R"(interrupts = <0 52 4>;)",
        .right = R"(interrupts = <0 50 4>;)",
    },
    Explanation{
        .rule = &rules::dev_guest_overlap,
        .summary = "an assigned device lies over something else in the guest's address space",
        .reason = "The guest can reach only one of the two: its RAM, its interrupt controller, its "
                  "UART or another device would be gone.",
        .place = net,
        .wrong = R"(xen,reg = <0x0 0x0b000000 0x0 0x2000 0x0 0x40000000>;   /* RAM */)",
        .right = R"(xen,reg = <0x0 0x0b000000 0x0 0x2000 0x0 0x0b000000>;)",
    },
    Explanation{
        .rule = &rules::dev_guest_range,
        .summary = "an assigned device lies past the end of the guest's address space",
        .reason = "A guest's addresses have 40 bits, so it could never reach the registers.",
        .place = net,
        .wrong = R"(xen,reg = <0x0 0x0b000000 0x0 0x2000 0x100 0x0b000000>;)",
        .right = R"(xen,reg = <0x0 0x0b000000 0x0 0x2000 0x0 0x0b000000>;)",
    },
    Explanation{
        .rule = &rules::dev_direct_map,
        .summary = "guest and host address of a device differ in a direct-mapped domain",
        .reason = "Such a guest takes all its addresses for the machine's own; another one could "
                  "be that of a device which it is given later.",
        .place = direct,
        .wrong = R"(rtc@9010000 {
    xen,path = "/rtc@9010000";
    xen,reg = <0x0 0x09010000 0x0 0x1000 0x0 0x09020000>;
    xen,force-assign-without-iommu;
};)",
        .right = R"(rtc@9010000 {
    xen,path = "/rtc@9010000";
    xen,reg = <0x0 0x09010000 0x0 0x1000 0x0 0x09010000>;
    xen,force-assign-without-iommu;
};)",
    },
    Explanation{
        .rule = &rules::dev_goes_along,
        .summary = "devices that share a page or an interrupt with an assigned one go with it",
        .reason = "The guest can reach their registers or is woken by them, so nobody else has "
                  "them. Assign them to the same guest, too, if it is to drive them.",
        .place = direct,
        .wrong = R"(virtio@a000000 {                /* virtio@a000200 is in the same page */
    xen,path = "/virtio@a000000";
    xen,reg = <0x0 0x0a000000 0x0 0x1000 0x0 0x0a000000>;
    xen,force-assign-without-iommu;
};)",
        .right = both_transports,
    },
    Explanation{
        .rule = &rules::dom0_device,
        .summary = "Dom0 does not get every page or interrupt of a device that its tree shows",
        .reason = "Isthmus keeps what shares the page or the interrupt, or the device lies where a "
                  "guest cannot reach. Its driver in Dom0 will fail.",
        .place = "/",
        .wrong = R"(gpio@9000800 { reg = <0x09000800 0x100>; };     /* in the console's page */
chosen {
    kernel@4d000000 {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <0x4d000000 0x100000>;
    };
};)",
        .right = R"(gpio@9001000 { reg = <0x09001000 0x100>; };
chosen {
    kernel@4d000000 {
        compatible = "multiboot,kernel", "multiboot,module";
        reg = <0x4d000000 0x100000>;
    };
};)",
    },
};

}  // namespace

Chapter explain_devices() {
    return {"docs/bindings.md", "Devices for a guest", entries};
}

}  // namespace isthmus::tools
