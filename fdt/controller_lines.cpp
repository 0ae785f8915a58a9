// SPDX-License-Identifier: Apache-2.0
#include "fdt/controller_lines.hpp"

#include <array>

#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

/// A property that lists ranges of the GIC's interrupts.
struct Kind {
    std::string_view compatible;
    std::string_view property;
    usize step;     ///< cells of an entry
    usize first;    ///< the cell with the first interrupt
    bool is_range;  ///< the next cell says how many there are, else it is one
    u32 base;       ///< what has to be added for the INTID
};

constexpr std::array<Kind, 5> kinds{{
    {"qcom,pdc", "qcom,pdc-ranges", 3, 1, true, first_spi},
    {"amlogic,meson-gpio-intc", "amlogic,channel-interrupts", 1, 0, false, first_spi},
    {"ti,sci-intr", "ti,interrupt-ranges", 3, 1, true, 0},
    {"ti,sci-inta", "ti,interrupt-ranges", 3, 1, true, 0},
    {"marvell,ap806-gicp", "marvell,spi-ranges", 2, 0, true, 0},
}};

void add_entries(const Property& list, const Kind& kind, ArenaVector<Interrupt>& lines) {
    constexpr u32 end = first_spi + limits::spis;
    for (usize at = 0; at + kind.step <= list.cell_count(); at += kind.step) {
        const u64 first = u64{list.cell(at + kind.first)} + kind.base;
        const u64 count = kind.is_range ? list.cell(at + kind.first + 1) : 1;
        for (u64 intid = first; intid < first + count && intid < end; ++intid) {
            if (intid >= first_spi && lines.size() < limits::spis) {
                lines.push_back({static_cast<u32>(intid), false});
            }
        }
    }
}

}  // namespace

void add_controller_lines(const Node& node, ArenaVector<Interrupt>& lines) {
    for (const Kind& kind : kinds) {
        const auto list = node.property(kind.property);
        if (list && list->is_cells() && node.is_compatible(kind.compatible)) {
            add_entries(*list, kind, lines);
        }
    }
}

}  // namespace isthmus::fdt
