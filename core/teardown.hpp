// SPDX-License-Identifier: Apache-2.0
// Taking a stopped domain apart.
#pragma once

#include "core/domain.hpp"

namespace isthmus::core {

/// Gives back all that the domain holds: every foreign mapping its reference, its private pages,
/// cleared, to where they came from, its own reference to the regions it owns, and its tables. A
/// page that a peer still maps stays until that peer is taken apart, in whichever order, also at
/// the same time on another CPU. The domain must be stopped, with no vCPU on any CPU. Afterwards it
/// is dismantled.
void dismantle_domain(Domain& domain);

}  // namespace isthmus::core
