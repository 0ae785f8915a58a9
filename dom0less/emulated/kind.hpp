// SPDX-License-Identifier: Apache-2.0
// What planning knows of a kind of emulated device: the property that asks for one, its place, its
// node. All else about devices (rules, layout, texts, digest) goes over lists and knows no kind.
#pragma once

#include <optional>

#include "dom0less/plan/emulated.hpp"
#include "fdt/host_description.hpp"
#include "fdt/tree_writer.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/static_vector.hpp"

namespace isthmus::dom0less {

struct DomainPlan;
struct Plan;

/// For whom a device is to be placed.
struct PlaceRequest {
    const fdt::HostDescription& host;
    bool direct_map = false;  ///< the guest's addresses and interrupts are the machine's
    u32 number = 0;           ///< of the device, among its kind
    /// Of a direct-mapped guest's addresses, some where the machine has nothing; nothing: there are
    /// none. For kinds of which the machine has no like.
    std::optional<GuestRange> spare = {};
};

/// As an interrupt of a place: whichever the guest has left.
inline constexpr u32 any_interrupt = 0;

/// Where a device is to be.
struct EmulatedPlace {
    StaticVector<GuestRange, limits::emulated_frames> registers;
    StaticVector<u32, limits::emulated_interrupts> interrupts;  ///< INTID, or any_interrupt
    std::string_view why_not;  ///< there is no place: the finding's text; else empty
};

/// The device whose node is written.
struct NodeRequest {
    const Plan& plan;
    const DomainPlan& domain;
    const EmulatedDevicePlan& device;
    u32 clock_phandle = 0;  ///< of a fixed clock, for kinds that say `needs_clock`
};

struct DeviceKind {
    EmulatedKind kind;
    std::string_view name;      ///< in the plan, and as a key of `isthmus make`
    std::string_view what;      ///< in findings: "the UART"
    std::string_view property;  ///< of a domain's node: it asks for one; empty: none does
    bool is_usual = false;      ///< `isthmus make` gives it to a guest that says nothing of it
    bool is_console = false;    ///< the guest's stdout-path is its node
    bool needs_clock = false;   ///< its node names one
    bool is_spare = false;      ///< the machine has no like: PlaceRequest::spare is its place

    /// Whether Dom0 has one: no node asks for it. nullptr: as any guest.
    bool (*dom0_has)(const fdt::HostDescription& host) = nullptr;
    EmulatedPlace (*place)(const PlaceRequest& request);

    /// Of its node, which has `reg` and `interrupts` besides.
    std::string_view node_name;  ///< before '@' and the start of its first frame
    std::string_view compatible;
    std::string_view compatible_more = {};  ///< a second one, less particular; empty: none
    /// Further properties; nullptr: none.
    void (*write_more)(fdt::TreeWriter& tree, const NodeRequest& request) = nullptr;
};

/// DeviceKind::dom0_has of what Dom0 cannot ask for.
inline bool nobody_has(const fdt::HostDescription&) {
    return false;
}

/// In the order of the enumeration.
std::span<const DeviceKind> device_kinds();
const DeviceKind& device_kind(EmulatedKind kind);

}  // namespace isthmus::dom0less
