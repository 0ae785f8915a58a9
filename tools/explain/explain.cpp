// SPDX-License-Identifier: Apache-2.0
#include "tools/explain/explain.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>

#include "tools/commands.hpp"
#include "tools/explain/explanation.hpp"
#include "tools/json.hpp"

namespace isthmus::tools {
namespace {

constexpr std::size_t line_width = 80;

struct Entry {
    const Chapter* chapter;
    const Explanation* text;
};

std::vector<Entry> entries_of(const std::vector<Chapter>& chapters) {
    std::vector<Entry> entries;
    for (const Chapter& chapter : chapters) {
        for (const Explanation& text : chapter.entries) {
            entries.push_back({&chapter, &text});
        }
    }
    return entries;
}

/// The entries that `names` ask for, in their order; nothing, with messages, when one is not known.
std::optional<std::vector<Entry>> select(const std::vector<Entry>& all,
                                         const std::vector<std::string>& names) {
    std::vector<Entry> selected;
    for (const std::string& name : names) {
        const auto found =
            std::ranges::find(all, name, [](const Entry& entry) { return entry.text->rule->name; });
        if (found != all.end()) {
            selected.push_back(*found);
            continue;
        }
        std::cerr << "isthmus: there is no rule " << name;
        const auto near = nearest_rules(name);
        for (std::size_t i = 0; i < near.size(); ++i) {
            std::cerr << (i == 0 ? "; is it one of these?\n  " : "\n  ") << near[i];
        }
        std::cerr << (near.empty() ? "; isthmus explain lists them all\n" : "\n");
    }
    return selected.size() == names.size() ? std::optional(selected) : std::nullopt;
}

void print_wrapped(std::ostream& stream, std::string_view text) {
    std::size_t column = 0;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (column != 0 && column + 1 + word.size() > line_width) {
            stream << '\n';
            column = 0;
        }
        stream << (column == 0 ? "" : " ") << word;
        column += word.size() + (column == 0 ? 0 : 1);
    }
    stream << '\n';
}

void print_snippet(std::ostream& stream, std::string_view lines) {
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        stream << "    " << line << '\n';
    }
}

void print_entry(std::ostream& stream, const Entry& entry) {
    const Explanation& text = *entry.text;
    stream << text.rule->name << " (" << severity_name(text.rule->severity) << ")\n";
    print_wrapped(stream, text.summary);
    stream << '\n';
    print_wrapped(stream, text.reason);
    stream << "\nwrong, in " << text.place << ":\n\n";
    print_snippet(stream, text.wrong);
    stream << "\nright:\n\n";
    print_snippet(stream, text.right);
    stream << "\nsee " << entry.chapter->page << ", " << entry.chapter->section << '\n';
}

void write_entry(JsonWriter& json, const Entry& entry) {
    const Explanation& text = *entry.text;
    json.begin_object();
    json.member("rule", text.rule->name);
    json.member("severity", severity_name(text.rule->severity));
    json.member("summary", text.summary);
    json.member("reason", text.reason);
    json.member("place", text.place);
    json.member("wrong", text.wrong);
    json.member("right", text.right);
    json.member("page", entry.chapter->page);
    json.member("section", entry.chapter->section);
    json.end_object();
}

void print_list(std::ostream& stream, const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
        const Rule& rule = *entry.text->rule;
        stream << std::left << std::setw(22) << rule.name << ' ' << std::setw(8)
               << severity_name(rule.severity) << entry.text->summary << '\n';
    }
}

}  // namespace

int explain(const Arguments& arguments) {
    const std::vector<Chapter> chapters = explanations();
    const std::vector<Entry> all = entries_of(chapters);
    const bool listing = arguments.operands.empty();
    const auto selected = listing ? all : select(all, arguments.operands);
    if (!selected) {
        return exit_usage;
    }
    if (arguments.json) {
        JsonWriter json(std::cout);
        json.begin_array();
        for (const Entry& entry : *selected) {
            write_entry(json, entry);
        }
        json.end_array();
    } else if (listing) {
        print_list(std::cout, *selected);
    } else {
        for (std::size_t i = 0; i < selected->size(); ++i) {
            std::cout << (i == 0 ? "" : "\n\n");
            print_entry(std::cout, (*selected)[i]);
        }
    }
    return exit_clean;
}

}  // namespace isthmus::tools
