// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/arena_place.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::Blob;
using test::compile_dts;

HostRange range(u64 start, u64 end) {
    return *HostRange::between(HostAddress(start), HostAddress(end));
}

/// 64 MiB of RAM at 0x40000000.
std::string small_machine(const std::string& chosen, const std::string& root = {},
                          const std::string& front = {}) {
    return "/dts-v1/; " + front + R"( / {
    #address-cells = <2>; #size-cells = <2>;
    memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x4000000>; };
    )" + root +
           R"(
    chosen { #address-cells = <2>; #size-cells = <2>;
        )" +
           chosen + "\n    };\n};\n";
}

ArenaPlace find(const std::string& source, HostRange image = {},
                std::optional<HostAddress> tree = {}) {
    return find_arena(compile_dts(source), image, tree);
}
/// Where it begins; 0 for nowhere.
u64 start_in(const std::string& chosen, const std::string& root = {}) {
    return find(small_machine(chosen, root)).range.start().raw();
}

TEST(ArenaPlace, IsTheLowestThatIsFree) {
    const ArenaPlace place = find(small_machine(""));
    EXPECT_EQ(place.range, range(0x4000'0000, 0x4040'0000));
    EXPECT_EQ(place.ram, 64 * MiB);
    EXPECT_EQ(place.largest, 64 * MiB);
    EXPECT_TRUE(place.boot_tree.empty());
}

TEST(ArenaPlace, ALoaderFindsRoomInTheSameWay) {
    const auto blob = compile_dts(small_machine("m { reg = <0 0x40000000 0 0x1000>; };"));
    const HostRange taken[] = {range(0x4020'0000, 0x4020'1000), range(0x43e0'0000, 0x43e0'1000)};
    EXPECT_EQ(find_free(blob, {}, 5), range(0x4020'0000, 0x4020'0005));
    EXPECT_EQ(find_free(blob, taken, 5), range(0x4040'0000, 0x4040'0005));
    EXPECT_EQ(find_free(blob, taken, 58 * MiB), range(0x4040'0000, 0x43e0'0000));
    EXPECT_TRUE(find_free(blob, taken, 58 * MiB + 1).empty());
    EXPECT_TRUE(find_free(std::span(blob).first(40), taken, 1).empty());
}

TEST(ArenaPlace, ImageAndTreeStandInTheWay) {
    const std::string source = small_machine("");
    EXPECT_EQ(find(source, range(0x4020'0000, 0x402d'4000)).range.start().raw(), 0x4040'0000u);
    EXPECT_EQ(find(source, range(0x4040'0000, 0x404d'4000)).range.start().raw(), 0x4000'0000u);
    const HostRange image = range(0x4000'0000, 0x400d'4000);
    const ArenaPlace place = find(source, image, HostAddress(0x4020'0000));
    EXPECT_EQ(place.range.start().raw(), 0x4040'0000u);
    EXPECT_EQ(place.boot_tree.start().raw(), 0x4020'0000u);
    EXPECT_EQ(place.boot_tree.size(), compile_dts(source).size());
    EXPECT_EQ(find(source, image, HostAddress(0x3fff'0000)).range.start().raw(), 0x4020'0000u);
    EXPECT_EQ(find(source, image, HostAddress(~u64{0})).range.start().raw(), 0x4020'0000u);
}

TEST(ArenaPlace, WhatIsNamedBelowChosenStandsInTheWay) {
    const auto module = [](const std::string& more) {
        return "d { #address-cells = <1>; #size-cells = <1>; compatible = \"xen,domain\"; " + more +
               " };";
    };
    const std::string some = "m@40000000 { reg = <0x40000000 0x200001>; };";
    EXPECT_EQ(start_in(module(some)), 0x4040'0000u) << "of any compatible";
    EXPECT_EQ(start_in(module("inner { #address-cells = <1>; #size-cells = <1>; " + some + " };")),
              0x4040'0000u);
    EXPECT_EQ(start_in("m@40000000 { reg = <0 0x40000000 0 0x200001>; };"), 0x4040'0000u)
        << "Dom0's";
    EXPECT_EQ(start_in("linux,initrd-start = <0x40000000>; linux,initrd-end = <0x40000001>;"),
              0x4020'0000u);
    EXPECT_EQ(start_in("linux,initrd-start = <0x40000000>; linux,initrd-end = <0x3fffffff>;"),
              0x4000'0000u);
    EXPECT_EQ(start_in("m@0 { reg = <0 0x40000000 0>; };"), 0x4000'0000u) << "no whole entries";
    EXPECT_EQ(start_in("m@0 { reg = <0 0x40000000 0xffffffff 0xffffffff>; };"), 0x4000'0000u)
        << "wraps: the reader refuses it";
}

TEST(ArenaPlace, TheLastResortIsWhatFirmwareDoesNotKeep) {
    const std::string module = "m@40000000 { reg = <0 0x40000000 1 0>; };";
    EXPECT_TRUE(find(small_machine("")).last_resort.empty());
    const ArenaPlace none = find(small_machine(module));
    EXPECT_TRUE(none.range.empty());
    EXPECT_EQ(none.last_resort, range(0x4000'0000, 0x4040'0000));
    const std::string source =
        small_machine(module,
                      "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
                      "r@40400000 { reg = <0 0x40400000 0 0x200000>; }; };",
                      "/memreserve/ 0x40a00000 0x1000;");
    const HostRange image = range(0x4000'0000, 0x400d'4000);
    EXPECT_EQ(find(source, image).last_resort, range(0x4060'0000, 0x40a0'0000));
    EXPECT_EQ(find(source, image, HostAddress(0x4060'0000)).last_resort,
              range(0x40c0'0000, 0x4100'0000));
    const std::string all =
        "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
        "r@40000000 { reg = <0 0x40000000 0 0x3e00000>; }; };";
    EXPECT_TRUE(find(small_machine(module, all)).last_resort.empty());
}

TEST(ArenaPlace, StaticRamIsReadInItsOwnCells) {
    EXPECT_EQ(start_in("d { xen,static-mem = <0 0x40000000 0 0x1000>; };"), 0x4020'0000u);
    EXPECT_EQ(start_in("bus { #address-cells = <1>; #size-cells = <1>;"
                       "d { xen,static-mem = <0x40000000 0x1000>, <0x40600000 0x1000>; }; };"),
              0x4020'0000u);
    EXPECT_EQ(start_in("d { #xen,static-mem-address-cells = <1>; #xen,static-mem-size-cells = <1>;"
                       "xen,static-mem = <0x40000000 0x1000>; };"),
              0x4020'0000u);
}

TEST(ArenaPlace, RegionsAreReadInBothDialects) {
    const auto region = [](const std::string& id, const std::string& memory) {
        return "d { #address-cells = <1>; #size-cells = <1>; s { xen,shm-id = " + id +
               "; xen,shared-mem = <" + memory + ">; }; };";
    };
    EXPECT_EQ(start_in(region("\"long\"", "0x40000000 0x90000000 0x1000")), 0x4020'0000u);
    EXPECT_EQ(start_in(region("\"long\"", "0x90000000 0x1000")), 0x4000'0000u) << "no address";
    EXPECT_EQ(start_in(region("<1>", "0x40000000 0x1000 0x90000000")), 0x4020'0000u);
    EXPECT_EQ(start_in(region("<0x61000000>", "0x40000000 0x1000 0x90000000")), 0x4020'0000u);
    EXPECT_EQ(start_in(region("\"abc\"", "0x40000000 0x90000000 0x1000")), 0x4020'0000u)
        << "four bytes, but a text";
}

TEST(ArenaPlace, WhatFirmwareKeepsStandsInTheWay) {
    const std::string reserved = "/memreserve/ 0x40000000 0x200001;";
    EXPECT_EQ(find(small_machine("", "", reserved)).range.start().raw(), 0x4040'0000u);
    const std::string nested = R"(reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
        off@40000000 { reg = <0x40000000 0x1000>; status = "disabled"; #address-cells = <2>;
                       #size-cells = <1>; inner { reg = <0 0x40200000 0x1000>; }; };
        pool { size = <0x1000000>; }; };)";
    EXPECT_EQ(start_in("", nested), 0x4040'0000u);
}

TEST(ArenaPlace, RamIsWhatTheReaderTakesForIt) {
    const auto memory = [](const std::string& reg, const std::string& more = {}) {
        return "memory@30000000 { device_type = \"memory\"; reg = <" + reg + ">; " + more + " };";
    };
    EXPECT_EQ(start_in("", memory("0 0x30000000 0 0x400000")), 0x3000'0000u);
    EXPECT_EQ(start_in("", memory("0 0x30000800 0 0x400000")), 0x4000'0000u) << "not 4 MiB";
    EXPECT_EQ(start_in("", memory("0 0x30000000 0 0x400000", "status = \"disabled\";")),
              0x4000'0000u);
    EXPECT_EQ(start_in("", memory("0x30000000 0x400000")), 0x4000'0000u) << "of other cells";
    EXPECT_EQ(start_in("", memory("0 0x3fe00000 0 0x200000")), 0x3fe0'0000u) << "two that touch";
    EXPECT_EQ(start_in("", "bus { " + memory("0 0x30000000 0 0x400000") + " };"), 0x4000'0000u);
    EXPECT_EQ(start_in("m@0 { reg = <0 0x40000000 0 0x4000000>; };", memory("0x4000 0 0 0x400000")),
              0u)
        << "beyond what Isthmus can map";
    EXPECT_EQ(start_in("m@0 { reg = <0 0x40000000 0 0x4000000>; };",
                       memory("0x3fff 0xffc00000 0 0x400000")),
              0x3fff'ffc0'0000u);
}

TEST(ArenaPlace, TheStaticHeapComesFirst) {
    EXPECT_EQ(start_in("xen,static-heap = <0 0x43000000 0 0x1000000>;"), 0x4300'0000u);
    EXPECT_EQ(start_in("xen,static-heap = <0 0x43000000 0 0x200000>;"), 0x4000'0000u)
        << "it is too small";
    EXPECT_EQ(start_in("xen,static-heap = <0 0x43f00000 0 0x4000000>;"), 0x4000'0000u)
        << "and RAM ends";
}

TEST(ArenaPlace, ThousandsOfClaimsLeaveWhatIsFree) {
    std::string many;
    for (u32 i = 0; i < 4096; ++i) {
        const std::string at = std::to_string(0x4000'0000u + (4095 - i) * 0x3000u);
        many += "m" + std::to_string(i) + " { reg = <0 " + at + " 0 0x1000>; };\n";
    }
    // 48 MiB of them, then 16 MiB of nobody's.
    EXPECT_EQ(start_in(many), 0x4300'0000u);
}

TEST(ArenaPlace, SaysWhatThereIs) {
    const auto finding = [](const std::string& source) {
        std::array<std::byte, 4096> memory;
        Arena arena(memory);
        Findings findings(arena);
        check_arena_place(find(source), findings);
        return findings.items().empty() ? "" : test::to_text(findings.items()[0]);
    };
    EXPECT_EQ(finding(small_machine("")), "");
    EXPECT_EQ(finding("/dts-v1/; / { };"), "") << "that there is no RAM others say";
    EXPECT_EQ(finding(small_machine("m@0 { reg = <0 0x40200000 0 0x3c00000>; };")),
              "error[dom-out-of-memory] /chosen: Isthmus plans in 4 MiB of RAM that nobody has, at "
              "a multiple of 2 MiB: of 64 MiB in all the largest such piece has 2 MiB");
}

TEST(ArenaPlace, ATreeThatCannotBeReadHasNone) {
    const Blob whole = compile_dts(small_machine("m { a; };"));
    EXPECT_FALSE(find_arena(whole, {}, {}).range.empty());
    for (usize at = 0; at < whole.size(); at += 4) {
        Blob cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at));
        EXPECT_TRUE(find_arena(cut, {}, {}).range.empty());
    }
    // A token that is none behind all that matters: the tree is walked to its end.
    Blob broken = whole;
    const test::OpenedTree opened(whole);
    const auto* last = opened.at("/chosen/m").property("a")->value.data();
    broken[static_cast<usize>(last - opened.blob.data()) + 3] = std::byte{0xff};
    EXPECT_FALSE(test::OpenedTree(broken).tree);
    EXPECT_TRUE(find_arena(broken, {}, {}).range.empty());
    EXPECT_TRUE(find_arena({}, {}, {}).range.empty());
}

}  // namespace
}  // namespace isthmus::dom0less
