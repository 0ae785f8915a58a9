// SPDX-License-Identifier: Apache-2.0
// Formatted text without <format>: "{}" is replaced by the next argument, "{x}" prints a number in
// hexadecimal with 0x, "{5}" pads a number or text on the left to 5 columns, "{-5}" on the right.
// A brace that opens no such field is printed as it stands. The text of an argument may come from
// anywhere: what a terminal would obey in it is written in digits (isthmus/visible.hpp).
#pragma once

#include <array>
#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

#include "isthmus/range.hpp"
#include "isthmus/types.hpp"

namespace isthmus {

/// Where text goes: a console, a buffer, a file.
class TextSink {
  public:
    virtual void write(std::string_view text) = 0;

  protected:
    ~TextSink() = default;
};

/// One typed value in a message. A finding keeps these, so that JSON output gets numbers.
struct TextArg {
    enum class Kind : u8 { number, signed_number, address, range, size, text, character };

    Kind kind = Kind::number;
    u64 first = 0;          ///< the number, the address, or a range's start
    u64 second = 0;         ///< a range's end
    std::string_view text;  ///< kind text only; must outlive the argument

    constexpr TextArg() = default;
    template <std::unsigned_integral T>
    constexpr TextArg(T value) : first(value) {}
    template <std::signed_integral T>
    constexpr TextArg(T value)
        : kind(Kind::signed_number), first(static_cast<u64>(static_cast<i64>(value))) {}
    constexpr TextArg(bool value) : kind(Kind::text), text(value ? "yes" : "no") {}
    constexpr TextArg(char value) : kind(Kind::character), first(static_cast<u8>(value)) {}
    constexpr TextArg(std::string_view value) : kind(Kind::text), text(value) {}
    constexpr TextArg(const char* value) : kind(Kind::text), text(value) {}
    template <class Space>
    constexpr TextArg(Address<Space> value) : kind(Kind::address), first(value.raw()) {}
    template <class Space>
    constexpr TextArg(Range<Space> value)
        : kind(Kind::range), first(value.start().raw()), second(value.end().raw()) {}
};

/// A size in bytes, printed in the largest unit that divides it: "64 KiB".
constexpr TextArg byte_size(u64 bytes) {
    TextArg arg(bytes);
    arg.kind = TextArg::Kind::size;
    return arg;
}

/// Missing arguments print as "{?}"; surplus ones are ignored.
void print_args(TextSink& sink, std::string_view format, std::span<const TextArg> args);

template <class... Args>
void print(TextSink& sink, std::string_view format, const Args&... args) {
    const std::array<TextArg, sizeof...(Args)> list{TextArg(args)...};
    print_args(sink, format, list);
}

/// Text in a fixed buffer; what does not fit is cut off and `truncated()` says so.
template <usize N>
class TextBuffer final : public TextSink {
  public:
    void write(std::string_view text) override {
        for (const char c : text) {
            if (size_ == N) {
                truncated_ = true;
                return;
            }
            buffer_[size_++] = c;
        }
    }
    std::string_view view() const { return {buffer_.data(), size_}; }
    bool truncated() const { return truncated_; }
    void clear() {
        size_ = 0;
        truncated_ = false;
    }

  private:
    std::array<char, N> buffer_{};
    usize size_ = 0;
    bool truncated_ = false;
};

}  // namespace isthmus
