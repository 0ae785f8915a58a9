// SPDX-License-Identifier: Apache-2.0
// Building a stopped domain again by the same plan, in pieces that are short enough to be done
// between guests' turns. Its map, its references and its vCPUs' places stay as they are.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::core {

struct Domain;

/// Where the work stands. One CPU's.
class Rebuild {
  public:
    constexpr Rebuild() = default;

    /// Does the next piece; false when the domain can start. It must be in state `rebuilding`, with
    /// no vCPU on any CPU.
    bool step(Domain& domain);
    bool is_done() const { return stage_ == Stage::done; }

  private:
    enum class Stage : u8 { machine, done };

    Stage stage_ = Stage::machine;
};

}  // namespace isthmus::core
