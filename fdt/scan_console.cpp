// SPDX-License-Identifier: Apache-2.0
// The UART for Isthmus's own lines: `dtuart=`, else /chosen's stdout-path (Devicetree
// specification, 3.6), each a path or alias that options may follow after a colon.
#include "fdt/cells.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "fdt/words.hpp"

namespace isthmus::fdt {
namespace {

std::optional<u32> cell_of(const Node& node, std::string_view name) {
    const auto property = node.property(name);
    return property ? property->single_cell() : std::nullopt;
}

std::string_view stdout_path(const Tree& tree) {
    const auto chosen = tree.root().child("chosen");
    if (!chosen) {
        return {};
    }
    const std::string_view modern = chosen->text("stdout-path");
    return modern.empty() ? chosen->text("linux,stdout-path") : modern;
}

}  // namespace

std::optional<ConsoleUart> scan_console(const Tree& tree, std::string_view dtuart,
                                        Findings& findings) {
    const bool by_argument = !dtuart.empty();
    const std::string_view property = by_argument ? "dtuart" : "stdout-path";
    const std::string_view target = before(by_argument ? dtuart : stdout_path(tree), ':');
    if (target.empty()) {
        findings.add(rules::no_console, "/chosen", property,
                     "absent, and no dtuart= is given: Isthmus has no console");
        return std::nullopt;
    }
    const auto node = tree.find(target);
    const auto registers = node ? device_range(*node, 0) : std::nullopt;
    if (!registers || registers->empty()) {
        findings.add(rules::no_console, "/chosen", property, "{} is no device with registers",
                     printable(target));
        return std::nullopt;
    }
    ConsoleUart uart;
    uart.compatible = node->text("compatible");
    uart.registers = *registers;
    uart.intid = interrupt_intid(tree, *node, usize{0});
    uart.register_shift = static_cast<u8>(cell_of(*node, "reg-shift").value_or(0) & 0xf);
    uart.io_width = static_cast<u8>(cell_of(*node, "reg-io-width").value_or(0) & 0xf);
    uart.clock_hz = cell_of(*node, "clock-frequency").value_or(0);
    uart.path = node->path();
    return uart;
}

}  // namespace isthmus::fdt
