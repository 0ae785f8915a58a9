// SPDX-License-Identifier: Apache-2.0
#include "dom0less/emulated/pvpanic.hpp"

#include "dom0less/emulated/spare_place.hpp"

namespace isthmus::dom0less {

EmulatedPlace place_pvpanic(const PlaceRequest& request) {
    return spare_place(request, guest_layout::pvpanic.start(), 1);
}

}  // namespace isthmus::dom0less
