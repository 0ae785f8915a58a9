// SPDX-License-Identifier: Apache-2.0
// Looks for anything that somebody else has left in this guest's memory: every word of RAM outside
// its own image and tree, and of the region that id= names, must be 0.
#include <cstring>

#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/runtime.hpp"

extern "C" char guest_image[];
extern "C" char guest_image_end[];

namespace isthmus::guest {
namespace {

GuestRange own_image() {
    return *GuestRange::between(GuestAddress(reinterpret_cast<u64>(guest_image)),
                                GuestAddress(reinterpret_cast<u64>(guest_image_end)));
}

GuestRange own_tree() {
    return *GuestRange::from(GuestAddress(reinterpret_cast<u64>(tree().blob())), tree().size());
}

/// The first word that is not 0, outside of what the guest was given.
std::optional<GuestAddress> first_left_over(GuestRange range) {
    for (GuestAddress at = range.start(); at < range.end(); at += 8) {
        const bool given = own_image().contains(at) || own_tree().contains(at);
        if (!given && *reinterpret_cast<const u64*>(at.raw()) != 0) {
            return at;
        }
    }
    return std::nullopt;
}

void judge(std::string_view what, GuestRange range) {
    const auto found = first_left_over(range);
    if (found) {
        say("zero: {} {}: FAILED, something at {}", what, range, *found);
    } else {
        say("zero: {} {} ok", what, range);
    }
}

}  // namespace

void guest_main() {
    for (u32 i = 0; const auto bank = tree().memory(i); ++i) {
        judge("RAM", *bank);
    }
    if (const auto id = tree().option("id"); !id.empty()) {
        const auto region = find_shared_region(tree().blob(), id);
        if (!region) {
            die("zero: FAILED, no region of that id");
        }
        const GuestAddress start(reinterpret_cast<u64>(region->bytes.data()));
        judge("region", *GuestRange::from(start, region->bytes.size()));
    }
    say("zero: done");
}

}  // namespace isthmus::guest
