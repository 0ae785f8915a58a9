// SPDX-License-Identifier: Apache-2.0
// Places of devices of which the machine has no like. Internal to the folder.
#pragma once

#include "dom0less/emulated/kind.hpp"
#include "isthmus/guest_layout.hpp"

namespace isthmus::dom0less {

/// `frames` pages that begin where `window` does in the layout. In a direct-mapped guest they are
/// as far from the start of its spare window as `window` is from the layout's first such device.
inline EmulatedPlace spare_place(const PlaceRequest& request, GuestAddress window, usize frames) {
    EmulatedPlace place;
    GuestAddress start = window;
    if (request.direct_map && !request.spare) {
        place.why_not =
            "it has its place where the machine has nothing, but its tree names something in all "
            "of the highest guest addresses";
        return place;
    }
    if (request.direct_map) {
        start = request.spare->start() + (window - guest_layout::gpio.start());
    }
    for (usize i = 0; i < frames; ++i) {
        static_cast<void>(
            place.registers.push_back(*GuestRange::from(start + i * page_size, page_size)));
    }
    return place;
}

}  // namespace isthmus::dom0less
