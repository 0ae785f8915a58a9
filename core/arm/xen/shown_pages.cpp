// SPDX-License-Identifier: Apache-2.0
#include "core/arm/xen/shown_pages.hpp"

#include "core/domain/domain.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::core::xen {
namespace {

/// Neither a region, nor a device, nor what firmware keeps: nobody else can write there, and the
/// page stays this guest's for as long as it runs.
Result<HostAddress> own_page(const Domain& domain, GuestAddress page) {
    const DomainMap::Leaf leaf = ISTHMUS_TRY(domain.map->translate(page));
    if (leaf.attributes != mm::MappingType::ram_rw) {
        return fail(Error::denied);
    }
    return leaf.host + (page - leaf.input);
}

void hide(ShownPage& place) {
    place.uses = 0;
    check(arch::unmap_host(*HostRange::from(place.host, page_size)).has_value(),
          "hiding a guest's page");
}

}  // namespace

Result<std::byte*> ShownPages::show(const Domain& domain, GuestAddress page) {
    const HostAddress host = ISTHMUS_TRY(own_page(domain, page));
    ShownPage* free = nullptr;
    for (ShownPage& place : places_) {
        if (place.uses == 0) {
            free = free == nullptr ? &place : free;
        } else if (place.host == host) {
            ++place.uses;
            return arch::host_pointer(host);
        }
    }
    if (free == nullptr) {
        return fail(Error::out_of_memory);
    }
    ISTHMUS_TRY(arch::map_host(*HostRange::from(host, page_size), arch::HostAccess::read_write));
    *free = {host, 1};
    return arch::host_pointer(host);
}

void ShownPages::release(const std::byte* page) {
    for (ShownPage& place : places_) {
        if (place.uses != 0 && arch::host_pointer(place.host) == page) {
            if (--place.uses == 0) {
                hide(place);
            }
            return;
        }
    }
}

bool ShownPages::forget_one() {
    for (ShownPage& place : places_) {
        if (place.uses != 0) {
            hide(place);
            return true;
        }
    }
    return false;
}

}  // namespace isthmus::core::xen
