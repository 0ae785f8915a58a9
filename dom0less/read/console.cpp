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

/// The words behind each `console=` of a command line, up to a comma.
template <class Visit>
void visit_consoles(std::string_view bootargs, Visit&& visit) {
    constexpr std::string_view key = "console=";
    while (const auto word = fdt::next_part(bootargs, ' ')) {
        if (word->starts_with(key)) {
            visit(fdt::before(fdt::after(*word, '='), ','));
        }
    }
}

/// Linux's names: "hvc" is Xen's console or a virtio device's, anything else needs a device, too,
/// the emulated UART or one of the machine's.
bool is_there(std::string_view console, const DomainConfig& domain) {
    const bool has_devices = domain.device_tree.has_value() || domain.is_dom0();
    if (console.starts_with("hvc")) {
        return domain.device_tree.has_value() || domain.has_xen_interface;
    }
    return has_devices || (has_uart(domain) && console.starts_with("ttyAMA"));
}

}  // namespace

bool names_xen_console(std::string_view bootargs) {
    bool named = false;
    visit_consoles(bootargs,
                   [&](std::string_view console) { named = named || console.starts_with("hvc"); });
    return named;
}

void check_console(const DomainConfig& domain, Findings& findings) {
    std::string_view missing;
    bool has_one = false;
    visit_consoles(domain.kernel ? domain.kernel->bootargs : std::string_view(),
                   [&](std::string_view console) {
                       missing = console;
                       has_one = has_one || is_there(console, domain);
                   });
    if (!missing.empty() && !has_one) {
        findings.add(rules::silent, domain.path, "bootargs",
                     "console={}, but {}: nothing will be seen of it", fdt::printable(missing),
                     missing.starts_with("hvc") && has_uart(domain)
                         ? "Xen's console comes with xen,enhanced; the emulated UART is ttyAMA0"
                     : missing.starts_with("hvc") ? "Xen's console comes with xen,enhanced"
                     : has_uart(domain)           ? "the emulated UART is ttyAMA0"
                                                  : "the domain has no UART (vpl011)");
    }
}

}  // namespace isthmus::dom0less
