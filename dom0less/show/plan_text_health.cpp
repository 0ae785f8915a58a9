// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/plan_text_health.hpp"

namespace isthmus::dom0less {
namespace {

/// Words with commas between them.
class List {
  public:
    explicit List(TextSink& sink) : sink_(sink) {}

    template <class... Args>
    void add(std::string_view form, const Args&... args) {
        sink_.write(is_first_ ? "" : ", ");
        is_first_ = false;
        print(sink_, form, args...);
    }

  private:
    TextSink& sink_;
    bool is_first_ = true;
};

std::string_view word(EndAnswer answer) {
    return answer_names[static_cast<usize>(answer)];
}

}  // namespace

void print_health(TextSink& sink, const HealthPlan& health, const HealthPlan& usual) {
    List list(sink);
    for (usize i = 0; i < end_causes; ++i) {
        const auto cause = static_cast<EndCause>(i);
        if (health.answer(cause) != usual.answer(cause)) {
            list.add("{}: {}", cause_names[i], word(health.answer(cause)));
        }
    }
    if (health.restart_count != usual.restart_count ||
        health.restart_seconds != usual.restart_seconds) {
        list.add("restarts: {} in {} s", health.restart_count, health.restart_seconds);
    }
    if (health.on_restart_limit != usual.on_restart_limit) {
        list.add("then: {}", word(health.on_restart_limit));
    }
    if (health.group != usual.group) {
        list.add("group: {}", health.group);
    }
    if (health.can_restart != usual.can_restart) {
        list.add("{}", health.can_restart ? "can be restarted" : "cannot be restarted");
    }
}

void print_endings(TextSink& sink, const Plan& plan) {
    bool is_first = true;
    for (const DomainPlan& domain : plan.domains) {
        const HealthPlan usual = default_health(domain.is_dom0(), true);
        if (domain.health == usual) {
            continue;
        }
        if (is_first) {
            print(sink, "{-16} {}\n", "when it ends", "what follows");
            is_first = false;
        }
        print(sink, "{-16} ", domain.name);
        print_health(sink, domain.health, usual);
        sink.write("\n");
    }
}

}  // namespace isthmus::dom0less
