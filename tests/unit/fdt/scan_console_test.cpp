// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "fdt/host_scan.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::fdt {
namespace {

using test::OpenedTree;

std::string tree(const std::string& chosen) {
    return R"(/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <1>;
    aliases { serial0 = "/uart@1000"; };
    gic { phandle = <1>; compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
    uart@1000 { compatible = "arm,pl011"; reg = <0 0x1000 0 0x1000>; interrupts = <0 1 4>; };
    uart@2000 { compatible = "xlnx,zynqmp-uart", "cdns,uart-r1p12"; reg = <0 0x2000 0 0x100>; };
    uart@3000 { compatible = "arm,sbsa-uart"; reg = <0 0x3000 0 0x1000>; interrupts = <0 2 1>; };
    uart@4000 { compatible = "acme,uart"; reg = <0 0x4000 0 0x1000>; };
    chosen { )" +
           chosen + " };\n};\n";
}

std::string path_of(const std::string& chosen, std::string_view dtuart) {
    OpenedTree opened(tree(chosen));
    const auto uart = scan_console(*opened.tree, dtuart, opened.findings);
    EXPECT_EQ(uart.has_value(), opened.rules().empty());
    return uart ? std::string(uart->path) : opened.rules();
}

TEST(ScanConsole, StdoutPathByPathAliasAndOptions) {
    EXPECT_EQ(path_of("stdout-path = \"/uart@2000\";", ""), "/uart@2000");
    EXPECT_EQ(path_of("stdout-path = \"serial0:115200n8\";", ""), "/uart@1000");
    EXPECT_EQ(path_of("linux,stdout-path = \"/uart@2000:9600\";", ""), "/uart@2000");
}

TEST(ScanConsole, DtuartComesFirst) {
    EXPECT_EQ(path_of("stdout-path = \"/uart@2000\";", "serial0"), "/uart@1000");
    EXPECT_EQ(path_of("", "/uart@2000:9600"), "/uart@2000");
}

TEST(ScanConsole, AbsentOrWrongIsAWarning) {
    EXPECT_EQ(path_of("", ""), "host-no-console");
    EXPECT_EQ(path_of("stdout-path = \"serial7\";", ""), "host-no-console");
    EXPECT_EQ(path_of("stdout-path = \"/chosen\";", ""), "host-no-console");
}

TEST(ScanConsole, NoneIsWhatWasAskedFor) {
    OpenedTree opened(tree("stdout-path = \"/uart@2000\";"));
    EXPECT_FALSE(scan_console(*opened.tree, no_console, opened.findings));
    EXPECT_EQ(opened.rules(), "");
}

TEST(ScanConsole, RegistersAsTheDriverNeedsThem) {
    OpenedTree opened(tree("stdout-path = \"/uart@2000\";"));
    const auto uart = scan_console(*opened.tree, "", opened.findings);
    ASSERT_TRUE(uart);
    EXPECT_EQ(uart->driver, "cadence");
    EXPECT_EQ(uart->register_shift, 0);
    EXPECT_EQ(uart->io_width, 4);
    EXPECT_FALSE(uart->intid);
    const auto other = scan_console(*opened.tree, "/uart@1000", opened.findings);
    EXPECT_EQ(other->driver, "pl011");
    EXPECT_EQ(other->intid, 33u);
    EXPECT_FALSE(other->edge);
    EXPECT_EQ(other->registers.size(), 0x1000u);
    EXPECT_TRUE(scan_console(*opened.tree, "/uart@3000", opened.findings)->edge);
}

std::optional<ConsoleUart> scan_16550(const std::string& properties, std::string& rules) {
    OpenedTree opened("/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>; uart { " +
                      properties + "}; };");
    const auto uart = scan_console(*opened.tree, "/uart", opened.findings);
    rules = opened.rules();
    return uart;
}

TEST(ScanConsole, HowA16550Lies) {
    std::string rules;
    auto uart = scan_16550("compatible = \"ns16550a\"; reg = <0 0x2000 0 8>;", rules);
    ASSERT_TRUE(uart);
    EXPECT_EQ(uart->register_shift, 0);
    EXPECT_EQ(uart->io_width, 1);
    uart = scan_16550(R"(compatible = "rockchip,rk3399-uart", "snps,dw-apb-uart";
        reg = <0 0x2000 0 0x100>; reg-shift = <2>; reg-io-width = <4>; reg-offset = <0x40>;)",
                      rules);
    ASSERT_TRUE(uart);
    EXPECT_EQ(uart->driver, "dw-apb");
    EXPECT_EQ(uart->register_shift, 2);
    EXPECT_EQ(uart->io_width, 4);
    EXPECT_EQ(uart->registers.start(), HostAddress(0x2040));
    uart = scan_16550("compatible = \"ti,am654-uart\"; reg = <0 0x2000 0 0x100>;", rules);
    ASSERT_TRUE(uart);
    EXPECT_EQ(uart->register_shift, 2);
    EXPECT_EQ(uart->io_width, 4);
    // Not of this binding: other kinds of UART have one layout.
    uart = scan_16550("compatible = \"arm,pl011\"; reg = <0 0x2000 0 0x1000>; reg-shift = <1>;",
                      rules);
    ASSERT_TRUE(uart);
    EXPECT_EQ(uart->register_shift, 0);
}

TEST(ScanConsole, A16550WhoseRegistersAreNotInReg) {
    for (const char* wrong : {"reg-shift = <2>;", "reg-offset = <1>;", "reg-offset = <0xffffffff>;",
                              "reg-io-width = <8>;", "reg-io-width = <0>;", "reg-shift = <33>;"}) {
        std::string rules;
        EXPECT_FALSE(scan_16550(
            std::string("compatible = \"ns16550a\"; reg = <0 0x2000 0 8>; ") + wrong, rules));
        EXPECT_EQ(rules, "host-no-console") << wrong;
    }
}

TEST(ScanConsole, AUartWithoutDriverIsNamed) {
    OpenedTree opened(tree("stdout-path = \"/uart@4000\";"));
    EXPECT_FALSE(scan_console(*opened.tree, "", opened.findings));
    EXPECT_EQ(opened.rules(), "host-console-unsupported");
    EXPECT_EQ(opened.findings.items()[0].path, "/uart@4000");
    EXPECT_EQ(opened.findings.errors(), 0u);
}

TEST(ReadHost, NamesEverythingThatIsMissing) {
    OpenedTree opened{std::string("/dts-v1/; / { compatible = \"acme,board\"; };")};
    const HostDescription host = read_host(*opened.tree, "", opened.arena, opened.findings);
    EXPECT_EQ(host.model, "acme,board");
    EXPECT_EQ(opened.rules(),
              "host-no-ram host-no-cpu host-no-gic host-no-timer host-no-psci host-no-console");
    EXPECT_FALSE(host.gic || host.timer || host.psci || host.console);
}

TEST(ReadHost, ModelIsSafeToPrint) {
    OpenedTree opened{std::string("/dts-v1/; / { model = \"a\\x1b[2J\"; };")};
    EXPECT_EQ(read_host(*opened.tree, "", opened.arena, opened.findings).model,
              "(unprintable text)");
}

}  // namespace
}  // namespace isthmus::fdt
