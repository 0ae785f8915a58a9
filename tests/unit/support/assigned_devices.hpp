// SPDX-License-Identifier: Apache-2.0
// A machine with a few devices, and domains that are assigned some by partial trees.
#pragma once

#include <string>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::test {

/// Two transports that share a page, two clocks with one interrupt, one device that is not enabled,
/// and a GICv2m-less network card with registers in two pages.
inline const std::string devices = R"(
    rtc@9010000 { compatible = "arm,pl031"; reg = <0 0x9010000 0 0x1000>; interrupts = <0 2 4>; };
    rtc@9020000 { compatible = "arm,pl031"; reg = <0 0x9020000 0 0x1000>; interrupts = <0 2 4>; };
    virtio@a003c00 { compatible = "virtio,mmio"; reg = <0 0xa003c00 0 0x200>; interrupts = <0 46 1>; };
    virtio@a003e00 { compatible = "virtio,mmio"; reg = <0 0xa003e00 0 0x200>; interrupts = <0 47 1>; };
    net: ethernet@b000000 {
        compatible = "test,net"; reg = <0 0xb000000 0 0x2000>; interrupts = <0 50 4>, <0 51 4>;
    };
    off@c000000 { compatible = "test,off"; reg = <0 0xc000000 0 0x1000>; status = "disabled"; };
    clock { compatible = "fixed-clock"; };
    aliases { net0 = "/ethernet@b000000"; };
)";

/// Source of a partial tree with `nodes` in /passthrough.
inline std::string partial(const std::string& nodes, const std::string& root = {}) {
    return R"(/dts-v1/;
/ {
    #address-cells = <2>; #size-cells = <2>;
    gic: gic { #interrupt-cells = <3>; interrupt-controller; };
    )" + root +
           R"(
    passthrough {
        compatible = "simple-bus"; #address-cells = <2>; #size-cells = <2>; ranges;
        )" +
           nodes + "\n    };\n};\n";
}

inline const std::string forced = "xen,force-assign-without-iommu; ";
inline const std::string net_reg = "xen,reg = <0 0xb000000 0 0x2000 0 0xb000000>; ";
inline const std::string net_path = "xen,path = \"/ethernet@b000000\"; ";
/// The network card; `properties` say how it is assigned.
inline std::string net(const std::string& properties = net_reg + net_path + forced,
                       const std::string& interrupts = "interrupts = <0 50 4>, <0 51 4>; ") {
    return "ethernet@b000000 { compatible = \"test,net\"; reg = <0 0xb000000 0 0x2000>; "
           "interrupt-parent = <&gic>; " +
           interrupts + properties + " };";
}
/// Anything else, whose node has only what assigns it.
inline std::string device(const std::string& path, const std::string& host,
                          const std::string& guest, const std::string& size = "0x1000") {
    return "device@" + host + " { xen,path = \"" + path + "\"; xen,reg = <0 0x" + host + " 0 " +
           size + " 0 0x" + guest + ">; " + forced + "};";
}

/// Where domain `number` has its partial tree.
inline u64 partial_place(int number) {
    return 0x4f000000 + static_cast<u64>(number) * 0x100000;
}
/// Domain `number` with a partial tree module; `body` as in domain().
inline std::string assigned_domain(int number, const std::string& body = {}) {
    TextBuffer<32> place;
    print(place, "{x}", partial_place(number));
    return domain(number,
                  body +
                      "\ntree { compatible = \"multiboot,device-tree\", \"multiboot,module\"; "
                      "reg = <0 " +
                      std::string(place.view()) + " 0 0x10000>; };");
}

}  // namespace isthmus::test
