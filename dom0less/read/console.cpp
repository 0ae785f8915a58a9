// SPDX-License-Identifier: Apache-2.0
// Whether what a kernel is told to write to will be there.
#include <algorithm>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

bool has_uart(const DomainConfig& domain) {
    return std::ranges::any_of(domain.emulated, [](const EmulatedConfig& device) {
        return device_kind(device.kind).is_console;
    });
}

/// Linux's names: "hvc" is Xen's console or a virtio device's, anything else needs a device, too,
/// the emulated UART or one of the machine's.
bool is_there(std::string_view console, const DomainConfig& domain) {
    const bool has_devices = domain.device_tree.has_value() || domain.is_dom0();
    if (console.starts_with("hvc")) {
        return domain.device_tree.has_value();
    }
    return has_devices || (has_uart(domain) && console.starts_with("ttyAMA"));
}

}  // namespace

void check_console(const DomainConfig& domain, Findings& findings) {
    constexpr std::string_view key = "console=";
    std::string_view missing;
    std::string_view rest = domain.kernel ? domain.kernel->bootargs : std::string_view();
    while (const auto word = fdt::next_part(rest, ' ')) {
        if (!word->starts_with(key)) {
            continue;
        }
        const std::string_view console = fdt::before(fdt::after(*word, '='), ',');
        if (is_there(console, domain)) {
            return;
        }
        missing = console;
    }
    if (!missing.empty()) {
        findings.add(rules::silent, domain.path, "bootargs",
                     "console={}, but {}: nothing will be seen of it", fdt::printable(missing),
                     missing.starts_with("hvc") && has_uart(domain)
                         ? "Xen's console is not here; the emulated UART is ttyAMA0"
                     : missing.starts_with("hvc") ? "Xen's console is not here"
                     : has_uart(domain)           ? "the emulated UART is ttyAMA0"
                                                  : "the domain has no UART (vpl011)");
    }
}

}  // namespace isthmus::dom0less
