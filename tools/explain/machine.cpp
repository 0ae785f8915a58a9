// SPDX-License-Identifier: Apache-2.0
// The machine's memory, CPUs and console.
#include <array>

#include "dom0less/plan/rules.hpp"
#include "fdt/rules.hpp"
#include "tools/explain/explanation.hpp"

namespace isthmus::tools {
namespace {

namespace rules = fdt::rules;

constexpr std::array entries = {
    Explanation{
        .rule = &rules::no_ram,
        .summary = "no node describes a page of RAM",
        .reason =
            "Isthmus uses the memory that the tree describes and no other. The node needs "
            "device_type, "
            "by which it is recognised; a boot loader usually fills it in, and a tree that came "
            "straight from its source may lack it.",
        .place = "/memory@40000000",
        .wrong = R"(/* no device_type */
reg = <0x40000000 0x40000000>;)",
        .right = R"(device_type = "memory";
reg = <0x40000000 0x40000000>;)",
    },
    Explanation{
        .rule = &rules::memory_reg,
        .summary = "the reg of a memory node cannot be read, or reaches beyond 48 bits",
        .reason = "Addresses and sizes are counted in the cells of the root. With one cell too "
                  "many or too few, every number behind it would be taken for another, and guests "
                  "would be placed where there is no RAM.",
        .place = "/",
        .wrong =
            R"(memory@80000000 { device_type = "memory"; reg = <0x80000000>; };  /* and its size? */)",
        .right = R"(memory@80000000 { device_type = "memory"; reg = <0x80000000 0x40000000>; };)",
    },
    Explanation{
        .rule = &rules::memory_limit,
        .summary = "the machine has more RAM ranges than this build reads",
        .reason = "RAM that is left out silently would be RAM that the plan does not show. Ranges "
                  "that touch can be written as one.",
        .place = "/",
        .wrong = R"(memory@0 { device_type = "memory"; reg = <0x0 0x1000>; };
memory@2000 { device_type = "memory"; reg = <0x2000 0x1000>; };
/* and so on: more than 128 */)",
        .right = R"(memory@0 { device_type = "memory"; reg = <0x0 0x3000>; };)",
    },
    Explanation{
        .rule = &rules::ram_overlap,
        .summary = "two RAM ranges overlap; they are taken as one",
        .reason =
            "One piece of RAM must not be counted, and given away, twice. What overlaps is merged. "
            "Two descriptions of one memory usually mean that one of them is of another board.",
        .place = "/",
        .wrong = R"(memory@40000000 { reg = <0x40000000 0x40000000>; };
memory@60000000 { device_type = "memory"; reg = <0x60000000 0x20000000>; };)",
        .right = R"(memory@40000000 { reg = <0x40000000 0x20000000>; };
memory@60000000 { device_type = "memory"; reg = <0x60000000 0x20000000>; };)",
    },
    Explanation{
        .rule = &rules::reserved_reg,
        .summary = "the reg of a reservation cannot be read, or wraps around",
        .reason = "Firmware may run from reserved memory, or devices write to it. A reservation "
                  "that is not understood would be handed to a guest.",
        .place = "/reserved-memory/firmware@7f000000",
        .wrong = R"(reg = <0x7f000000>;             /* and its size? */)",
        .right = R"(reg = <0x7f000000 0x100000>;    /* address, size */)",
    },
    Explanation{
        .rule = &rules::reserved_limit,
        .summary = "there are more reservations than this build reads",
        .reason = "A reservation that is left out would be handed to a guest. Neighbours can be "
                  "written as one.",
        .place = "/reserved-memory",
        .wrong = R"(a@7f000000 { reg = <0x7f000000 0x1000>; };
a@7f002000 { reg = <0x7f002000 0x1000>; };
/* and so on: more than 256, those of /memreserve/ counted */)",
        .right = R"(a@7f000000 { reg = <0x7f000000 0x3000>; };)",
    },
    Explanation{
        .rule = &rules::reserved_ranges,
        .summary = "the ranges of /reserved-memory are not followed",
        .reason = "Reserved memory is host memory, so an empty ranges is what the specification "
                  "asks for. With another one the children's addresses might mean something else "
                  "than they say; they are taken as they stand.",
        .place = "/reserved-memory",
        .wrong = R"(ranges = <0x0 0x70000000 0x10000000>;)",
        .right = R"(ranges;)",
    },
    Explanation{
        .rule = &rules::reserved_dynamic,
        .summary = "a reservation names no address; it is not made",
        .reason = "Such a node asks an operating system to choose a place for it, for example for "
                  "a pool of its own. Isthmus passes no device of the machine on to a guest, so "
                  "nobody would use it. Where firmware or a device does use it, give it a reg.",
        .place = "/reserved-memory",
        .wrong = R"(pool { size = <0x100000>; };)",
        .right = R"(pool@7e000000 { reg = <0x7e000000 0x100000>; };)",
    },
    Explanation{
        .rule = &rules::no_cpu,
        .summary = "no CPU is described",
        .reason =
            "A vCPU has a physical CPU to run on, and the tree alone says which there are. Nodes "
            "are "
            "recognised by device_type; those with another status than \"okay\" do not count.",
        .place = "/",
        .wrong = R"(/* no cpus */)",
        .right = R"(cpus {
    #address-cells = <1>;
    #size-cells = <0>;

    cpu@0 {
        device_type = "cpu";
        reg = <0>;
        enable-method = "psci";
    };
};)",
    },
    Explanation{
        .rule = &rules::cpu_reg,
        .summary = "the reg of a CPU is no affinity",
        .reason = "A CPU is started by its affinity, the bits of MPIDR_EL1 that name it. Another "
                  "number would start another CPU, or none.",
        .place = "/cpus/cpu@1",
        .wrong = R"(reg = <0x80000001>;     /* bit 31 of MPIDR_EL1 is no part of the affinity */)",
        .right = R"(reg = <0x1>;)",
    },
    Explanation{
        .rule = &rules::cpu_duplicate,
        .summary = "two CPUs have one affinity",
        .reason = "Two vCPUs would be planned for one CPU, and one of them would never run.",
        .place = "/cpus/cpu@1",
        .wrong = R"(reg = <0x0>;            /* that of cpu@0 */)",
        .right = R"(reg = <0x1>;)",
    },
    Explanation{
        .rule = &rules::cpu_limit,
        .summary = "there are more CPUs than this build uses; the others stay off",
        .reason =
            "Every CPU has a stack and data of its own, of which there is a fixed number. The CPUs "
            "beyond it are not started, and no guest runs on them.",
        .place = "/cpus",
        .wrong = R"(cpu@4 { device_type = "cpu"; reg = <4>; };
cpu@5 { device_type = "cpu"; reg = <5>; };
/* and so on: more than 128 */)",
        .right = R"(cpu@4 { device_type = "cpu"; reg = <4>; };
cpu@5 { device_type = "cpu"; reg = <5>; status = "disabled"; };)",
    },
    Explanation{
        .rule = &rules::no_console,
        .summary = "no console was found: Isthmus runs, but nobody can hear it",
        .reason = "Findings at boot, what guests write, and a guest's crash are reported on the "
                  "console alone. The path, or alias, has to lead to a device with registers.",
        .place = "/chosen",
        .wrong = R"(stdout-path = "/serial@9001000";    /* there is no such node */)",
        .right = R"(stdout-path = "/serial@9000000";)",
    },
    Explanation{
        .rule = &rules::console_unsupported,
        .summary =
            "there is no driver for the console's UART: Isthmus runs, but nobody can hear it",
        .reason =
            "A UART is recognised by its compatible alone; a guess would write to registers of "
            "another meaning. docs/boards.md lists those that are known. Where the machine "
            "has one of them besides, dtuart= or stdout-path can name it.",
        .place = "/serial@9000000",
        .wrong = R"(compatible = "acme,uart";)",
        .right = R"(compatible = "acme,uart", "arm,pl011";)",
    },
    Explanation{
        .rule = &dom0less::rules::device_overlap,
        .summary = "registers of Isthmus, or the guests' CPU interface, lie over something else",
        .reason = "Isthmus writes to the interrupt controller, the console and SMMUs at the "
                  "addresses of the tree, and every guest on a GICv2 reaches the virtual CPU "
                  "interface. If these were RAM, or registers of another, they would be written "
                  "to with values of another meaning, by guests too.",
        .place = "/serial@9000000",
        .wrong = R"(reg = <0x08000000 0x1000>;      /* the interrupt controller's */)",
        .right = R"(reg = <0x09000000 0x1000>;)",
    },
};

}  // namespace

Chapter explain_machine() {
    return {"docs/bindings.md", "The machine", entries};
}

}  // namespace isthmus::tools
