// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/arguments.hpp"

#include <array>

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/domain.hpp"
#include "fdt/early_console.hpp"
#include "fdt/host_scan.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
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

// One for each argument: false, with nothing changed, when the value is not one it can have.

bool set_last_off(Options& options, std::string_view value) {
    using OnLastOff = Options::OnLastOff;
    if (value != "halt" && value != "poweroff" && value != "reset") {
        return false;
    }
    options.on_last_off = value == "halt"       ? OnLastOff::halt
                          : value == "poweroff" ? OnLastOff::poweroff
                                                : OnLastOff::reset;
    return true;
}

bool set_dtuart(Options& options, std::string_view value) {
    options.dtuart = value;
    return true;
}

/// Xen allows a second letter, 'x', which only says whether input starts at Dom0.
bool set_conswitch(Options& options, std::string_view value) {
    const bool good = !value.empty() && value.front() >= 'a' && value.front() <= 'z';
    options.conswitch = good ? value.front() : options.conswitch;
    return good;
}

/// `flag` becomes whether the value is `yes`.
bool choose(bool& flag, std::string_view value, std::string_view yes, std::string_view no) {
    const bool good = value == yes || value == no;
    flag = good ? value == yes : flag;
    return good;
}

bool set_bootscrub(Options& options, std::string_view value) {
    return choose(options.bootscrub, value, "1", "0");
}
bool set_flight_recorder(Options& options, std::string_view value) {
    return choose(options.flight_recorder, value, "on", "off");
}
bool set_on_stop(Options& options, std::string_view value) {
    return choose(options.release_stopped, value, "release", "keep");
}

/// The enumerator, of so many, that `name_of` calls so.
template <class T, usize Count>
std::optional<T> find_named(std::string_view name, std::string_view (*name_of)(T)) {
    for (usize i = 0; i < Count; ++i) {
        if (name_of(static_cast<T>(i)) == name) {
            return static_cast<T>(i);
        }
    }
    return std::nullopt;
}

/// Both of what Isthmus does and of what guests may not do.
bool set_log(Options& options, std::string_view value) {
    const auto named = find_named<LogLevel, 4>(value, log_level_name);
    const auto level = value == "error" ? LogLevel::error : named;
    options.log_level = level.value_or(options.log_level);
    options.guest_log_level = level.value_or(options.guest_log_level);
    return level.has_value();
}

/// Xen's words for the same. Of "LEVEL/LEVEL" the second counts: up to there lines are shown,
/// though not without end, which is so here for all that a guest can cause.
std::optional<LogLevel> parse_xen_level(std::string_view value) {
    const std::string_view second = fdt::after(value, '/');
    const std::string_view level = second.empty() ? fdt::before(value, '/') : second;
    constexpr std::array<std::string_view, 6> words{"none", "error", "warning",
                                                    "info", "debug", "all"};
    constexpr std::array<LogLevel, 6> levels{LogLevel::error,  LogLevel::error, LogLevel::warning,
                                             LogLevel::normal, LogLevel::debug, LogLevel::debug};
    for (usize i = 0; i < words.size(); ++i) {
        if (words[i] == level) {
            return levels[i];
        }
    }
    return std::nullopt;
}
bool set_xen_log(Options& options, std::string_view value) {
    const auto level = parse_xen_level(value);
    options.log_level = level.value_or(options.log_level);
    return level.has_value();
}
bool set_xen_guest_log(Options& options, std::string_view value) {
    const auto level = parse_xen_level(value);
    options.guest_log_level = level.value_or(options.guest_log_level);
    return level.has_value();
}

/// There is no clock here that knows the date.
bool set_stamps(Options& options, std::string_view value) {
    const auto stamps = find_named<LogStamps, 3>(value, log_stamps_name);
    options.stamps = stamps.value_or(options.stamps);
    return stamps.has_value();
}

bool set_guest_output(Options& options, std::string_view value) {
    const bool good = value == "utf8" || value == "ascii" || value == "raw";
    if (good) {
        options.guest_output = value == "utf8"    ? TextForm::utf8
                               : value == "ascii" ? TextForm::ascii
                                                  : TextForm::raw;
    }
    return good;
}

bool set_inject(Options& options, std::string_view value) {
    options.inject = value;
    return true;
}

/// Its meaning follows when all arguments have been read.
bool set_console(Options&, std::string_view value) {
    return value == "dtuart" || value == "none";
}

/// It has been opened long since, or never will be; here it is only known, and checked.
bool set_earlycon(Options&, std::string_view value) {
    return fdt::parse_early_console(value).has_value();
}

bool set_scheduler(Options& options, std::string_view value) {
    const auto scheduler = parse_scheduler(value);
    options.scheduler = scheduler ? scheduler->scheduler : options.scheduler;
    return scheduler.has_value();
}

/// From 1 to `most`.
std::optional<u32> parse_count(std::string_view value, u64 most) {
    const auto count = fdt::parse_number(value);
    return count && *count != 0 && *count <= most ? std::optional(static_cast<u32>(*count))
                                                  : std::nullopt;
}

bool set_slice(Options& options, std::string_view value) {
    const auto slice = parse_count(value, longest_slice_ms);
    options.slice_ms = slice.value_or(options.slice_ms);
    return slice.has_value();
}

bool set_dom0_memory(Options& options, std::string_view value) {
    const auto size = parse_size(value);
    const bool good = size && *size != 0 && is_aligned(*size, page_size);
    options.dom0_memory = good ? *size : options.dom0_memory;
    return good;
}

bool set_dom0_vcpus(Options& options, std::string_view value) {
    const auto count = parse_count(value, limits::vcpus_per_domain);
    options.dom0_max_vcpus = count ? count : options.dom0_max_vcpus;
    return count.has_value();
}

struct KnownArgument {
    std::string_view key;
    bool (*apply)(Options& options, std::string_view value);
};
constexpr std::array known_arguments{KnownArgument{"on-last-off", set_last_off},
                                     KnownArgument{"dtuart", set_dtuart},
                                     KnownArgument{"conswitch", set_conswitch},
                                     KnownArgument{"bootscrub", set_bootscrub},
                                     KnownArgument{"flight-recorder", set_flight_recorder},
                                     KnownArgument{"on-stop", set_on_stop},
                                     KnownArgument{"log", set_log},
                                     KnownArgument{"loglvl", set_xen_log},
                                     KnownArgument{"guest_loglvl", set_xen_guest_log},
                                     KnownArgument{"console_timestamps", set_stamps},
                                     KnownArgument{"inject", set_inject},
                                     KnownArgument{"console", set_console},
                                     KnownArgument{"sched", set_scheduler},
                                     KnownArgument{"sched-slice", set_slice},
                                     KnownArgument{"dom0_mem", set_dom0_memory},
                                     KnownArgument{"dom0_max_vcpus", set_dom0_vcpus},
                                     KnownArgument{"guest-output", set_guest_output},
                                     KnownArgument{"earlycon", set_earlycon}};

const KnownArgument* find_argument(std::string_view key) {
    for (const KnownArgument& known : known_arguments) {
        if (known.key == key) {
            return &known;
        }
    }
    return nullptr;
}

}  // namespace

std::optional<SchedulerWord> parse_scheduler(std::string_view name) {
    using enum Options::Scheduler;
    if (name == "null" || name == "rr") {
        return SchedulerWord{name == "null" ? null : rr, false};
    }
    for (const std::string_view other : {"credit", "credit2", "rtds", "arinc653"}) {
        if (name == other) {
            return SchedulerWord{rr, true};
        }
    }
    return std::nullopt;
}

void report_nearest(std::string_view path, std::string_view property, std::string_view name,
                    Findings& findings) {
    findings.add(rules::sched_nearest, path, property,
                 "the scheduler {} is not here: CPUs are given in turns (rr)", name);
}

std::optional<fdt::Node> find_dom0_kernel(const fdt::Node& chosen) {
    for (const fdt::Node child : chosen.children()) {
        if (is_kernel_module(child)) {
            return child;
        }
    }
    for (const fdt::Node child : chosen.children()) {
        if (is_plain_module(child)) {
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

constexpr std::string_view operator_property = "isthmus,operator";

void read_prompt(const fdt::Node& chosen, Options& options, Findings& findings) {
    if (!chosen.has(operator_property)) {
        return;
    }
    const std::string_view value = chosen.text(operator_property);
    const auto prompt = find_named<Options::Prompt, 3>(value, prompt_name);
    if (!prompt) {
        findings.add(rules::option_value, chosen.path(), operator_property,
                     "\"{}\" is none of \"off\", \"read\" and \"control\"; ignored",
                     fdt::printable(value));
    }
    options.prompt = prompt.value_or(options.prompt);
}

}  // namespace

Options read_options(const fdt::Tree& tree, Arena& arena, Findings& findings) {
    Options options;
    const auto chosen = tree.root().child("chosen");
    if (!chosen) {
        return options;
    }
    read_prompt(*chosen, options, findings);
    const std::string_view property = arguments_property(*chosen);
    std::string_view rest = arena.copy(chosen->text(property));
    bool silent = false;
    while (const auto part = fdt::next_part(rest, ' ')) {
        const Argument argument{fdt::before(*part, '='), fdt::after(*part, '=')};
        const KnownArgument* known = find_argument(argument.key);
        if (known == nullptr) {
            findings.add(rules::option_unknown, chosen->path(), property,
                         "argument \"{}\" is not known; ignored", fdt::printable(*part));
        } else if (!known->apply(options, argument.value)) {
            findings.add(rules::option_value, chosen->path(), property,
                         "argument \"{}\" has no value that it can have; ignored",
                         fdt::printable(*part));
        } else if (argument.key == "console") {
            silent = argument.value == "none";
        } else if (argument.key == "sched" && parse_scheduler(argument.value)->is_nearest) {
            report_nearest(chosen->path(), property, argument.value, findings);
        }
    }
    options.dtuart = silent ? fdt::no_console : options.dtuart;
    return options;
}

}  // namespace isthmus::dom0less
