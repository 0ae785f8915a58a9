// SPDX-License-Identifier: Apache-2.0
// The UART for Isthmus's own lines: `dtuart=`, else /chosen's stdout-path (Devicetree
// specification, 3.6), each a path or alias that options may follow after a colon.
#include "fdt/cells.hpp"
#include "fdt/host_scan.hpp"
#include "fdt/interrupts.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "fdt/uart_binding.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

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

/// The properties that tell how a 16550's eight registers lie in `reg`. False when they cannot.
bool read_layout(const Node& node, ConsoleUart& uart) {
    constexpr u64 registers = 8;
    const u32 offset = cell_of(node, "reg-offset").value_or(0);
    const u32 shift = cell_of(node, "reg-shift").value_or(uart.register_shift);
    const u32 width = cell_of(node, "reg-io-width").value_or(uart.io_width);
    const bool known = (width == 1 || width == 2 || width == 4) && shift <= 4;
    if (!known || offset + (registers << shift) > uart.registers.size()) {
        return false;
    }
    uart.registers = *HostRange::between(uart.registers.start() + offset, uart.registers.end());
    uart.register_shift = static_cast<u8>(shift);
    uart.io_width = static_cast<u8>(width);
    return true;
}

}  // namespace

std::optional<ConsoleUart> scan_console(const Tree& tree, std::string_view dtuart,
                                        Findings& findings) {
    if (dtuart == no_console) {
        return std::nullopt;
    }
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
    uart.driver = binding->driver;
    uart.registers = *registers;
    uart.register_shift = binding->register_shift;
    uart.io_width = binding->io_width;
    if (binding->has_layout && !read_layout(*node, uart)) {
        findings.add(rules::no_console, node->path(), "reg",
                     "reg-offset, reg-shift and reg-io-width lead to no registers in there");
        return std::nullopt;
    }
    if (const auto interrupt = find_interrupt(tree, *node, 0)) {
        uart.intid = interrupt->intid;
        uart.edge = interrupt->edge;
    }
    uart.path = node->path();
    return uart;
}

}  // namespace isthmus::fdt
