// SPDX-License-Identifier: Apache-2.0
#include "fdt/early_console.hpp"

#include <libfdt.h>

#include "fdt/uart_binding.hpp"
#include "fdt/words.hpp"

namespace isthmus::fdt {
namespace {

/// The next of the numbers behind commas; `otherwise` when there is none, nothing when it is not a
/// number.
std::optional<u64> next_number(std::string_view& rest, u64 otherwise) {
    const auto part = next_part(rest, ',');
    return part ? parse_number(*part) : std::optional(otherwise);
}

/// A text property; libfdt stays inside the blob, and the size says where the text ends.
std::string_view text_of(const void* blob, int node, const char* name) {
    int size = 0;
    const auto* text = static_cast<const char*>(fdt_getprop(blob, node, name, &size));
    return text == nullptr || size <= 0 ? std::string_view()
                                        : before({text, static_cast<usize>(size)}, '\0');
}

bool has_dom0(const void* blob, int chosen) {
    int child = 0;
    fdt_for_each_subnode(child, blob, chosen) {
        if (fdt_node_check_compatible(blob, child, "multiboot,kernel") == 0 ||
            fdt_node_check_compatible(blob, child, "xen,linux-zimage") == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<ConsoleUart> parse_early_console(std::string_view value) {
    const auto binding = find_uart_driver(before(value, ','));
    std::string_view rest = after(value, ',');
    const auto address = next_number(rest, 0);
    const auto shift = next_number(rest, 0);
    const auto width = next_number(rest, binding ? binding->io_width : 0);
    constexpr u64 last = u64{1} << 48;
    if (!binding || !address || *address == 0 || *address >= last || *address % 4 != 0 || !shift ||
        *shift > 4 || !width || (*width != 1 && *width != 2 && *width != 4) || !rest.empty()) {
        return std::nullopt;
    }
    ConsoleUart uart;
    uart.driver = binding->driver;
    uart.register_shift = static_cast<u8>(*shift);
    uart.io_width = static_cast<u8>(*width);
    uart.registers = *HostRange::from(HostAddress(*address).align_down(page_size), page_size);
    uart.registers = *HostRange::between(HostAddress(*address), uart.registers.end());
    return uart;
}

std::string_view find_early_console(std::span<const std::byte> blob) {
    const void* raw = blob.data();
    if (blob.size() < sizeof(fdt_header) || fdt_check_header(raw) != 0 ||
        fdt_totalsize(raw) > blob.size()) {
        return {};
    }
    const int chosen = fdt_path_offset(raw, "/chosen");
    if (chosen < 0) {
        return {};
    }
    std::string_view arguments = text_of(raw, chosen, "xen,xen-bootargs");
    if (arguments.empty() && !has_dom0(raw, chosen)) {
        arguments = text_of(raw, chosen, "bootargs");
    }
    std::string_view found;
    while (const auto part = next_part(arguments, ' ')) {
        found = before(*part, '=') == "earlycon" ? after(*part, '=') : found;
    }
    return found;
}

}  // namespace isthmus::fdt
