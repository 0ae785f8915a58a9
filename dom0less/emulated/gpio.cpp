// SPDX-License-Identifier: Apache-2.0
#include "dom0less/emulated/gpio.hpp"

#include "dom0less/emulated/spare_place.hpp"
#include "dom0less/plan/plan.hpp"
#include "isthmus/text.hpp"

namespace isthmus::dom0less {
namespace {

/// "REGION.PEER.ring" and "REGION.PEER.rung": what users of the lines look for.
void write_line_names(fdt::TreeWriter& tree, const NodeRequest& request) {
    std::array<TextBuffer<line_name_bytes>, lines_of_a_block> names;
    std::array<std::string_view, lines_of_a_block> views;
    usize count = 0;
    const usize first = usize{request.device.number} * bells_of_a_block;
    const std::span<const DoorbellPlan> bells = request.domain.doorbells;
    for (usize i = first; i < first + bells_of_a_block && i < bells.size(); ++i) {
        const DomainPlan* peer = find_domain(request.plan, bells[i].peer);
        const std::string_view name = peer != nullptr ? peer->name : std::string_view{};
        for (const std::string_view which : {"ring", "rung"}) {
            print(names[count], "{}.{}.{}", request.plan.regions[bells[i].region].id, name, which);
            views[count] = names[count].view();
            ++count;
        }
    }
    tree.texts("gpio-line-names", std::span(views).first(count));
}

}  // namespace

EmulatedPlace place_gpio(const PlaceRequest& request) {
    const GuestAddress window = guest_layout::gpio.start() + u64{request.number} * page_size;
    EmulatedPlace place = spare_place(request, window, 1);
    static_cast<void>(place.interrupts.push_back(any_interrupt));
    return place;
}

void write_gpio_lines(fdt::TreeWriter& tree, const NodeRequest& request) {
    tree.empty("gpio-controller");
    tree.cells("#gpio-cells", {2});
    tree.empty("interrupt-controller");
    tree.cells("#interrupt-cells", {2});
    tree.text("clock-names", "apb_pclk");
    tree.cells("clocks", {request.clock_phandle});
    write_line_names(tree, request);
}

}  // namespace isthmus::dom0less
