// SPDX-License-Identifier: Apache-2.0
#include "fdt/early_console.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

TEST(EarlyConsole, IsReadByTypeAndAddress) {
    const auto uart = parse_early_console("pl011,0x9000000");
    ASSERT_TRUE(uart);
    EXPECT_EQ(uart->driver, "pl011");
    EXPECT_EQ(uart->registers, *HostRange::from(HostAddress(0x900'0000), 0x1000));
    EXPECT_EQ(uart->io_width, 4);
}

TEST(EarlyConsole, Of16550sHasALayout) {
    const auto plain = parse_early_console("ns16550,0xff180010");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->registers.start().raw(), 0xff18'0010u);
    EXPECT_EQ(plain->registers.end().raw(), 0xff18'1000u);
    EXPECT_EQ(plain->register_shift, 0);
    EXPECT_EQ(plain->io_width, 1);
    const auto wide = parse_early_console("dw-apb,0xff180000,2,4");
    ASSERT_TRUE(wide);
    EXPECT_EQ(wide->driver, "dw-apb");
    EXPECT_EQ(wide->register_shift, 2);
    EXPECT_EQ(wide->io_width, 4);
}

TEST(EarlyConsole, EveryDriverHasAName) {
    for (const char* name : {"pl011", "sbsa", "cadence", "ns16550", "dw-apb", "imx", "meson"}) {
        EXPECT_TRUE(parse_early_console(std::string(name) + ",0x1000")) << name;
    }
}

TEST(EarlyConsole, AnythingElseIsNone) {
    for (const char* value :
         {"", "pl011", "pl011,", "pl011,0", "pl011,9x", "uart8250,0x9000000", "pl011,0x9000001",
          "pl011,0x1000000000000", "ns16550,0x1000,5", "ns16550,0x1000,2,3", "ns16550,0x1000,2,4,",
          "ns16550,0x1000,2,4,1"}) {
        EXPECT_FALSE(parse_early_console(value)) << value;
    }
}

std::string found_in(const std::string& chosen) {
    const test::OpenedTree opened("/dts-v1/; / { chosen { " + chosen + " }; };");
    return std::string(find_early_console(opened.blob));
}

TEST(EarlyConsole, IsFoundAmongTheHypervisorsArguments) {
    EXPECT_EQ(found_in("bootargs = \"a earlycon=pl011,0x1 b\";"), "pl011,0x1");
    EXPECT_EQ(found_in("bootargs = \"earlycon=x earlycon=y\";"), "y") << "the last one wins";
    EXPECT_EQ(found_in("bootargs = \"earlycon=x\"; xen,xen-bootargs = \"earlycon=y\";"), "y");
    EXPECT_EQ(found_in("bootargs = \"notearlycon=x earlyconx=y earlycon\";"), "");
    EXPECT_EQ(found_in(""), "");
}

TEST(EarlyConsole, OfGuestsIsNotOurs) {
    const std::string kernel =
        "kernel { compatible = \"multiboot,kernel\"; bootargs = \"earlycon=guest\"; };";
    EXPECT_EQ(found_in("bootargs = \"earlycon=dom0\"; " + kernel), "");
    EXPECT_EQ(found_in("guest { compatible = \"xen,domain\"; " + kernel + "};"), "");
}

TEST(EarlyConsole, InNoTreeIsNone) {
    const test::OpenedTree opened("/dts-v1/; / { chosen { bootargs = \"earlycon=x\"; }; };");
    test::Blob bytes = opened.blob;
    for (usize size = 0; size < bytes.size(); ++size) {
        const test::Blob part(bytes.begin(), bytes.begin() + static_cast<long>(size));
        EXPECT_EQ(find_early_console(part), "");
    }
    for (std::byte& each : bytes) {
        const std::byte kept = each;
        each = std::byte{0xff};
        static_cast<void>(find_early_console(bytes));  // under ASan: stays inside
        each = kept;
    }
}

}  // namespace
}  // namespace isthmus::fdt
