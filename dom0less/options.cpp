// SPDX-License-Identifier: Apache-2.0
#include "dom0less/options.hpp"

#include "dom0less/rules.hpp"
#include "fdt/words.hpp"

namespace isthmus::dom0less {
namespace {

constexpr u64 longest_slice_ms = 1000;

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
        return value == "dtuart";
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
           key == "inject" || key == "sched-slice";
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

Options read_options(const fdt::Tree& tree, Arena& arena, Findings& findings) {
    Options options;
    const auto chosen = tree.root().child("chosen");
    if (!chosen) {
        return options;
    }
    const bool own = chosen->has("xen,xen-bootargs");
    const std::string_view property = own ? "xen,xen-bootargs" : "bootargs";
    std::string_view rest = arena.copy(chosen->text(property));
    while (const auto part = fdt::next_part(rest, ' ')) {
        const Argument argument{fdt::before(*part, '='), fdt::after(*part, '=')};
        if (!is_known(argument.key)) {
            findings.add(rules::option_unknown, chosen->path(), property,
                         "argument \"{}\" is not known; ignored", fdt::printable(*part));
        } else if (!apply_value(options, argument)) {
            findings.add(rules::option_value, chosen->path(), property,
                         "argument \"{}\" has no value that it can have; ignored",
                         fdt::printable(*part));
        }
    }
    return options;
}

}  // namespace isthmus::dom0less
