// SPDX-License-Identifier: Apache-2.0
// What Isthmus drives itself: interrupt controller, timer, SMMUs, and the firmware's PSCI.
#include <array>

#include "fdt/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = fdt::rules;

constexpr std::array entries = {
    Explanation{
        .rule = &rules::no_gic,
        .summary = "no GICv3 or GICv2 is described",
        .reason =
            "Interrupts of the machine arrive by its interrupt controller, and guests get a "
            "virtual "
            "one of the same version. A node is recognised by its compatible and the property "
            "interrupt-controller.",
        .place = "/interrupt-controller@8000000",
        .wrong = R"(compatible = "arm,gic-v3";
/* no interrupt-controller */)",
        .right = R"(compatible = "arm,gic-v3";
interrupt-controller;)",
    },
    Explanation{
        .rule = &rules::gic_reg,
        .summary = "the GIC's registers cannot be found",
        .reason =
            "Isthmus writes to these addresses at EL2, so it must know them exactly. A GICv3 has "
            "its "
            "distributor, then one entry for each of the #redistributor-regions; a GICv2 has four "
            "entries, and the last two are those for virtualisation; the last becomes the guests', "
            "so it must be two whole pages.",
        .place = "/interrupt-controller@8000000",
        .wrong = R"(reg = <0x08000000 0x10000>;                         /* no redistributors */)",
        .right =
            R"(reg = <0x08000000 0x10000>, <0x080a0000 0xf60000>;  /* distributor, redistributors */)",
    },
    Explanation{
        .rule = &rules::gic_interrupt,
        .summary = "the GIC's maintenance interrupt is absent or unreadable",
        .reason = "By it the GIC tells EL2 that a guest's list of pending interrupts has room "
                  "again. Without it a guest with many interrupts at once would lose some.",
        .place = "/interrupt-controller@8000000",
        .wrong = R"(/* no interrupts */)",
        .right = R"(interrupts = <1 9 4>;           /* private interrupt 25, level, high */)",
    },
    Explanation{
        .rule = &rules::no_timer,
        .summary = "no generic timer is described",
        .reason = "Guests run on the virtual timer, and EL2 has one of its own. Isthmus does not "
                  "guess the numbers of their interrupts.",
        .place = "/timer",
        .wrong = R"(compatible = "arm,armv7-timer-mem";)",
        .right = R"(compatible = "arm,armv8-timer";)",
    },
    Explanation{
        .rule = &rules::timer_interrupt,
        .summary = "the virtual or the hypervisor timer's interrupt is absent or unreadable",
        .reason =
            "An expired timer would reach nobody, and a guest would wait for ever. In the "
            "binding's "
            "order the interrupts are secure, physical, virtual, hypervisor; all are private ones.",
        .place = "/timer",
        .wrong =
            R"(interrupts = <1 13 4>, <1 14 4>, <1 11 4>;              /* the hypervisor's is absent */)",
        .right = R"(interrupts = <1 13 4>, <1 14 4>, <1 11 4>, <1 10 4>;)",
    },
    Explanation{
        .rule = &rules::timer_frequency,
        .summary = "nothing says how fast the counter runs",
        .reason =
            "Firmware is to write it to CNTFRQ_EL0, which is how guests know it, and "
            "clock-frequency overrules it. A number that it cannot be is refused here; that "
            "the tree says nothing and the register is 0 only the machine can see. Without it "
            "no time slice and no patience can be counted.",
        .place = "/timer",
        .wrong = R"(clock-frequency = <0>;)",
        .right = R"(clock-frequency = <24000000>;)",
    },
    Explanation{
        .rule = &rules::address_size,
        .summary = "the boot CPU has fewer bits of address than the plan needs",
        .reason = "How many it has stands in its ID_AA64MMFR0_EL1, so only the machine can say "
                  "this. RAM, devices or a guest's addresses beyond them cannot be reached: the "
                  "tree is another machine's, or a domain has a window that this one cannot have.",
        .place = "ID_AA64MMFR0_EL1 of the CPU",
        .wrong =
            R"(memory@100000000000 { device_type = "memory"; reg = <0x1000 0x0 0x0 0x40000000>; };
/* on a CPU with 40 bits */)",
        .right =
            R"(memory@40000000 { device_type = "memory"; reg = <0x0 0x40000000 0x0 0x40000000>; };)",
    },
    Explanation{
        .rule = &rules::gic_lpi,
        .summary = "firmware's interrupt tables lie in RAM that would be a guest's",
        .reason =
            "A boot loader that has used message-signalled interrupts (LPIs) has given the "
            "redistributors, and the ITS, tables in RAM, which they read and write from then on. "
            "Isthmus turns both off; some controllers cannot once they are on. Then the tables "
            "have to be kept "
            "from everybody. Only the machine can say this.",
        .place = "/reserved-memory",
        .wrong = R"(/* nothing about them */)",
        .right = R"(lpi-tables@80000000 { reg = <0x80000000 0x20000>; no-map; };)",
    },
    Explanation{
        .rule = &rules::no_psci,
        .summary = "no PSCI firmware interface is described, or it is disabled",
        .reason =
            "By PSCI the other CPUs are started, and the machine is turned off. Isthmus knows no "
            "other way. Firmware that has it (TF-A, or U-Boot's own) usually adds the node.",
        .place = "/psci",
        .wrong = R"(compatible = "arm,psci-1.0";
status = "disabled";)",
        .right = R"(compatible = "arm,psci-1.0";)",
    },
    Explanation{
        .rule = &rules::psci_method,
        .summary = "the PSCI conduit is neither \"smc\" nor \"hvc\"",
        .reason = "The conduit is the instruction that reaches the firmware. The wrong one is "
                  "undefined, or ends in Isthmus itself.",
        .place = "/psci",
        .wrong = R"(method = "svc";)",
        .right = R"(method = "smc";)",
    },
    Explanation{
        .rule = &rules::smmu_reg,
        .summary = "the registers of an SMMUv3 cannot be found; it is not used",
        .reason = "An SMMU has two pages of registers of 64 KiB, which follow each other. One that "
                  "cannot be reached cannot be told to keep devices apart, so no device behind it "
                  "is safe to hand to a guest.",
        .place = "/",
        .wrong = R"(iommu@9050000 {
    compatible = "arm,smmu-v3";
    reg = <0x09050000 0x10000>;     /* and the second page? */
    #iommu-cells = <1>;
};)",
        .right = R"(iommu@9050000 {
    compatible = "arm,smmu-v3";
    reg = <0x09050000 0x20000>;
    #iommu-cells = <1>;
};)",
    },
    Explanation{
        .rule = &rules::smmu_limit,
        .summary = "there are more SMMUs than this build uses; the others stay as they are",
        .reason = "Every SMMU that is used has data of its own in Isthmus, of which there is a "
                  "fixed number. Of a device behind one of the others nobody can say what it "
                  "reaches. One that no guest needs can be disabled in the tree.",
        .place = "/",
        .wrong =
            R"(iommu@a000000 { compatible = "arm,smmu-v3"; reg = <0xa000000 0x20000>; };
iommu@a020000 { compatible = "arm,smmu-v3"; reg = <0xa020000 0x20000>; };
/* and so on: more than 16 */)",
        .right = R"(iommu@a000000 { compatible = "arm,smmu-v3"; reg = <0xa000000 0x20000>; };
iommu@a020000 { compatible = "arm,smmu-v3"; reg = <0xa020000 0x20000>; status = "disabled"; };)",
    },
};

}  // namespace

Chapter explain_firmware() {
    return {"docs/bindings.md", "The machine", entries};
}

}  // namespace isthmus::tools
