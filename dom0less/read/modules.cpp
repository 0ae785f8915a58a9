// SPDX-License-Identifier: Apache-2.0
// Boot modules: host memory that the boot loader filled.
#include "dom0less/plan/module_digest.hpp"
#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "fdt/cells.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

using fdt::Node;

/// Linux's own limit (COMMAND_LINE_SIZE on arm64), with its NUL.
constexpr usize max_bootargs = 2048;

bool is_ramdisk_module(const Node& node) {
    return node.is_compatible("multiboot,ramdisk") || node.is_compatible("xen,linux-initrd");
}

std::optional<HostRange> checked_range(const Node& node, std::string_view property, u64 address,
                                       u64 size, Findings& findings) {
    const auto range = HostRange::from(HostAddress(address), size);
    if (!range || range->empty()) {
        findings.add(rules::module_range, node.path(), property,
                     "address {x} with size {x} is empty or wraps around", address, size);
        return std::nullopt;
    }
    return range;
}

u64 total_ram(const fdt::HostDescription& host) {
    u64 sum = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        sum += bank.range.size();
    }
    return sum;
}

bool is_in_ram(const HostRange& range, const fdt::HostDescription& host) {
    for (const fdt::MemoryBank& bank : host.memory) {
        if (bank.range.contains(range)) {
            return true;
        }
    }
    return false;
}

/// Takes its place from a module that cannot be where it says, so that no other rule goes by it.
void check_place(const fdt::HostDescription& host, std::optional<ModuleConfig>& module,
                 Findings& findings) {
    if (!module || module->host.empty() || host.memory.empty()) {
        return;  // that is said already
    }
    const HostRange range = module->host;
    const u64 ram = total_ram(host);
    if (range.size() > ram) {
        findings.add(rules::module_range, module->path, "reg",
                     "{} at {x} are more than the {} of RAM that the machine has",
                     byte_size(range.size()), range.start().raw(), byte_size(ram));
    } else if (!is_in_ram(range, host)) {
        findings.add(rules::module_range, module->path, "reg",
                     "host {} is not wholly inside the machine's RAM", range);
    } else if (range.size() > limits::module_bytes) {
        findings.add(rules::limit, module->path, "reg", "{} has more than {}", range,
                     byte_size(limits::module_bytes));
    } else {
        return;
    }
    module->host = {};
}

std::optional<HostRange> module_range(const Node& node, Findings& findings) {
    if (!node.has("reg") && node.has("xen,uefi-binary")) {
        findings.add(
            rules::module_range, node.path(), "xen,uefi-binary",
            "a file that is loaded only when UEFI starts Isthmus (docs/efi.md): otherwise a boot "
            "loader has to load it, and reg to say where");
        return std::nullopt;
    }
    const auto count = fdt::reg_count(node);
    if (!count || *count != 1) {
        findings.add(rules::module_range, node.path(), "reg",
                     "absent, or not one address and size in the cells of {}",
                     node.parent().path());
        return std::nullopt;
    }
    const fdt::RegEntry entry = fdt::reg_entry(node, 0);
    return checked_range(node, "reg", entry.address, entry.size, findings);
}

bool has_child(const Node& node, bool (*is_one)(const Node& child)) {
    for (const Node child : node.children()) {
        if (is_one(child)) {
            return true;
        }
    }
    return false;
}

/// Empty: there is none, or none that can be used.
std::string_view read_digest(const Node& node, Findings& findings) {
    constexpr std::string_view name = "isthmus,sha256";
    if (!node.has(name)) {
        return {};
    }
    const std::string_view digest = node.text(name);
    if (!is_digest_text(digest)) {
        findings.add(rules::module_digest, node.path(), name,
                     "not 64 hexadecimal digits in lower case, as sha256sum writes them");
        return {};
    }
    return digest;
}

void take_module(const Node& node, std::string_view what, std::optional<ModuleConfig>& slot,
                 Findings& findings) {
    if (slot) {
        findings.add_other(rules::module_duplicate, node.path(), "compatible", slot->path,
                           "the domain has a {} in {} already", what, slot->path);
        return;
    }
    ModuleConfig module;
    module.path = node.path();
    module.bootargs = read_bootargs(node, "bootargs", findings);
    module.host = module_range(node, findings).value_or(HostRange{});
    module.sha256 = read_digest(node, findings);
    slot = module;
}

}  // namespace

std::string_view read_bootargs(const Node& node, std::string_view property, Findings& findings) {
    const auto value = node.property(property);
    if (!value) {
        return {};
    }
    const auto text = value->text();
    if (!text || text->size() + 1 > max_bootargs) {
        findings.add(rules::bootargs, node.path(), property,
                     "{} bytes without a NUL, or more than {}", value->value.size(), max_bootargs);
        return {};
    }
    return *text;
}

bool is_device_tree_module(const Node& node) {
    return node.is_compatible("multiboot,device-tree");
}

bool is_kernel_module(const Node& node) {
    return node.is_compatible("multiboot,kernel") || node.is_compatible("xen,linux-zimage");
}

bool is_module(const Node& node) {
    return node.is_compatible("multiboot,module") || node.is_compatible("xen,multiboot-module") ||
           is_kernel_module(node) || is_ramdisk_module(node) || is_device_tree_module(node);
}

bool is_plain_module(const Node& node) {
    return is_module(node) && !is_kernel_module(node) && !is_ramdisk_module(node) &&
           !is_device_tree_module(node) && !node.is_compatible("xen,xsm-policy");
}

void read_left_ramdisk(const Node& chosen, DomainConfig& domain, Findings& findings) {
    const auto start = chosen.property("linux,initrd-start");
    const auto end = chosen.property("linux,initrd-end");
    if (domain.ramdisk || !start || !end) {
        return;
    }
    const u64 from = start->number().value_or(0);
    const u64 to = end->number().value_or(0);
    if (const auto range =
            checked_range(chosen, "linux,initrd-end", from, to > from ? to - from : 0, findings)) {
        domain.ramdisk = ModuleConfig{*range, chosen.path(), {}};
    }
}

void check_modules_in_ram(const fdt::HostDescription& host, DomainConfig& domain,
                          Findings& findings) {
    check_place(host, domain.kernel, findings);
    check_place(host, domain.ramdisk, findings);
    check_place(host, domain.device_tree, findings);
}

void read_modules(const Node& node, ModuleGuess guess, DomainConfig& domain, Findings& findings) {
    const bool guesses = guess == ModuleGuess::kernel_then_ramdisk;
    const bool has_kernel = has_child(node, is_kernel_module);
    const bool has_ramdisk = has_child(node, is_ramdisk_module);
    for (const Node child : node.children()) {
        const bool guessed = guesses && is_plain_module(child);
        const bool is_kernel = guessed && !has_kernel && !domain.kernel;
        const bool is_ramdisk = guessed && !is_kernel && !has_ramdisk && !domain.ramdisk;
        if (is_kernel || (!is_ramdisk && is_kernel_module(child))) {
            take_module(child, "kernel", domain.kernel, findings);
        } else if (is_ramdisk || is_ramdisk_module(child)) {
            take_module(child, "ramdisk", domain.ramdisk, findings);
        } else if (is_device_tree_module(child)) {
            take_module(child, "device tree", domain.device_tree, findings);
        } else if (is_module(child)) {
            findings.add(rules::ignored, child.path(), "compatible",
                         "a module that is neither kernel, ramdisk nor device tree; ignored");
        }
    }
    if (!domain.kernel) {
        findings.add(rules::kernel_missing, node.path(), {},
                     "no child is a \"multiboot,kernel\" module");
    }
}

}  // namespace isthmus::dom0less
