// SPDX-License-Identifier: Apache-2.0
#include "fdt/uart_binding.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus::fdt {
namespace {

std::optional<UartBinding> find(std::string texts) {
    texts += '\0';
    const std::span<const char> characters(texts.data(), texts.size());
    return find_uart({"compatible", std::as_bytes(characters)});
}

std::optional<std::string_view> driver(const std::string& texts) {
    const auto binding = find(texts);
    return binding ? std::optional(binding->driver) : std::nullopt;
}

TEST(UartBinding, EachBindingHasItsDriver) {
    EXPECT_EQ(driver("arm,pl011"), "pl011");
    EXPECT_EQ(driver("arm,sbsa-uart"), "sbsa");
    for (const char* name :
         {"xlnx,xuartps", "cdns,uart-r1p8", "cdns,uart-r1p12", "xlnx,zynqmp-uart"}) {
        EXPECT_EQ(driver(name), "cadence") << name;
    }
    for (const char* name : {"ns16550", "ns16550a", "nvidia,tegra20-uart", "ti,am654-uart"}) {
        EXPECT_EQ(driver(name), "ns16550") << name;
    }
    EXPECT_EQ(driver("snps,dw-apb-uart"), "dw-apb");
    EXPECT_EQ(driver("fsl,imx6q-uart"), "imx");
    EXPECT_EQ(driver("fsl,imx21-uart"), "imx");
    EXPECT_EQ(driver("amlogic,meson-ao-uart"), "meson");
    EXPECT_EQ(driver("amlogic,meson-gx-uart"), "meson");
}

TEST(UartBinding, OneOfTheListIsEnough) {
    using namespace std::string_literals;
    EXPECT_EQ(driver("arm,pl011\0arm,primecell"s), "pl011");
    EXPECT_EQ(driver("acme,uart\0cdns,uart-r1p12"s), "cadence");
}

TEST(UartBinding, TheOneThatReliesOnFirmwareWins) {
    using namespace std::string_literals;
    EXPECT_EQ(driver("arm,pl011\0arm,sbsa-uart"s), "sbsa");
}

TEST(UartBinding, OthersAreNotGuessed) {
    EXPECT_EQ(driver("qcom,geni-debug-uart"), std::nullopt);
    EXPECT_EQ(driver("arm,pl01"), std::nullopt);
    EXPECT_EQ(driver(""), std::nullopt);
    EXPECT_EQ(find_uart({"compatible", {}}), std::nullopt);
}

TEST(UartBinding, ADriversPlainFormIsItsFirst) {
    const auto plain = find_uart_driver("ns16550");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->register_shift, 0);
    EXPECT_EQ(plain->io_width, 1);
    EXPECT_EQ(find_uart_driver("pl011")->io_width, 4);
    EXPECT_FALSE(find_uart_driver("16550"));
    EXPECT_FALSE(find_uart_driver(""));
}

}  // namespace
}  // namespace isthmus::fdt
