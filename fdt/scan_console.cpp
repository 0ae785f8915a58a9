// SPDX-License-Identifier: Apache-2.0
// The UART for Isthmus's own lines: `dtuart=`, else /chosen's stdout-path (Devicetree
// specification, 3.6), each a path or alias that options may follow after a colon.
#include "fdt/cells.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "fdt/uart_kind.hpp"
#include "fdt/words.hpp"

namespace isthmus::fdt {
namespace {

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
    const auto compatible = node->property("compatible");
    const auto binding = compatible ? find_uart(*compatible) : std::nullopt;
    if (!binding) {
        findings.add(rules::console_unsupported, node->path(), "compatible",
                     "{}: no driver for this UART, so Isthmus has no console",
                     printable(node->text("compatible")));
        return std::nullopt;
    }
    ConsoleUart uart;
    uart.kind = binding->kind;
    uart.registers = *registers;
    if (const auto interrupt = find_interrupt(tree, *node, 0)) {
        uart.intid = interrupt->intid;
        uart.edge = interrupt->edge;
    }
    uart.path = node->path();
    return uart;
}

}  // namespace isthmus::fdt
