// SPDX-License-Identifier: Apache-2.0
#include "fdt/uart_kind.hpp"

#include <gtest/gtest.h>

#include <string>

namespace isthmus::fdt {
namespace {

std::optional<UartBinding> find(std::string texts) {
    texts += '\0';
    const std::span<const char> characters(texts.data(), texts.size());
    return find_uart({"compatible", std::as_bytes(characters)});
}

std::optional<UartKind> kind(const std::string& texts) {
    const auto binding = find(texts);
    return binding ? std::optional(binding->kind) : std::nullopt;
}

TEST(UartKind, EachBindingHasItsDriver) {
    EXPECT_EQ(kind("arm,pl011"), UartKind::pl011);
    EXPECT_EQ(kind("arm,sbsa-uart"), UartKind::sbsa);
    for (const char* name :
         {"xlnx,xuartps", "cdns,uart-r1p8", "cdns,uart-r1p12", "xlnx,zynqmp-uart"}) {
        EXPECT_EQ(kind(name), UartKind::cadence) << name;
    }
    for (const char* name : {"ns16550", "ns16550a", "nvidia,tegra20-uart", "ti,am654-uart"}) {
        EXPECT_EQ(kind(name), UartKind::ns16550) << name;
    }
    EXPECT_EQ(kind("snps,dw-apb-uart"), UartKind::dw_apb);
    EXPECT_EQ(kind("fsl,imx6q-uart"), UartKind::imx);
    EXPECT_EQ(kind("fsl,imx21-uart"), UartKind::imx);
    EXPECT_EQ(kind("amlogic,meson-ao-uart"), UartKind::meson);
    EXPECT_EQ(kind("amlogic,meson-gx-uart"), UartKind::meson);
}

TEST(UartKind, OneOfTheListIsEnough) {
    using namespace std::string_literals;
    EXPECT_EQ(kind("arm,pl011\0arm,primecell"s), UartKind::pl011);
    EXPECT_EQ(kind("acme,uart\0cdns,uart-r1p12"s), UartKind::cadence);
}

TEST(UartKind, TheOneThatReliesOnFirmwareWins) {
    using namespace std::string_literals;
    EXPECT_EQ(kind("arm,pl011\0arm,sbsa-uart"s), UartKind::sbsa);
}

TEST(UartKind, OthersAreNotGuessed) {
    EXPECT_EQ(kind("qcom,geni-debug-uart"), std::nullopt);
    EXPECT_EQ(kind("arm,pl01"), std::nullopt);
    EXPECT_EQ(kind(""), std::nullopt);
    EXPECT_EQ(find_uart({"compatible", {}}), std::nullopt);
}

}  // namespace
}  // namespace isthmus::fdt
