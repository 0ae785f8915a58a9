// SPDX-License-Identifier: Apache-2.0
#include "isthmus/text.hpp"

#include "isthmus/finding.hpp"
#include "isthmus/visible.hpp"

namespace isthmus {
namespace {

/// Digits of one number, built from the right.
class Digits {
  public:
    Digits(u64 value, unsigned base) {
        do {
            buffer_[--start_] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
    }
    void prepend(std::string_view text) {
        for (usize i = text.size(); i > 0; --i) {
            buffer_[--start_] = text[i - 1];
        }
    }
    std::string_view view() const { return {buffer_.data() + start_, buffer_.size() - start_}; }

  private:
    std::array<char, 32> buffer_{};
    usize start_ = 32;
};

/// "{}", "{x}", "{8}", "{-8}", "{x8}".
struct Field {
    bool hexadecimal = false;
    bool left = false;
    usize width = 0;
    usize length = 0;  ///< characters of the field with its braces; 0: not a field
};

Field parse_field(std::string_view text) {
    Field field;
    usize i = 1;
    if (i < text.size() && text[i] == 'x') {
        field.hexadecimal = true;
        ++i;
    }
    if (i < text.size() && text[i] == '-') {
        field.left = true;
        ++i;
    }
    while (i < text.size() && text[i] >= '0' && text[i] <= '9' && field.width < 100) {
        field.width = field.width * 10 + static_cast<usize>(text[i] - '0');
        ++i;
    }
    if (i < text.size() && text[i] == '}') {
        field.length = i + 1;
    }
    return field;
}

void write_number(TextSink& sink, u64 value, bool hexadecimal) {
    Digits digits(value, hexadecimal ? 16 : 10);
    if (hexadecimal) {
        digits.prepend("0x");
    }
    sink.write(digits.view());
}

void write_size(TextSink& sink, u64 bytes) {
    constexpr std::array<std::string_view, 4> units{" B", " KiB", " MiB", " GiB"};
    usize unit = 0;
    while (unit + 1 < units.size() && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        ++unit;
    }
    write_number(sink, bytes, false);
    sink.write(units[unit]);
}

void write_arg(TextSink& sink, const TextArg& arg, bool hexadecimal) {
    switch (arg.kind) {
        case TextArg::Kind::number:
            return write_number(sink, arg.first, hexadecimal);
        case TextArg::Kind::signed_number: {
            const bool negative = static_cast<i64>(arg.first) < 0;
            if (negative) {
                sink.write("-");
            }
            return write_number(sink, negative ? 0 - arg.first : arg.first, hexadecimal);
        }
        case TextArg::Kind::address:
            return write_number(sink, arg.first, true);
        case TextArg::Kind::range:
            write_number(sink, arg.first, true);
            sink.write("-");
            return write_number(sink, arg.second, true);
        case TextArg::Kind::size:
            return write_size(sink, arg.first);
        case TextArg::Kind::text:
            return write_visible(sink, arg.text);
        case TextArg::Kind::character: {
            const char c = static_cast<char>(arg.first);
            return write_visible(sink, {&c, 1});
        }
    }
}

void pad(TextSink& sink, usize count) {
    for (usize i = 0; i < count; ++i) {
        sink.write(" ");
    }
}

void write_field(TextSink& sink, const Field& field, const TextArg& arg) {
    if (field.width == 0) {
        return write_arg(sink, arg, field.hexadecimal);
    }
    TextBuffer<128> text;
    write_arg(text, arg, field.hexadecimal);
    const usize missing = field.width > text.view().size() ? field.width - text.view().size() : 0;
    if (!field.left) {
        pad(sink, missing);
    }
    if (text.truncated()) {
        write_arg(sink, arg, field.hexadecimal);
    } else {
        sink.write(text.view());
    }
    if (field.left) {
        pad(sink, missing);
    }
}

}  // namespace

void print_args(TextSink& sink, std::string_view format, std::span<const TextArg> args) {
    usize next = 0;
    usize literal = 0;
    usize i = 0;
    while (i < format.size()) {
        const std::string_view rest{format.data() + i, format.size() - i};
        const Field field = rest.front() == '{' ? parse_field(rest) : Field{};
        if (field.length == 0) {
            ++i;
            continue;
        }
        sink.write({format.data() + literal, i - literal});
        if (next < args.size()) {
            write_field(sink, field, args[next++]);
        } else {
            sink.write("{?}");
        }
        i += field.length;
        literal = i;
    }
    sink.write({format.data() + literal, format.size() - literal});
}

std::string_view severity_name(Severity severity) {
    constexpr std::array<std::string_view, 3> names{"note", "warning", "error"};
    return names[static_cast<usize>(severity)];
}

void Findings::record(const Rule& rule, std::string_view path, std::string_view property,
                      std::string_view other_path, std::string_view message,
                      std::span<const TextArg> args) {
    ++(rule.severity == Severity::error     ? errors_
       : rule.severity == Severity::warning ? warnings_
                                            : notes_);
    Finding finding{&rule, path, property, message, {}, other_path};
    for (const TextArg& arg : args) {
        static_cast<void>(finding.args.push_back(arg));
    }
    const bool kept = list_.size() < limits::findings && list_.push_back(finding);
    if (!kept && rule.is_limit()) {
        displace(finding);
    }
}

void Findings::displace(const Finding& finding) {
    if (list_.empty()) {
        return;
    }
    usize place = list_.size();
    while (place > 0 && list_[place - 1].rule->is_limit()) {
        --place;
    }
    list_.erase(place == 0 ? list_.size() - 1 : place - 1);
    static_cast<void>(list_.push_back(finding));  // there is room for it now
}

void print_finding(TextSink& sink, const Finding& finding) {
    print(sink, "{}[{}] {}", severity_name(finding.rule->severity), finding.rule->name,
          finding.path);
    if (!finding.property.empty()) {
        print(sink, " {}", finding.property);
    }
    sink.write(": ");
    print_args(sink, finding.message, finding.args.items());
}

}  // namespace isthmus
