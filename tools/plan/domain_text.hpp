// SPDX-License-Identifier: Apache-2.0
// One domain of the plan in full, as text: what the plan's tables leave out.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/text.hpp"

namespace isthmus::tools {

void print_domain(TextSink& sink, const dom0less::Plan& plan, const dom0less::DomainPlan& domain,
                  const fdt::HostDescription& host);

}  // namespace isthmus::tools
