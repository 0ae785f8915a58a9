// SPDX-License-Identifier: Apache-2.0
// ports_model SETUP [STATES]: takes every action in every state of two guests' event channels that
// a setup can come to, and compares with the reference; without arguments lists the setups. Ends
// with 0, or with 1 and the way to what is wrong.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "isthmus/panic.hpp"
#include "tests/model/ports/reference.hpp"
#include "tests/model/ports/world.hpp"

namespace isthmus {

void panic(const char* what, std::source_location where) {
    std::printf("panic: %s (%s:%u)\n", what, where.file_name(), unsigned{where.line()});
    std::exit(1);
}

}  // namespace isthmus

namespace isthmus::model::ports {
namespace {

constexpr const char* names[] = {"alloc", "bind",  "ipi",  "virq",    "close",
                                 "send",  "move",  "mask", "unmask",  "look",
                                 "pages", "reset", "end",  "restart", "type"};

struct Setup {
    const char* name;
    u8 acting = side_count;  ///< how many of the guests act
    unsigned most = 0;       ///< ports of a guest beside the tree's
    u8 used_vcpus = 1;
    bool has_pages = false;    ///< at first
    bool with_others = false;  ///< and another action in the midst of each
    std::vector<Do> does;
};

std::vector<Action> actions_of(const Setup& setup) {
    std::vector<Action> list;
    const u8 last = static_cast<u8>(static_port + setup.most);
    const auto with_ports = [&](Do what, u8 side, u8 others) {
        for (u8 port = 0; port <= last; ++port) {
            for (u8 other = 0; other < others; ++other) {
                list.push_back({what, side, port, other});
            }
        }
    };
    for (u8 side = 0; side < setup.acting; ++side) {
        for (const Do what : setup.does) {
            switch (what) {
                case Do::bind:
                    with_ports(what, side, side_count);
                    break;
                case Do::move:
                    with_ports(what, side, setup.used_vcpus);
                    break;
                case Do::close:
                case Do::send:
                case Do::mask:
                case Do::unmask:
                    with_ports(what, side, 1);
                    break;
                case Do::virq:
                    for (u8 vcpu = 0; vcpu < setup.used_vcpus; ++vcpu) {
                        list.push_back({what, side, 0, vcpu});
                    }
                    list.push_back({what, side, 2, 0});
                    break;
                case Do::alloc:
                    list.push_back({what, side, 0, 0});
                    list.push_back({what, side, 0, 1});
                    break;
                case Do::ipi:
                case Do::look:
                    for (u8 vcpu = 0; vcpu < setup.used_vcpus; ++vcpu) {
                        list.push_back({what, side, 0, vcpu});
                    }
                    break;
                default:
                    list.push_back({what, side, 0, 0});
                    break;
            }
        }
    }
    return list;
}

std::string text_of(Action action) {
    return std::string("guest ") + std::to_string(action.side) + " " +
           names[static_cast<usize>(action.what)] + " " + std::to_string(action.port) + " " +
           std::to_string(action.other) + "\n";
}

Answer refer_whole(View& view, Action action) {
    Answer answer;
    for (unsigned step = 0; step < steps_of(action); ++step) {
        answer = refer(view, action, step);
    }
    return answer;
}

/// One action, alone.
const char* wrong_alone(const View& before, Action action, View& after) {
    View expected = before;
    const Answer answer = refer_whole(expected, action);
    restore(before);
    if (!(act(action) == answer)) {
        return "the answer is another";
    }
    after = save();
    if (!(after == expected)) {
        return "what follows is something else";
    }
    if (const char* wrong = broken_rule(after)) {
        return wrong;
    }
    return wrong_status(after);
}

/// Whether the outcome is that of `inner` before one of `outer`'s steps, or after the last.
bool is_in_some_order(const View& before, Action outer, Answer answer, Action inner,
                      Answer inner_answer, const View& after) {
    for (unsigned place = 0; place <= steps_of(outer); ++place) {
        View expected = before;
        Answer own;
        Answer others;
        for (unsigned step = 0; step <= steps_of(outer); ++step) {
            others = step == place ? refer_whole(expected, inner) : others;
            own = step < steps_of(outer) ? refer(expected, outer, step) : own;
        }
        if (own == answer && others == inner_answer && expected == after) {
            return true;
        }
    }
    // An event by a port that leads elsewhere by the time that it would be seen is for nobody.
    View expected = before;
    return outer.what == Do::send && answer == Answer() &&
           refer_whole(expected, inner) == inner_answer && expected == after;
}

/// `outer`, with `inner` at each moment of it at which another CPU can do something.
const char* wrong_together(const View& before, Action outer, Action inner) {
    for (unsigned at = 0; at < 2 * port_count; ++at) {
        Answer answer;
        Answer inner_answer;
        restore(before);
        if (!act_with(outer, inner, at, answer, inner_answer)) {
            return nullptr;
        }
        const View after = save();
        if (!is_in_some_order(before, outer, answer, inner, inner_answer, after)) {
            return "two at once end as neither order of them does";
        }
        if (const char* wrong = broken_rule(after)) {
            return wrong;
        }
    }
    return nullptr;
}

class Explorer {
  public:
    explicit Explorer(const Setup& setup) : setup_(setup), actions_(actions_of(setup)) {}

    int run(usize most_states);

  private:
    struct Origin {
        u32 before = 0;
        Action action;
    };

    std::string way_to(u32 state) const {
        std::string text;
        for (; state != 0; state = origins_[state].before) {
            text.insert(0, text_of(origins_[state].action));
        }
        return text;
    }
    const char* wrong_beside(const View& state, Action action, std::string& text) {
        for (const Action& inner : actions_) {
            const bool can = is_possible(state, inner, setup_.most) &&
                             !(inner.side == action.side && action.what == Do::end);
            if (!can) {
                continue;
            }
            ++steps_;
            if (const char* wrong = wrong_together(state, action, inner)) {
                text = "meanwhile " + text_of(inner);
                return wrong;
            }
        }
        return nullptr;
    }

    const Setup& setup_;
    std::vector<Action> actions_;
    std::vector<Origin> origins_{{}};
    usize steps_ = 0;
};

struct Hash {
    usize operator()(const View& view) const {
        return std::hash<std::string_view>()({reinterpret_cast<const char*>(&view), sizeof(View)});
    }
};

int Explorer::run(usize most_states) {
    if (setup_.has_pages) {
        for (u8 side = 0; side < side_count; ++side) {
            act({Do::pages, side, 0, 0});
        }
    }
    const View first = save();
    std::unordered_set<View, Hash> met{first};
    std::deque<std::pair<u32, View>> open{{0, first}};
    while (!open.empty()) {
        const auto [number, state] = open.front();
        open.pop_front();
        for (const Action& action : actions_) {
            if (!is_possible(state, action, setup_.most)) {
                continue;
            }
            ++steps_;
            View next;
            std::string beside;
            const char* wrong = wrong_alone(state, action, next);
            if (wrong == nullptr && setup_.with_others) {
                wrong = wrong_beside(state, action, beside);
            }
            if (wrong != nullptr) {
                std::printf("%s: WRONG\n%s\n%s%s%s", setup_.name, wrong, way_to(number).c_str(),
                            text_of(action).c_str(), beside.c_str());
                return 1;
            }
            if (origins_.size() < most_states && met.insert(next).second) {
                open.emplace_back(static_cast<u32>(origins_.size()), next);
                origins_.push_back({number, action});
            }
        }
    }
    std::printf("%s: %zu states, %zu steps\n", setup_.name, met.size(), steps_);
    return 0;
}

const std::vector<Setup> setups = {
    {.name = "tree",
     .used_vcpus = 2,
     .does = {Do::send, Do::move, Do::mask, Do::unmask, Do::look, Do::pages, Do::close, Do::reset,
              Do::end, Do::restart}},
    {.name = "own",
     .acting = 1,
     .most = 2,
     .used_vcpus = 2,
     .has_pages = true,
     .does = {Do::ipi, Do::virq, Do::close, Do::send, Do::move, Do::mask, Do::unmask, Do::look,
              Do::type, Do::reset, Do::end, Do::restart, Do::pages}},
    {.name = "channels",
     .most = 2,
     .has_pages = true,
     .does = {Do::alloc, Do::bind, Do::close, Do::send, Do::reset, Do::end, Do::restart}},
    {.name = "at-once",
     .most = 1,
     .has_pages = true,
     .with_others = true,
     .does = {Do::alloc, Do::bind, Do::ipi, Do::virq, Do::close, Do::send, Do::type, Do::look,
              Do::reset, Do::end, Do::restart}},
};

}  // namespace
}  // namespace isthmus::model::ports

int main(int argc, char** argv) {
    using namespace isthmus::model::ports;
    const std::string_view wanted = argc > 1 ? argv[1] : "";
    const std::size_t most_states =
        argc > 2 ? std::strtoul(argv[2], nullptr, 10) : std::size_t{1} << 31;
    for (const Setup& setup : setups) {
        if (wanted.empty()) {
            std::printf("%s\n", setup.name);
        } else if (wanted == setup.name) {
            build_world();
            return Explorer(setup).run(most_states);
        }
    }
    return wanted.empty() ? 0 : 2;
}
