// SPDX-License-Identifier: Apache-2.0
#include "dom0less/options.hpp"

#include "dom0less/read_domain.hpp"
#include "dom0less/rules.hpp"
#include "fdt/host_scan.hpp"
#include "fdt/words.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u64 longest_slice_ms = 1000;

constexpr u64 most_memory = guest_layout::address_end;

/// A number of KiB, or of what the letter behind it says (Xen's form).
std::optional<u64> parse_size(std::string_view text) {
    u64 unit = KiB;
    if (!text.empty()) {
        switch (text.back()) {
            case 'B':
            case 'b':
                unit = 1;
                break;
            case 'K':
            case 'k':
                break;
            case 'M':
            case 'm':
                unit = MiB;
                break;
            case 'G':
            case 'g':
                unit = GiB;
                break;
            default:
                unit = 0;
        }
    }
    if (unit == 0) {
        unit = KiB;
    } else {
        text = {text.data(), text.empty() ? 0 : text.size() - 1};
    }
    const auto number = fdt::parse_number(text);
    return number && *number <= most_memory / unit ? std::optional(*number * unit) : std::nullopt;
}

/// One argument of the command line, "key=value" or "key".
struct Argument {
    std::string_view key;
    std::string_view value;
};

/// False when the value is not one that the key can have.
bool apply_value(Options& options, const Argument& argument) {
    const std::string_view value = argument.value;
    if (argument.key == "on-last-off") {
        if (value == "halt") {
            options.on_last_off = Options::OnLastOff::halt;
        } else if (value == "poweroff") {
            options.on_last_off = Options::OnLastOff::poweroff;
        } else if (value == "reset") {
            options.on_last_off = Options::OnLastOff::reset;
        } else {
            return false;
        }
    } else if (argument.key == "dtuart") {
        options.dtuart = value;
    } else if (argument.key == "conswitch") {
        // Xen allows a second letter, 'x', which only says whether input starts at Dom0.
        if (value.empty() || value.front() < 'a' || value.front() > 'z') {
            return false;
        }
        options.conswitch = value.front();
    } else if (argument.key == "bootscrub") {
        if (value != "0" && value != "1") {
            return false;
        }
        options.bootscrub = value == "1";
    } else if (argument.key == "inject") {
        options.inject = value;
    } else if (argument.key == "on-stop") {
        if (value != "keep" && value != "release") {
            return false;
        }
        options.release_stopped = value == "release";
    } else if (argument.key == "log") {
        if (value != "quiet" && value != "normal") {
            return false;
        }
        options.quiet = value == "quiet";
    } else if (argument.key == "console") {
        return value == "dtuart" || value == "none";
    } else if (argument.key == "dom0_mem") {
        const auto size = parse_size(value);
        const bool good =
            size && *size != 0 && is_aligned(*size, page_size) && *size <= most_memory;
        options.dom0_memory = good ? *size : options.dom0_memory;
        return good;
    } else if (argument.key == "dom0_max_vcpus") {
        const auto count = fdt::parse_number(value);
        if (!count || *count == 0 || *count > limits::vcpus_per_domain) {
            return false;
        }
        options.dom0_max_vcpus = static_cast<u32>(*count);
    } else if (argument.key == "sched") {
        const auto scheduler = parse_scheduler(value);
        options.scheduler = scheduler.value_or(options.scheduler);
        return scheduler.has_value();
    } else if (argument.key == "sched-slice") {
        const auto slice = fdt::parse_number(value);
        if (!slice || *slice == 0 || *slice > longest_slice_ms) {
            return false;
        }
        options.slice_ms = static_cast<u32>(*slice);
    }
    return true;
}

bool is_known(std::string_view key) {
    return key == "on-last-off" || key == "dtuart" || key == "conswitch" || key == "bootscrub" ||
           key == "console" || key == "sched" || key == "log" || key == "on-stop" ||
           key == "inject" || key == "sched-slice" || key == "dom0_mem" || key == "dom0_max_vcpus";
}

}  // namespace

std::optional<Options::Scheduler> parse_scheduler(std::string_view name) {
    if (name == "null") {
        return Options::Scheduler::null;
    }
    return name == "rr" ? std::optional(Options::Scheduler::rr) : std::nullopt;
}

std::string_view scheduler_name(Options::Scheduler scheduler) {
    return scheduler == Options::Scheduler::rr ? "rr" : "null";
}

std::optional<fdt::Node> find_dom0_kernel(const fdt::Node& chosen) {
    for (const fdt::Node child : chosen.children()) {
        if (is_kernel_module(child)) {
            return child;
        }
    }
    return std::nullopt;
}

namespace {

/// The property with Isthmus's arguments; empty when the tree has none for it.
std::string_view arguments_property(const fdt::Node& chosen) {
    if (chosen.has("xen,xen-bootargs")) {
        return "xen,xen-bootargs";
    }
    const auto kernel = find_dom0_kernel(chosen);
    const bool is_ours = !kernel || chosen.has("xen,dom0-bootargs") || kernel->has("bootargs");
    return is_ours ? "bootargs" : "";
}

}  // namespace

Options read_options(const fdt::Tree& tree, Arena& arena, Findings& findings) {
    Options options;
    const auto chosen = tree.root().child("chosen");
    if (!chosen) {
        return options;
    }
    const std::string_view property = arguments_property(*chosen);
    std::string_view rest = arena.copy(chosen->text(property));
    bool silent = false;
    while (const auto part = fdt::next_part(rest, ' ')) {
        const Argument argument{fdt::before(*part, '='), fdt::after(*part, '=')};
        if (!is_known(argument.key)) {
            findings.add(rules::option_unknown, chosen->path(), property,
                         "argument \"{}\" is not known; ignored", fdt::printable(*part));
        } else if (!apply_value(options, argument)) {
            findings.add(rules::option_value, chosen->path(), property,
                         "argument \"{}\" has no value that it can have; ignored",
                         fdt::printable(*part));
        } else if (argument.key == "console") {
            silent = argument.value == "none";
        }
    }
    options.dtuart = silent ? fdt::no_console : options.dtuart;
    return options;
}

}  // namespace isthmus::dom0less
