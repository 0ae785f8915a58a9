// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

std::string tree(const std::string& nodes, const std::string& head = {}) {
    return "/dts-v1/;\n" + head + "/ { #address-cells = <2>; #size-cells = <2>;\n" + nodes + "};\n";
}

std::string banks(OpenedTree& opened) {
    std::string text;
    for (const MemoryBank& bank : scan_memory(*opened.tree, opened.arena, opened.findings)) {
        TextBuffer<100> line;
        print(line, "{} ", bank.range);
        text += line.view();
    }
    return text;
}

std::string memory(const std::string& unit, const std::string& reg, const std::string& more = {}) {
    return "memory@" + unit + " { device_type = \"memory\"; reg = <" + reg + ">; " + more + " };\n";
}

TEST(ScanMemory, SortsBanksOfSeveralNodes) {
    OpenedTree opened(tree(memory("80000000", "8 0x80000000 0 0x1000 0 0x80000000 0 0x2000") +
                           memory("40000000", "0 0x40000000 0 0x3000")));
    EXPECT_EQ(banks(opened),
              "0x40000000-0x40003000 0x80000000-0x80002000 0x880000000-0x880001000 ");
    EXPECT_EQ(opened.rules(), "");
}

TEST(ScanMemory, JoinsNeighboursAndNamesOverlaps) {
    OpenedTree touching(
        tree(memory("2000", "0 0x2000 0 0x1000") + memory("1000", "0 0x1000 0 0x1000")));
    EXPECT_EQ(banks(touching), "0x1000-0x3000 ");
    EXPECT_EQ(touching.rules(), "");
    OpenedTree over(tree(memory("1000", "0 0x1000 0 0x4000") + memory("2000", "0 0x2000 0 0x1000") +
                         memory("4000", "0 0x4000 0 0x2000")));
    EXPECT_EQ(banks(over), "0x1000-0x6000 ");
    EXPECT_EQ(over.rules(), "host-ram-overlap host-ram-overlap");
    EXPECT_EQ(over.findings.items()[0].other_path, "/memory@1000");
}

TEST(ScanMemory, ClipsToWholePages) {
    OpenedTree opened(tree(memory("1800", "0 0x1800 0 0x2000 0 0x8100 0 0x200")));
    EXPECT_EQ(banks(opened), "0x2000-0x3000 ");
}

TEST(ScanMemory, LeavesOutEmptyDisabledAndOtherNodes) {
    OpenedTree opened(tree(memory("0", "0 0 0 0 0 0x1000 0 0x1000") +
                           memory("9000", "0 0x9000 0 0x1000", "status = \"disabled\";") +
                           "flash@f000 { reg = <0 0xf000 0 0x1000>; };"));
    EXPECT_EQ(banks(opened), "0x1000-0x2000 ");
    EXPECT_EQ(opened.rules(), "");
}

TEST(ScanMemory, RefusesWhatIsNoRange) {
    OpenedTree opened(tree(memory("1", "0 0x1000 0") + memory("2", "0xffff0000 0 0xffffffff 0") +
                           memory("3", "0x10000 0 0 0x1000")));
    EXPECT_EQ(banks(opened), "");
    EXPECT_EQ(opened.rules(), "host-memory-reg host-memory-reg host-memory-reg host-no-ram");
}

TEST(ScanMemory, MoreBanksThanTheLimitAreRefused) {
    std::string reg;
    for (int i = 0; i < 129; ++i) {
        reg += "0 " + std::to_string(0x2000 * i) + " 0 0x1000 ";
    }
    OpenedTree opened(tree(memory("0", reg)));
    EXPECT_EQ(banks(opened), "");
    EXPECT_EQ(opened.rules(), "host-memory-limit");
}

TEST(ScanMemory, MoreRamThanTheFrameTableNumbersIsRefused) {
    const auto seen = [](const std::string& reg) {
        OpenedTree opened(tree(memory("0", reg)));
        banks(opened);
        return opened.rules();
    };
    EXPECT_EQ(seen("0 0 0xff 0xc0000000"), "");
    EXPECT_EQ(seen("0 0 0xff 0xc0001000"), "host-memory-limit");
    EXPECT_EQ(seen("0 0 0x80 0 0x100 0 0x80 0"), "host-memory-limit");
    EXPECT_EQ(seen("0x3fff 0xfffff000 0 0x1000"), "");
    EXPECT_EQ(seen("0x3fff 0xfffff000 0 0x2000"), "host-memory-reg host-no-ram");
}

std::string reserved(OpenedTree& opened) {
    std::string text;
    for (const ReservedRange& entry : scan_reserved(*opened.tree, opened.arena, opened.findings)) {
        TextBuffer<200> line;
        print(line, "{} {}{};", entry.path, entry.range, entry.no_map ? " no-map" : "");
        text += line.view();
    }
    return text;
}

TEST(ScanReserved, BlockAndNodes) {
    OpenedTree opened(tree(R"(
        reserved-memory {
            #address-cells = <2>; #size-cells = <2>; ranges;
            fw@1000 { reg = <0 0x1000 0 0x1000>, <0 0x5000 0 0x1000>; no-map; };
            buffer@3000 { reg = <0 0x3000 0 0x1234>; };
            off@4000 { reg = <0 0x4000 0 0x1000>; status = "disabled"; };
            cma { size = <0 0x100000>; reusable; };
        };)",
                           "/memreserve/ 0x9000 0x100;\n"));
    EXPECT_EQ(reserved(opened),
              "/memreserve/ 0x9000-0x9100;/reserved-memory/fw@1000 0x1000-0x2000 no-map;"
              "/reserved-memory/fw@1000 0x5000-0x6000 no-map;"
              "/reserved-memory/buffer@3000 0x3000-0x4234;");
    EXPECT_EQ(opened.rules(), "host-reserved-dynamic");
}

TEST(ScanReserved, RangesGamesAndBrokenEntries) {
    OpenedTree opened(tree(R"(
        reserved-memory {
            #address-cells = <2>; #size-cells = <2>; ranges = <0 0 1 0 0 0x1000>;
            odd { reg = <1 2 3>; };
            wrap { reg = <0xffffffff 0xfffff000 0 0x2000>; };
        };)"));
    EXPECT_EQ(reserved(opened), "");
    EXPECT_EQ(opened.rules(), "host-reserved-ranges host-reserved-reg host-reserved-reg");
}

TEST(ScanReserved, MoreThanTheLimitAreRefused) {
    std::string head;
    for (int i = 0; i < 257; ++i) {
        head += "/memreserve/ " + std::to_string(0x1000 * i) + " 0x100;\n";
    }
    OpenedTree opened(tree("", head));
    EXPECT_EQ(scan_reserved(*opened.tree, opened.arena, opened.findings).size(), 256u);
    EXPECT_EQ(opened.rules(), "host-reserved-limit");
}

}  // namespace
}  // namespace isthmus::fdt
