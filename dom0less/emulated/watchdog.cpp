// SPDX-License-Identifier: Apache-2.0
#include "dom0less/emulated/watchdog.hpp"

#include "dom0less/emulated/spare_place.hpp"

namespace isthmus::dom0less {

EmulatedPlace place_watchdog(const PlaceRequest& request) {
    EmulatedPlace place = spare_place(request, guest_layout::watchdog.start(), 2);
    static_cast<void>(place.interrupts.push_back(any_interrupt));
    return place;
}

}  // namespace isthmus::dom0less
