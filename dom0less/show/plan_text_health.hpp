// SPDX-License-Identifier: Apache-2.0
// What follows when a domain ends, in words.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/text.hpp"

namespace isthmus::dom0less {

/// "crash: restart, restarts: 3 in 60 s, then: halt-machine, group: cabin": what differs from
/// `usual`. Nothing where all is as usual.
void print_health(TextSink& sink, const HealthPlan& health, const HealthPlan& usual);

/// A line for each domain for which the tree says something, or that cannot be restarted.
void print_endings(TextSink& sink, const Plan& plan);

}  // namespace isthmus::dom0less
