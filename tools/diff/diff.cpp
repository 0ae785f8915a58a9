// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/diff.hpp"

#include <algorithm>
#include <iostream>

#include "tools/commands.hpp"
#include "tools/diff/facts.hpp"
#include "tools/json.hpp"
#include "tools/plan/json.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

constexpr int exit_same = 0;
constexpr int exit_differs = 1;
constexpr int exit_trouble = 2;

/// One of `a` and `b` is absent where only the other plan has it. Without a fact it is the whole
/// thing.
struct Difference {
    std::string thing;
    std::optional<std::string> fact{};
    std::optional<std::string> a{};
    std::optional<std::string> b{};
    bool is_in_a = true;
    bool is_in_b = true;
};

template <class T>
const T* find(const std::vector<T>& list, const std::string& name) {
    const auto found = std::ranges::find(list, name, &T::name);
    return found != list.end() ? &*found : nullptr;
}

void compare_facts(const Thing& a, const Thing& b, std::vector<Difference>& found) {
    for (const Fact& fact : a.facts) {
        const Fact* other = find(b.facts, fact.name);
        if (other == nullptr) {
            found.push_back({a.name, fact.name, fact.value, std::nullopt, true, false});
        } else if (other->value != fact.value) {
            found.push_back({a.name, fact.name, fact.value, other->value});
        }
    }
    for (const Fact& fact : b.facts) {
        if (find(a.facts, fact.name) == nullptr) {
            found.push_back({a.name, fact.name, std::nullopt, fact.value, false, true});
        }
    }
}

std::vector<Difference> compare(const std::vector<Thing>& a, const std::vector<Thing>& b) {
    std::vector<Difference> found;
    for (const Thing& thing : a) {
        const Thing* other = find(b, thing.name);
        if (other != nullptr) {
            compare_facts(thing, *other, found);
        } else {
            found.push_back({.thing = thing.name, .is_in_b = false});
        }
    }
    for (const Thing& thing : b) {
        if (find(a, thing.name) == nullptr) {
            found.push_back({.thing = thing.name, .is_in_a = false});
        }
    }
    return found;
}

void print_difference(TextSink& sink, const Difference& one) {
    print(sink, "{}", one.thing);
    if (one.fact) {
        print(sink, ": {}", *one.fact);
    }
    if (one.is_in_a && one.is_in_b) {
        print(sink, ": {} -> {}", one.a.value_or(""), one.b.value_or(""));
    } else {
        print(sink, ": only in {}", one.is_in_a ? "A" : "B");
        const std::string value = one.a.value_or(one.b.value_or(""));
        print(sink, "{}{}", value.empty() ? "" : ": ", value);
    }
    sink.write("\n");
}

void write_optional(JsonWriter& json, std::string_view name,
                    const std::optional<std::string>& what) {
    json.key(name);
    if (what) {
        json.value(std::string_view(*what));
    } else {
        json.null();
    }
}

void write_json(const Arguments& arguments, const BootTree& a, const BootTree& b,
                const std::vector<Difference>& found) {
    JsonWriter json(std::cout);
    const auto side = [&](std::string_view name, const std::string& file, const BootTree& tree) {
        json.key(name);
        json.begin_object();
        json.member("file", std::string_view(file));
        json.member("plan_digest", dom0less::digest_text(tree.digest()).view());
        json.end_object();
    };
    json.begin_object();
    json.member("schema", json_schema);
    side("a", arguments.operands[0], a);
    side("b", arguments.operands[1], b);
    json.key("differences");
    json.begin_array();
    for (const Difference& one : found) {
        json.begin_object();
        json.member("thing", std::string_view(one.thing));
        write_optional(json, "fact", one.fact);
        json.member("in_a", one.is_in_a);
        json.member("in_b", one.is_in_b);
        write_optional(json, "a", one.a);
        write_optional(json, "b", one.b);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

void print_text(const BootTree& a, const BootTree& b, const std::vector<Difference>& found) {
    StreamSink sink(std::cout);
    for (const Difference& one : found) {
        print_difference(sink, one);
    }
    const auto digest = dom0less::digest_text(a.digest());
    const auto other = dom0less::digest_text(b.digest());
    if (digest.view() == other.view()) {
        print(sink, "plan digest: {}, the same\n", digest.view());
    } else {
        print(sink, "plan digest: {} -> {}\n", digest.view(), other.view());
    }
}

/// nullptr, with what is wrong printed, when there is no plan.
std::unique_ptr<BootTree> open_side(const Arguments& arguments, const std::string& file) {
    auto tree = open_tree(file, arguments);
    if (!tree) {
        return nullptr;
    }
    if (!tree->findings().items().empty()) {
        std::cerr << file << ":\n";
        print_findings(std::cerr, tree->findings());
    }
    return tree->plan() && tree->module_errors().empty() ? std::move(tree) : nullptr;
}

}  // namespace

int diff(const Arguments& arguments) {
    const auto a = open_side(arguments, arguments.operands[0]);
    const auto b = open_side(arguments, arguments.operands[1]);
    if (!a || !b) {
        return exit_trouble;
    }
    const std::vector<Difference> found = compare(facts_of(*a), facts_of(*b));
    if (arguments.json) {
        write_json(arguments, *a, *b, found);
    } else {
        print_text(*a, *b, found);
    }
    return found.empty() && a->digest() == b->digest() ? exit_same : exit_differs;
}

}  // namespace isthmus::tools
