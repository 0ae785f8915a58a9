// SPDX-License-Identifier: Apache-2.0
#include "tools/commands.hpp"

#include <iostream>

#include "dom0less/show/plan_text.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "isthmus/finding.hpp"
#include "tools/boot_tree.hpp"
#include "tools/nearest.hpp"
#include "tools/plan/domain_text.hpp"
#include "tools/plan/json.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

using dom0less::DomainPlan;

/// The tree of a command that works on one; nullptr, with findings printed, when it has no plan.
std::unique_ptr<BootTree> open_planned(const Arguments& arguments) {
    auto tree = open_tree(arguments.operands.front(), arguments);
    if (tree) {
        print_findings(std::cerr, tree->findings());
    }
    return tree && tree->plan() ? std::move(tree) : nullptr;
}

/// Nothing, with a message, when there is no such domain.
const DomainPlan* find_domain(const dom0less::Plan& plan, const std::string& name) {
    for (const DomainPlan& domain : plan.domains) {
        if (domain.name == name) {
            return &domain;
        }
    }
    std::vector<std::string> names;
    names.reserve(plan.domains.size());
    for (const DomainPlan& domain : plan.domains) {
        names.emplace_back(domain.name);
    }
    std::cerr << "isthmus: no domain is named \"" << name << "\"" << did_you_mean(name, names)
              << '\n';
    return nullptr;
}

int status_of(const BootTree* tree, bool strict) {
    if (tree == nullptr || tree->findings().has_errors() || !tree->module_errors().empty()) {
        return exit_errors;
    }
    return strict && tree->findings().warnings() != 0 ? exit_warnings : exit_clean;
}

/// Errors are worse than warnings.
int worse(int left, int right) {
    if (left == exit_errors || right == exit_errors) {
        return exit_errors;
    }
    return left == exit_clean ? right : left;
}

void write_check(JsonWriter& json, const std::string& file, const BootTree& tree) {
    json.begin_object();
    json.member("schema", json_schema);
    json.member("file", file);
    json.member("errors", tree.findings().errors());
    json.member("warnings", tree.findings().warnings());
    json.member("dropped", tree.findings().dropped());
    if (tree.plan()) {
        json.member("plan_digest", dom0less::digest_text(tree.digest()).view());
    }
    json.key("findings");
    write_findings(json, tree.findings());
    json.end_object();
}

}  // namespace

std::unique_ptr<BootTree> open_tree(const std::string& file, const Arguments& arguments) {
    auto blob = read_tree(file);
    if (!blob) {
        std::cerr << "isthmus: " << blob.error() << '\n';
        return nullptr;
    }
    auto tree = std::make_unique<BootTree>(std::move(*blob), arguments.loaded, arguments.modules);
    for (const std::string& error : tree->module_errors()) {
        std::cerr << "isthmus: " << error << '\n';
    }
    return tree;
}

int check(const Arguments& arguments) {
    int status = exit_clean;
    JsonWriter json(std::cout);
    if (arguments.json) {
        json.begin_array();
    }
    for (const std::string& file : arguments.operands) {
        const auto tree = open_tree(file, arguments);
        status = worse(status, status_of(tree.get(), arguments.strict));
        if (!tree) {
            continue;
        }
        if (arguments.json) {
            write_check(json, file, *tree);
            continue;
        }
        if (arguments.operands.size() > 1 && !tree->findings().items().empty()) {
            std::cout << file << ":\n";
        }
        print_findings(std::cout, tree->findings());
    }
    if (arguments.json) {
        json.end_array();
    }
    return status;
}

int plan(const Arguments& arguments) {
    const auto tree = open_planned(arguments);
    if (!tree) {
        return exit_errors;
    }
    const dom0less::Plan& plan = *tree->plan();
    const DomainPlan* only = nullptr;
    if (!arguments.domain.empty()) {
        only = find_domain(plan, arguments.domain);
        if (only == nullptr) {
            return exit_errors;
        }
    }
    StreamSink sink(std::cout);
    if (arguments.json) {
        JsonWriter json(std::cout);
        write_plan(json, plan, tree->host(), tree->digest(), tree->arena(), only);
    } else if (only != nullptr) {
        print_domain(sink, plan, *only, tree->host());
    } else {
        dom0less::print_plan(sink, plan, tree->host());
        std::cout << '\n';
        dom0less::print_host_map(sink, plan);
        for (const DomainPlan& domain : plan.domains) {
            std::cout << '\n';
            print_domain(sink, plan, domain, tree->host());
        }
        std::cout << '\n';
        dom0less::print_arena_use(sink, tree->arena());
        std::cout << "plan digest " << dom0less::digest_text(tree->digest()).view() << '\n';
    }
    return status_of(tree.get(), arguments.strict);
}

int tree(const Arguments& arguments) {
    const auto boot_tree = open_planned(arguments);
    if (!boot_tree) {
        return exit_errors;
    }
    const dom0less::Plan& plan = *boot_tree->plan();
    const DomainPlan* domain = find_domain(plan, arguments.domain);
    if (domain == nullptr) {
        return exit_errors;
    }
    std::vector<std::byte> buffer(dom0less::guest_tree_bytes);
    const auto bytes = dom0less::write_guest_tree(plan, *domain, boot_tree->host(), buffer);
    if (!bytes) {
        std::cerr << "isthmus: the tree of " << domain->name << " does not fit\n";
        return exit_errors;
    }
    return write_tree(arguments.output, *bytes) ? exit_clean : exit_errors;
}

}  // namespace isthmus::tools
