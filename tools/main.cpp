// SPDX-License-Identifier: Apache-2.0
// isthmus: checks and shows, on the developer's machine, what the hypervisor would do at boot.
#include <array>
#include <iostream>

#include "isthmus/version.hpp"
#include "tools/commands.hpp"
#include "tools/convert/convert.hpp"
#include "tools/diff/diff.hpp"
#include "tools/explain/explain.hpp"
#include "tools/make/make.hpp"
#include "tools/nearest.hpp"
#include "tools/report/report.hpp"

namespace isthmus::tools {
namespace {

struct Command {
    std::string_view name;
    std::size_t least;  ///< operands
    std::size_t most;
    bool needs_domain;
    bool plans;  ///< takes plan_options
    int (*run)(const Arguments&);
    std::string_view help;
};

constexpr std::string_view plan_options =
    R"(
  --image ADDRESS,SIZE    where Isthmus will lie in host memory; else it is left out of account
  --tree ADDRESS          where the boot tree will lie; else it is left out of account
  --module ADDRESS=FILE   what the boot loader puts there: kernels are probed as at boot; repeatable

A FILE that ends in .dts is compiled by dtc; "-" is standard input.
)";

constexpr std::size_t any_number = ~std::size_t{0};
constexpr std::array commands = {
    Command{"check", 1, any_number, false, true, check,
            R"(usage: isthmus check FILE... [--json] [--strict]

All findings, letter for letter as the console prints them.

  --json                  an array with one object for each file
  --strict                exit status 2 when there are warnings but no errors
)"},
    Command{"plan", 1, 1, false, true, plan,
            R"(usage: isthmus plan FILE [--domain NAME] [--json] [--strict]

What would be built: domains, regions, guest maps, who owns which RAM, interrupts.

  --domain NAME           this domain alone
  --json                  for machines; tools/plan/check_plan.py reads it
  --strict                exit status 2 when there are warnings but no errors
)"},
    Command{"tree", 1, 1, true, true, tree,
            R"(usage: isthmus tree FILE --domain NAME [-o FILE]

The device tree that this domain will get.

  --domain NAME           whose tree
  -o FILE                 where to write it; source when FILE ends in .dts. Default: standard output,
                          which gets source when it is a terminal
)"},
    Command{"diff", 2, 2, false, true, diff,
            R"(usage: isthmus diff A B [--json]

What is different in two plans: machine, domains, memory, regions, devices, interrupts, options, digest; a
line for each difference, by names. Exit status: 0 the same, 1 they differ, 2 one of them has no plan.

  --json                  an object with an array of the differences
)"},
    Command{"report", 1, 1, false, true, report,
            R"(usage: isthmus report FILE [-o PAGE.html]

One page for a browser: findings, maps of the machine and of each guest, tables. It loads nothing.

  -o PAGE.html            where to write it. Default: standard output
)"},
    Command{"explain", 0, any_number, false, false, explain,
            R"(usage: isthmus explain [RULE...] [--json]

What a rule protects against, with a wrong and a right snippet. Without a RULE: all rules, one a line.

  --json                  an array with one object for each rule
)"},
    Command{"convert", 1, 1, false, false, convert,
            R"(usage: isthmus convert FILE [-o FILE]

Rewrites shared regions with numbers (the patches of 2022) as regions with names (Xen 4.17 and later):
<7> becomes "7", <host size guest> becomes <host guest size>. All else stays as it is. Guests find the
new id in their trees. Nothing is written when a node that is to change has an error.

  -o FILE                 where to write it; source when FILE ends in .dts. Default: standard output,
                          which gets source when it is a terminal
)"},
    Command{
        "make", 1, 1, false, false, make,
        R"(usage: isthmus make SYSTEM.toml [-o FOLDER] [--board BOARD] [--set KEY=VALUE] [--digests]
                    [--medium dir|tftp|fit|sd]

A boot tree from a base tree and a short configuration (docs/make.md), a QEMU command that boots it
and a U-Boot script. Addresses are chosen; nothing is written when the plan has errors.

  -o FOLDER               where to write boot.dtb, boot.dts, boot.cmd, qemu.sh. Default: SYSTEM
  --board BOARD           for this board (docs/boards.md), a name or a folder, whatever [base] says
  --set KEY=VALUE         one of the board's choices, as in [base]; repeatable
  --digests               the tree says each module's SHA-256 and starts with no other
  --medium KIND           also what U-Boot boots by itself, by mkimage: dir, all files and boot.scr; tftp, the same
                          for a server; fit, one image with hashes; sd, a disk image sd.img, by mtools
)"},
};

constexpr std::string_view help =
    R"(usage: isthmus check FILE...                   all findings, as the console prints them
       isthmus plan FILE                       what would be built
       isthmus tree FILE --domain NAME         a guest's device tree
       isthmus diff A B                        what is different in two plans
       isthmus report FILE -o PAGE.html        the plan as a page with maps
       isthmus explain RULE                    what a finding means, and how to do it right
       isthmus convert FILE -o FILE            regions with numbers become regions with names
       isthmus make SYSTEM.toml -o FOLDER      a boot tree from a short configuration
       isthmus COMMAND --help                  a command's options
       isthmus --help, isthmus --version

exit status: 0 no errors (there may be warnings), 1 errors, 2 warnings with --strict, 64 wrong usage;
isthmus diff: 0 the same, 1 they differ, 2 no plan to compare
)";

int refuse(std::string_view why, std::string_view how) {
    std::cerr << "isthmus: " << why << "\n\n" << how;
    return exit_usage;
}

/// The names of all options of a command.
std::vector<std::string> options_of(const Command& command) {
    std::vector<std::string> names = {"--help"};
    const std::string text =
        std::string(command.help) + std::string(command.plans ? plan_options : "");
    for (std::size_t at = text.find("\n  -"); at != std::string::npos;
         at = text.find("\n  -", at + 1)) {
        names.push_back(text.substr(at + 3, text.find(' ', at + 3) - at - 3));
    }
    return names;
}

/// The help is the list of a command's options.
bool takes(const Command& command, const std::string& option) {
    const std::string line = "\n  " + option + " ";
    return command.help.contains(line) || (command.plans && plan_options.contains(line)) ||
           option == "--help" || option == "-h";
}

int run_command(const Command& command, const Arguments& arguments) {
    if (arguments.help) {
        std::cout << command.help << (command.plans ? plan_options : "");
        return exit_clean;
    }
    for (const std::string& option : arguments.options) {
        if (!takes(command, option)) {
            return refuse(std::string(command.name) + " takes no " + option +
                              did_you_mean(option, options_of(command)),
                          command.help);
        }
    }
    const std::size_t count = arguments.operands.size();
    if (count < command.least) {
        return refuse("a file is missing", command.help);
    }
    if (count > command.most) {
        return refuse("\"" + arguments.operands[command.most] + "\" is one too many", command.help);
    }
    if (command.needs_domain && arguments.domain.empty()) {
        return refuse("--domain is missing", command.help);
    }
    const int status = command.run(arguments);
    if (!std::cout.flush()) {
        std::cerr << "isthmus: cannot write standard output\n";
        return exit_errors;
    }
    return status;
}

/// The words cannot be taken apart. Whoever named a command gets that command's help.
int refuse_words(std::span<char*> words, const WrongWords& wrong) {
    for (const Command& command : commands) {
        if (!words.empty() && command.name == words.front()) {
            const std::string meant =
                wrong.option.empty() ? "" : did_you_mean(wrong.option, options_of(command));
            return refuse(wrong.why + meant, command.help);
        }
    }
    return refuse(wrong.why, help);
}

int refuse_command(const std::string& given) {
    if (given.empty()) {
        return refuse("a command is missing", help);
    }
    std::vector<std::string> names = {"help", "version"};
    for (const Command& command : commands) {
        names.emplace_back(command.name);
    }
    return refuse("there is no command " + given + did_you_mean(given, names), help);
}

int run(std::span<char*> words) {
    const auto arguments = parse_arguments(words);
    if (!arguments) {
        return refuse_words(words, arguments.error());
    }
    for (const Command& command : commands) {
        if (command.name == arguments->command) {
            return run_command(command, *arguments);
        }
    }
    const bool is_alone = arguments->command.empty();
    if ((arguments->help && !arguments->version) || arguments->command == "help") {
        std::cout << help;
        return exit_clean;
    }
    if ((arguments->version && is_alone) || arguments->command == "version") {
        std::cout << "isthmus " << version << '\n';
        return exit_clean;
    }
    return refuse_command(arguments->command);
}

}  // namespace
}  // namespace isthmus::tools

int main(int count, char** words) {
    return isthmus::tools::run(std::span(words, static_cast<std::size_t>(count)).subspan(1));
}
