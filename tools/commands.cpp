// SPDX-License-Identifier: Apache-2.0
#include "tools/commands.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>

#include "dom0less/guest_tree.hpp"
#include "dom0less/plan_text.hpp"
#include "tools/boot_tree.hpp"

namespace isthmus::tools {
namespace {

class StreamSink final : public TextSink {
  public:
    explicit StreamSink(std::ostream& stream) : stream_(stream) {}
    void write(std::string_view text) override { stream_ << text; }

  private:
    std::ostream& stream_;
};

/// Nothing, with a message, when the file cannot be read.
std::unique_ptr<BootTree> open(const std::string& file, HostRange image) {
    auto blob = read_file(file);
    if (!blob) {
        std::cerr << "isthmus: cannot read " << file << '\n';
        return nullptr;
    }
    return std::make_unique<BootTree>(std::move(*blob), image);
}

/// As the console prints them, one a line.
void print_findings(std::ostream& stream, const Findings& findings) {
    StreamSink sink(stream);
    for (const Finding& finding : findings.items()) {
        print_finding(sink, finding);
        stream << '\n';
    }
    if (findings.dropped() != 0) {
        stream << "and " << findings.dropped() << " more findings\n";
    }
}

/// The tree of a command that works on one; nullptr, with findings printed, when it has no plan.
std::unique_ptr<BootTree> open_planned(const Arguments& arguments) {
    auto tree = open(arguments.files.front(), arguments.image);
    if (tree) {
        print_findings(std::cerr, tree->findings());
    }
    return tree && tree->plan() ? std::move(tree) : nullptr;
}

int write_output(const std::string& name, std::span<const std::byte> bytes) {
    std::ofstream file;
    if (!name.empty()) {
        file.open(name, std::ios::binary);
    }
    std::ostream& stream = name.empty() ? std::cout : file;
    stream.write(reinterpret_cast<const char*>(bytes.data()),
                 static_cast<std::streamsize>(bytes.size()));
    stream.flush();
    if (!stream) {
        std::cerr << "isthmus: cannot write " << (name.empty() ? "standard output" : name) << '\n';
        return exit_findings;
    }
    return exit_clean;
}

}  // namespace

int check(const Arguments& arguments) {
    int status = exit_clean;
    for (const std::string& file : arguments.files) {
        const auto tree = open(file, arguments.image);
        if (arguments.files.size() > 1 && tree && !tree->findings().items().empty()) {
            std::cout << file << ":\n";
        }
        if (tree) {
            print_findings(std::cout, tree->findings());
        }
        if (!tree || tree->findings().has_errors()) {
            status = exit_findings;
        }
    }
    return status;
}

int plan(const Arguments& arguments) {
    const auto tree = open_planned(arguments);
    if (!tree) {
        return exit_findings;
    }
    StreamSink sink(std::cout);
    dom0less::print_plan(sink, *tree->plan(), tree->host());
    std::cout << '\n';
    dom0less::print_host_map(sink, *tree->plan());
    return exit_clean;
}

int tree(const Arguments& arguments) {
    const auto boot_tree = open_planned(arguments);
    if (!boot_tree) {
        return exit_findings;
    }
    const dom0less::Plan& plan = *boot_tree->plan();
    for (const dom0less::DomainPlan& domain : plan.domains) {
        if (domain.name != arguments.domain) {
            continue;
        }
        std::vector<std::byte> buffer(dom0less::guest_tree_bytes);
        const auto bytes = dom0less::write_guest_tree(plan, domain, boot_tree->host(), buffer);
        if (!bytes) {
            std::cerr << "isthmus: the tree of " << domain.name << " does not fit\n";
            return exit_findings;
        }
        return write_output(arguments.output, *bytes);
    }
    std::cerr << "isthmus: no domain is named \"" << arguments.domain << "\"\n";
    return exit_findings;
}

}  // namespace isthmus::tools
