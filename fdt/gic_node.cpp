// SPDX-License-Identifier: Apache-2.0
#include "fdt/gic_node.hpp"

#include <array>

namespace isthmus::fdt {
namespace {

constexpr std::array<std::string_view, 5> gicv2_names{"arm,gic-400", "arm,cortex-a15-gic",
                                                      "arm,cortex-a7-gic", "qcom,msm-qgic2",
                                                      "brcm,brahma-b15-gic"};

}  // namespace

u8 gic_version(const Node& node) {
    if (!node.has("interrupt-controller") || !node.is_enabled()) {
        return 0;
    }
    if (node.is_compatible("arm,gic-v3")) {
        return 3;
    }
    for (const std::string_view name : gicv2_names) {
        if (node.is_compatible(name)) {
            return 2;
        }
    }
    return 0;
}

}  // namespace isthmus::fdt
