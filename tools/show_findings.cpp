// SPDX-License-Identifier: Apache-2.0
#include "tools/show_findings.hpp"

#include <unistd.h>

#include "isthmus/finding.hpp"

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

namespace isthmus::tools {
namespace {

bool wants_colour(const std::ostream& stream) {
    const char* refused = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    if ((refused != nullptr && *refused != '\0') ||
        (terminal != nullptr && std::string_view(terminal) == "dumb")) {
        return false;
    }
    return (&stream == &std::cout && isatty(STDOUT_FILENO) != 0) ||
           (&stream == &std::cerr && isatty(STDERR_FILENO) != 0);
}

std::string line_of(const Finding& finding) {
    std::ostringstream text;
    StreamSink sink(text);
    print_finding(sink, finding);
    return text.str();
}

std::string message_of(const Finding& finding) {
    std::ostringstream text;
    StreamSink sink(text);
    print_args(sink, finding.message, {finding.args.begin(), finding.args.end()});
    return text.str();
}

void write_value(JsonWriter& json, const TextArg& arg) {
    switch (arg.kind) {
        case TextArg::Kind::number:
        case TextArg::Kind::address:
        case TextArg::Kind::size:
            json.value(arg.first);
            return;
        case TextArg::Kind::signed_number:
            json.value(static_cast<i64>(arg.first));
            return;
        case TextArg::Kind::range:
            json.begin_array();
            json.value(arg.first);
            json.value(arg.second);
            json.end_array();
            return;
        case TextArg::Kind::text:
            json.value(arg.text);
            return;
        case TextArg::Kind::character:
            json.value(std::string(1, static_cast<char>(arg.first)));
            return;
    }
}

}  // namespace

void print_findings(std::ostream& stream, const Findings& findings) {
    const bool in_colour = wants_colour(stream);
    for (const Finding& finding : findings.items()) {
        const std::string line = line_of(finding);
        if (in_colour) {
            const bool is_error = finding.rule->severity == Severity::error;
            const std::size_t word = line.find('[');
            stream << (is_error ? "\033[1;31m" : "\033[1;33m") << line.substr(0, word) << "\033[0m"
                   << line.substr(word) << '\n';
        } else {
            stream << line << '\n';
        }
    }
    if (findings.dropped() != 0) {
        stream << "and " << findings.dropped() << " more findings\n";
    }
}

void write_findings(JsonWriter& json, const Findings& findings) {
    json.begin_array();
    for (const Finding& finding : findings.items()) {
        json.begin_object();
        json.member("rule", finding.rule->name);
        json.member("severity", finding.rule->severity == Severity::error ? "error" : "warning");
        json.member("path", finding.path);
        json.member("property", finding.property);
        json.member("other_path", finding.other_path);
        json.member("message", message_of(finding));
        json.key("values");
        json.begin_array();
        for (const TextArg& arg : finding.args) {
            write_value(json, arg);
        }
        json.end_array();
        json.member("line", line_of(finding));
        json.end_object();
    }
    json.end_array();
}

}  // namespace isthmus::tools
