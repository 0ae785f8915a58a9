// SPDX-License-Identifier: Apache-2.0
// JSON, written from front to back and indented. Numbers are whole and may need 64 bits.
#pragma once

#include <concepts>
#include <ostream>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus::tools {

class JsonWriter {
  public:
    explicit JsonWriter(std::ostream& stream) : stream_(stream) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    /// The value follows.
    void key(std::string_view name) {
        separate();
        quote(name);
        stream_ << ": ";
        after_key_ = true;
    }
    void value(std::string_view text) {
        separate();
        quote(text);
    }
    void value(const char* text) { value(std::string_view(text)); }
    void value(bool is_true) {
        separate();
        stream_ << (is_true ? "true" : "false");
    }
    template <std::integral T>
    void value(T number) {
        separate();
        stream_ << +number;
    }
    void null() {
        separate();
        stream_ << "null";
    }
    template <class T>
    void member(std::string_view name, const T& what) {
        key(name);
        value(what);
    }

  private:
    void open(char bracket) {
        separate();
        stream_ << bracket;
        ++depth_;
        first_ = true;
    }
    void close(char bracket) {
        --depth_;
        if (!first_) {
            new_line();
        }
        stream_ << bracket;
        first_ = false;
        if (depth_ == 0) {
            stream_ << '\n';
        }
    }
    void separate() {
        if (after_key_ || depth_ == 0) {
            after_key_ = false;
            return;
        }
        if (!first_) {
            stream_ << ',';
        }
        first_ = false;
        new_line();
    }
    void new_line() {
        stream_ << '\n';
        for (int i = 0; i < depth_; ++i) {
            stream_ << "  ";
        }
    }
    /// Bytes beyond ASCII are written as the character of that number: a tree's texts have no
    /// encoding, and what is written must be valid whatever they hold.
    void quote(std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        stream_ << '"';
        for (const char c : text) {
            const auto code = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                stream_ << '\\' << c;
            } else if (code < 0x20 || code >= 0x7f) {
                stream_ << "\\u00" << digits[code >> 4] << digits[code & 15];
            } else {
                stream_ << c;
            }
        }
        stream_ << '"';
    }

    std::ostream& stream_;
    int depth_ = 0;
    bool first_ = true;
    bool after_key_ = false;
};

}  // namespace isthmus::tools
