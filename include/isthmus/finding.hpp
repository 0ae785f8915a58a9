// SPDX-License-Identifier: Apache-2.0
// A finding is a value: which rule, where, and the numbers. One printer writes it as the console
// line, one as JSON; nothing is decided by text.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/arena.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/rule.hpp"
#include "isthmus/static_vector.hpp"
#include "isthmus/text.hpp"

namespace isthmus {

struct Finding {
    const Rule* rule = nullptr;
    std::string_view path;      ///< the node's full path
    std::string_view property;  ///< the property at fault; empty when it is the node itself
    std::string_view message;   ///< with fields as in text.hpp
    StaticVector<TextArg, 6> args;
    std::string_view other_path;  ///< the node that disagrees; empty when there is none
};

/// All findings about one tree, in the order found. Paths and texts, also those given as arguments,
/// are not copied: they live in the tree, in the program, or in the arena that the
/// reader was given. Room for the first few is there from the start. When there is no more, a
/// finding is counted only; but one about a limit takes the place of the last that is about none,
/// or else of the last: so the shortage itself is always named.
class Findings {
  public:
    explicit Findings(Arena& arena) : list_(arena) { list_.reserve(limits::findings_kept); }

    template <class... Args>
    void add(const Rule& rule, std::string_view path, std::string_view property,
             std::string_view message, const Args&... args) {
        add_other(rule, path, property, {}, message, args...);
    }

    template <class... Args>
    void add_other(const Rule& rule, std::string_view path, std::string_view property,
                   std::string_view other_path, std::string_view message, const Args&... args) {
        static_assert(sizeof...(Args) <= 6);
        const std::array<TextArg, sizeof...(Args)> list{TextArg(args)...};
        record(rule, path, property, other_path, message, list);
    }

    bool has_errors() const { return errors_ != 0; }
    usize errors() const { return errors_; }
    usize warnings() const { return warnings_; }
    /// Findings counted above, but not kept because of limits::findings or for lack of memory.
    usize dropped() const { return notes_ + errors_ + warnings_ - list_.size(); }
    std::span<const Finding> items() const { return list_.items(); }

  private:
    // One copy for the hundred places that report: findings are rare, and their code is not.
    [[gnu::noinline]] void record(const Rule& rule, std::string_view path,
                                  std::string_view property, std::string_view other_path,
                                  std::string_view message, std::span<const TextArg> args);

    void displace(const Finding& finding);

    ArenaVector<Finding> list_;
    usize notes_ = 0;
    usize errors_ = 0;
    usize warnings_ = 0;
};

/// "error[rule] /path property: message", or "warning[", "note[", without a line end. The message
/// names the other node.
void print_finding(TextSink& sink, const Finding& finding);

}  // namespace isthmus
