// SPDX-License-Identifier: Apache-2.0
// Every interleaving of a few small programs on one page's word. The programs consist of the steps
// that page_info.cpp makes: load the word, compute the next one with the very functions of
// mm/page_word.hpp, compare-and-swap, try again when another CPU was faster. States met before are
// not walked again, so the search ends. Beside the word the model keeps who really holds what, and
// checks in every state that the word says the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mm/page_word.hpp"

namespace isthmus::mm::model {

/// One operation of a program; afterwards the program goes on at `then`, or at `otherwise`.
struct Op {
    enum class Kind {
        assign,   ///< then: the page is ours with n references; otherwise: it was not free
        get,      ///< then: n more references; otherwise: refused
        put,      ///< then: freed the page; otherwise: references are left
        give,     ///< hands n of our references to whoever collects them
        collect,  ///< waits for n references that were handed over
    };
    Kind kind;
    DomainId owner = DomainId::none;
    u32 n = 1;
    std::size_t then = 0;
    std::size_t otherwise = 0;
};
using Program = std::vector<Op>;
inline constexpr std::size_t end = 99;

/// Whether an update is one compare-and-swap, or (to see that the model sees it) a blind store of
/// what was computed from an older load.
enum class Update { compare_and_swap, blind_store };

struct Thread {
    std::size_t at = 0;
    bool loaded = false;
    u64 seen = 0;  ///< what the last load or failed swap found
    u64 held = 0;
    DomainId held_of = DomainId::none;  ///< owner of the page when the references were taken
    auto operator<=>(const Thread&) const = default;
};

struct State {
    u64 word = page_word::none;
    u64 handed = 0;  ///< given, not yet collected
    DomainId handed_of = DomainId::none;
    u64 assigned = 0;  ///< times that the page got an owner
    u64 freed = 0;     ///< times that a put said: freed
    std::vector<Thread> threads;
    auto operator<=>(const State&) const = default;
};

class Model {
  public:
    Model(std::vector<Program> programs, bool is_static, Update update = Update::compare_and_swap)
        : programs_(std::move(programs)), is_static_(is_static), update_(update) {}

    /// Walks all states from `word`, whose references (if any) are held by thread 0. Returns the
    /// first violation, or nothing.
    std::optional<std::string> run(u64 word = page_word::none);

    /// References may be left at the end: some other program, not modelled, holds them.
    void may_keep_references() { may_keep_ = true; }

    std::size_t states() const { return met_.size(); }
    std::size_t transitions() const { return transitions_; }
    std::size_t final_states() const { return finals_; }
    /// Largest count that any state showed.
    u64 most_references() const { return most_; }

  private:
    bool can_step(const State& state, std::size_t who) const;
    void step(State& state, std::size_t who);
    void compute(State& state, std::size_t who, const Op& op);
    void swap(State& state, std::size_t who, const Op& op, u64 next, bool then);
    std::optional<std::string> violation(const State& state, bool is_final) const;

    std::vector<Program> programs_;
    bool is_static_;
    Update update_;
    bool may_keep_ = false;
    std::set<State> met_;
    std::size_t transitions_ = 0;
    std::size_t finals_ = 0;
    u64 most_ = 0;
    std::optional<std::string> bug_;
};

inline bool Model::can_step(const State& state, std::size_t who) const {
    const Thread& thread = state.threads[who];
    if (thread.at == end) {
        return false;
    }
    const Op& op = programs_[who][thread.at];
    return op.kind != Op::Kind::collect || state.handed >= op.n;
}

inline void Model::step(State& state, std::size_t who) {
    Thread& thread = state.threads[who];
    const Op& op = programs_[who][thread.at];
    if (op.kind == Op::Kind::give) {
        thread.held -= op.n;
        state.handed += op.n;
        state.handed_of = thread.held_of;
        thread.at = op.then;
    } else if (op.kind == Op::Kind::collect) {
        state.handed -= op.n;
        thread.held += op.n;
        thread.held_of = state.handed_of;
        thread.at = op.then;
    } else if (!thread.loaded) {
        thread.loaded = true;
        thread.seen = state.word;
    } else {
        compute(state, who, op);
    }
}

inline void Model::compute(State& state, std::size_t who, const Op& op) {
    Thread& thread = state.threads[who];
    const auto leave = [&](std::size_t next) {
        thread.at = next;
        thread.loaded = false;
        thread.seen = 0;
    };
    if (op.kind == Op::Kind::assign) {
        if (!page_word::is_assignable(thread.seen, is_static_)) {
            leave(op.otherwise);
        } else {
            swap(state, who, op, page_word::allocated(op.owner, op.n, is_static_), true);
        }
    } else if (op.kind == Op::Kind::get) {
        const Result<u64> next = page_word::take(thread.seen, op.owner, op.n);
        if (!next) {
            leave(op.otherwise);
        } else {
            swap(state, who, op, *next, true);
        }
    } else {
        const page_word::Given given = page_word::give(thread.seen, op.n);
        if (!given.held) {
            bug_ = "a put of references that are held is refused";
        } else {
            swap(state, who, op, given.word, given.freed);
        }
    }
}

inline void Model::swap(State& state, std::size_t who, const Op& op, u64 next, bool then) {
    Thread& thread = state.threads[who];
    if (update_ == Update::compare_and_swap && state.word != thread.seen) {
        thread.seen = state.word;
        return;
    }
    state.word = next;
    if (op.kind == Op::Kind::put) {
        thread.held -= op.n;
        state.freed += then ? 1U : 0U;
    } else {
        thread.held += op.n;
        thread.held_of = op.owner;
        state.assigned += op.kind == Op::Kind::assign ? 1U : 0U;
    }
    thread.held_of = thread.held == 0 ? DomainId::none : thread.held_of;
    thread.at = then ? op.then : op.otherwise;
    thread.loaded = false;
    thread.seen = 0;
}

inline std::optional<std::string> Model::violation(const State& state, bool is_final) const {
    if (bug_) {
        return bug_;
    }
    const PageValue page = page_word::decode(state.word);
    u64 held = state.handed;
    for (const Thread& thread : state.threads) {
        held += thread.held;
        if (thread.held != 0 && thread.held_of != page.owner) {
            return "a page is held, but has another owner or none";
        }
    }
    if (held != page.references) {
        return "the count is not what is held";
    }
    if ((held == 0) == (page.state == PageState::allocated)) {
        return "a page is allocated exactly while it is held";
    }
    if (state.assigned != state.freed + (held == 0 ? 0U : 1U)) {
        return "not freed exactly once";
    }
    if (is_final && held != 0 && !may_keep_) {
        return "a reference is left at the end";
    }
    return std::nullopt;
}

inline std::optional<std::string> Model::run(u64 word) {
    State first;
    first.word = word;
    first.threads.resize(programs_.size());
    if (const PageValue page = page_word::decode(word); page.state == PageState::allocated) {
        first.assigned = 1;
        first.threads[0].held = page.references;
        first.threads[0].held_of = page.owner;
    }
    std::vector<State> open{first};
    met_.insert(first);
    while (!open.empty()) {
        const State state = open.back();
        open.pop_back();
        most_ = std::max(most_, page_word::decode(state.word).references);
        bool is_final = true;
        for (std::size_t who = 0; who < programs_.size(); ++who) {
            if (!can_step(state, who)) {
                continue;
            }
            is_final = false;
            ++transitions_;
            State next = state;
            step(next, who);
            if (bug_) {
                return bug_;
            }
            if (met_.insert(next).second) {
                open.push_back(next);
            }
        }
        finals_ += is_final ? 1U : 0U;
        if (const auto wrong = violation(state, is_final)) {
            return wrong;
        }
    }
    return std::nullopt;
}

}  // namespace isthmus::mm::model
