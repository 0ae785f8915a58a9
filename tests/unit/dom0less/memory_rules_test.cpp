// SPDX-License-Identifier: Apache-2.0
// The rules of memory: `memory`, `xen,static-mem`, `direct-map`, `xen,static-heap`.
#include "tests/unit/dom0less/rule_cases.hpp"

namespace isthmus::dom0less {
namespace {

using test::bare;
using test::Case;
using test::changed;
using test::domain;
using test::kernel;
using test::memory64;
using test::ramdisk;

std::vector<Case> memory_cases() {
    return {
        {"dom_memory_missing", bare("cpus = <1>; " + kernel()), "dom-memory-missing"},
        {"dom_memory_text", bare("memory = \"64M\"; cpus = <1>; " + kernel() + ""),
         "dom-out-of-memory"},
        {"dom_memory_length", bare("memory = [00 01]; cpus = <1>; " + kernel()),
         "dom-memory-missing"},
        {"dom_memory_zero", bare("memory = <0 0>; cpus = <1>; " + kernel()), "dom-memory-size"},
        {"dom_memory_uneven", bare("memory = <0 0x10001>; cpus = <1>; " + kernel()),
         "dom-memory-size"},
        {"dom_memory_one_cell", bare("memory = <0x10000>; cpus = <1>; " + kernel()), ""},
        {"dom_memory_small", bare("memory = <0 2048>; cpus = <1>; " + kernel()),
         "dom-memory-small"},
        {"dom_memory_small_ramdisk",
         bare(memory64 + "cpus = <1>; " + kernel() + ramdisk("0 0x58000000 0 0x3c00001")),
         "dom-memory-small"},
        {"dom_static_mem_range", domain(1, "xen,static-mem = <0 0x60000000 0>;"),
         "dom-static-mem-range"},
        {"dom_static_mem_align", domain(1, "xen,static-mem = <0 0x60000800 0 0x4000000>;"),
         "dom-static-mem-range"},
        {"dom_static_mem_no_ram", domain(1, "xen,static-mem = <0 0x7e000000 0 0x4000000>;"),
         "dom-static-mem-range"},
        {"dom_static_mem_size", domain(1, "xen,static-mem = <0 0x60000000 0 0x2000000>;"),
         "dom-static-mem-size"},
        {"dom_static_mem_overlap",
         domain(1, "xen,static-mem = <0 0x60000000 0 0x4000000>;") +
             domain(2, "xen,static-mem = <0 0x62000000 0 0x4000000>;"),
         "dom-static-mem-overlap"},
        {"dom_static_mem_overlap_module", domain(1, "xen,static-mem = <0 0x50000000 0 0x4000000>;"),
         "dom-static-mem-overlap"},
        {"dom_static_heap", "xen,static-heap = <0 0x60001000 0 0x10000>;" + domain(1, ""),
         "dom-static-heap"},
        {"dom_static_heap_small",
         "xen,static-heap = <0 0x68000000 0 0x1000000>;" +
             domain(1, "xen,static-mem = <0 0x60000000 0 0x4000000>;"),
         "dom-static-heap"},
        {"dom_static_heap_in_pieces",
         "xen,static-heap = <0 0x68000000 0 0x500000>, <0 0x69000000 0 0x500000>, <0 0x6a000000 0 "
         "0x500000>, <0 0x6b000000 0 0x500000>, <0 0x6c000000 0 0x500000>;" +
             domain(1, "xen,static-mem = <0 0x60000000 0 0x4000000>;"),
         "dom-static-heap"},
        {"dom_out_of_memory_heap",
         domain(1, "xen,static-mem = <0 0x40000000 0 0x10000000>, <0 0x51800000 0 0x2e800000>;",
                1000),
         "dom-out-of-memory"},
        {"dom_direct_map", domain(1, "direct-map;"), "dom-direct-map"},
        {"dom_direct_map_good",
         domain(1, "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;"), ""},
        {"dom_direct_map_memory_small",
         domain(1,
                "direct-map; xen,static-mem = <0 0x60000000 0 0x300000 0 0x61000000 0 0x100000>;",
                4),
         "dom-memory-small"},
        {"dom_direct_map_no_uart_registers",
         domain(1, "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;"), "dom-direct-map",
         changed("&uart0 { reg = <0 0x9000000 0 0x100>; };")},
        {"dom_direct_map_no_uart_interrupt",
         domain(1, "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;"), "dom-direct-map",
         changed("&uart0 { interrupts = <1 1 4>; };")},
        {"dom_direct_map_redistributors",
         domain(1, "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;", 64, 2),
         "dom-direct-map",
         changed("&gic { reg = <0 0x8000000 0 0x10000 0 0x80a0000 0 0x3ffff>; };")},
        {"dom_direct_map_devices_in_ram",
         domain(1, "direct-map; xen,static-mem = <0 0x60000000 0 0x4000000>;"),
         "dom-direct-map dom-direct-map dom-direct-map dom-direct-map host-device-overlap "
         "host-device-overlap host-device-overlap host-device-overlap",
         changed(
             "&gic { reg = <0 0x60000000 0 0x10000 0 0x63fff000 0 0x20000>; }; &uart0 { reg = <0 "
             "0x60008000 0 0x1000>; };")},
        {"dom_direct_map_reach",
         domain(1, "direct-map; xen,static-mem = <0xff 0xfe000000 0 0x4000000>;"), "dom-direct-map",
         "memory@ff00000000 { device_type = \"memory\"; reg = <0xff 0 2 0>; };"},
        {"dom_out_of_memory", domain(1, "", 700) + domain(2, "", 400), "dom-out-of-memory"},
    };
}

class MemoryRules : public testing::TestWithParam<Case> {};

TEST_P(MemoryRules, AllFindingsOfTheTree) {
    test::expect_findings(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Memory, MemoryRules, testing::ValuesIn(memory_cases()), test::case_name);

}  // namespace
}  // namespace isthmus::dom0less
