// SPDX-License-Identifier: Apache-2.0
// Faults of machines' counters: reads of CNTPCT_EL0 and CNTVCT_EL0 that are wrong now and then. The
// tree names those that a CPU cannot tell by itself, in the timer's node.
#pragma once

#include <array>
#include <string_view>

#include "isthmus/types.hpp"

namespace isthmus {

/// A set of these, one bit each.
enum CounterErratum : u8 {
    fsl_a008585 = 1,          ///< a read while the counter advances may be anything
    hisilicon_161010101 = 2,  ///< likewise, and never far behind
    allwinner_unknown1 = 4,   ///< a read may be wrong where the low bits roll over
    arm_858921 = 8,           ///< Cortex-A73: where the low half rolls over; by MIDR_EL1
};

struct NamedCounterErratum {
    std::string_view property;
    CounterErratum erratum;
};
inline constexpr std::array named_counter_errata{
    NamedCounterErratum{"fsl,erratum-a008585", fsl_a008585},
    NamedCounterErratum{"hisilicon,erratum-161010101", hisilicon_161010101},
    NamedCounterErratum{"allwinner,erratum-unknown1", allwinner_unknown1},
};

}  // namespace isthmus
