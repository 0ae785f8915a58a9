// SPDX-License-Identifier: Apache-2.0
#include "shm/node_config.hpp"

#include <array>

#include "fdt/cells.hpp"
#include "fdt/words.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/guest_layout.hpp"
#include "shm/rules.hpp"

namespace isthmus::shm {
namespace {

using fdt::CellCounts;
using fdt::Node;
using fdt::printable;
using fdt::Property;

constexpr std::string_view offset_property = "isthmus,offset";
constexpr std::string_view doorbell_property = "isthmus,doorbell";
constexpr std::string_view status_property = "isthmus,status";
constexpr std::string_view when_off_property = "isthmus,doorbell-when-off";
constexpr std::string_view notification_property = "xen,notification";
constexpr std::string_view on_restart_property = "isthmus,on-restart";

/// `<host guest size>` or `<guest size>` for a text id, `<host size guest>` for a cell.
bool read_range(const Node& node, const CellCounts& cells, NodeConfig& config, Findings& findings) {
    const auto property = node.property(range_property);
    if (!property) {
        findings.add(rules::range_missing, node.path(), range_property, "absent");
        return false;
    }
    const bool is_text = config.id.dialect == RegionPlan::Dialect::text;
    const usize full = 2 * usize{cells.address} + cells.size;
    const usize without_host = cells.entry();
    const usize count = property->cell_count();
    if (!property->is_cells() || (count != full && (!is_text || count != without_host))) {
        findings.add(rules::range_length, node.path(), range_property,
                     is_text ? "{} bytes; <host guest size> are {} here, <guest size> {}"
                             : "{} bytes; <host size guest> are {} here",
                     property->value.size(), full * 4, without_host * 4);
        return false;
    }
    usize next = 0;
    if (count == full) {
        config.host = HostAddress(property->cells(0, cells.address));
        next = cells.address;
    }
    const usize guest_first = is_text ? next : next + cells.size;
    const usize size_first = is_text ? next + cells.address : next;
    config.guest = GuestAddress(property->cells(guest_first, cells.address));
    config.size = property->cells(size_first, cells.size);
    return true;
}

bool check_aligned(const Node& node, std::string_view property, std::string_view what, u64 value,
                   Findings& findings) {
    if (is_aligned(value, page_size)) {
        return true;
    }
    findings.add(rules::align, node.path(), property, "{} {x} is no multiple of {}", what, value,
                 byte_size(page_size));
    return false;
}

bool check_range(const Node& node, const NodeConfig& config, Findings& findings) {
    bool good = true;
    if (config.host) {
        good &= check_aligned(node, range_property, "host address", config.host->raw(), findings);
        if (!HostRange::from(*config.host, config.size)) {
            findings.add(rules::host_overflow, node.path(), range_property,
                         "host address {} with size {x} wraps around", *config.host, config.size);
            good = false;
        }
    }
    good &= check_aligned(node, range_property, "guest address", config.guest.raw(), findings);
    good &= check_aligned(node, range_property, "size", config.size, findings);
    if (config.size == 0) {
        findings.add(rules::size_zero, node.path(), range_property, "the size is 0");
        good = false;
    }
    const auto guest = GuestRange::from(config.guest, config.size);
    if (!guest) {
        findings.add(rules::guest_overflow, node.path(), range_property,
                     "guest address {} with size {x} wraps around", config.guest, config.size);
        good = false;
    } else if (guest->end().raw() > guest_layout::address_end) {
        findings.add(rules::guest_range, node.path(), range_property,
                     "guest {} reaches beyond the guest's address space, which ends at {x}", *guest,
                     guest_layout::address_end);
        good = false;
    }
    return good;
}

/// A text property that must be one of `choices`; absent reads as choice 0.
template <usize N>
std::optional<usize> read_choice(const Node& node, std::string_view name, const Rule& rule,
                                 const std::array<std::string_view, N>& choices,
                                 std::string_view message, Findings& findings) {
    const auto property = node.property(name);
    if (!property) {
        return 0;
    }
    const std::string_view text = property->text().value_or(std::string_view{});
    for (usize i = 0; i < N; ++i) {
        if (!choices[i].empty() && choices[i] == text) {
            return i;
        }
    }
    findings.add(rule, node.path(), name, message, printable(text));
    return std::nullopt;
}

void read_role(const Node& node, NodeConfig& config, Findings& findings) {
    static constexpr std::array<std::string_view, 3> roles{"", "owner", "borrower"};
    const auto role = read_choice(node, "role", rules::role, roles,
                                  "\"{}\" is neither \"owner\" nor \"borrower\"", findings);
    config.role = static_cast<Role>(role.value_or(0));
}

void read_extensions(const Node& node, NodeConfig& config, Findings& findings) {
    static constexpr std::array<std::string_view, 2> accesses{"rw", "ro"};
    static constexpr std::array<std::string_view, 3> presentations{"reserved", "xen", "pmem"};
    const auto access = read_choice(node, "isthmus,access", rules::access, accesses,
                                    "\"{}\" is neither \"rw\" nor \"ro\"", findings);
    const auto presentation =
        read_choice(node, "isthmus,presentation", rules::presentation, presentations,
                    "\"{}\" is none of \"reserved\", \"xen\", \"pmem\"", findings);
    config.writable = access.value_or(0) == 0;
    config.presentation = static_cast<Presentation>(presentation.value_or(0));
    if (config.presentation == Presentation::pmem && !config.writable) {
        findings.add(
            rules::pmem_read_only, node.path(), "isthmus,presentation",
            "Linux's pmem device can be written to, whatever the guest may do, and the "
            "first write ends in an Oops: run blockdev --setro on it before anything else");
    }
}

/// A property that is there, or 1; absent or 0.
bool read_flag(const Node& node, std::string_view name, const Rule& rule, Findings& findings) {
    const auto property = node.property(name);
    if (!property) {
        return false;
    }
    const auto cell = property->single_cell();
    if (!property->empty() && (!cell || *cell > 1)) {
        findings.add(rule, node.path(), name, "not empty, 0 or 1");
    }
    return !cell || *cell != 0;
}

void read_signals(const Node& node, NodeConfig& config, Arena& arena, Findings& findings) {
    static constexpr std::array<std::string_view, 2> when_off{"keep", "drop"};
    config.doorbell = read_flag(node, doorbell_property, rules::doorbell, findings);
    config.status = read_flag(node, status_property, rules::status, findings);
    config.keeps_rings = read_choice(node, when_off_property, rules::doorbell, when_off,
                                     "\"{}\" is neither \"keep\" nor \"drop\"", findings)
                             .value_or(0) == 0;
    const auto channels = node.property(notification_property);
    if (!channels) {
        return;
    }
    if (!channels->is_cells() || channels->empty()) {
        findings.add(rules::notification, node.path(), notification_property,
                     "not a list of phandles");
        return;
    }
    ArenaVector<u32> phandles(arena);
    for (usize i = 0; i < channels->cell_count(); ++i) {
        phandles.push_back(channels->cell(i));
    }
    config.notifications = phandles.items();
}

void read_on_restart(const Node& node, NodeConfig& config, Findings& findings) {
    static constexpr std::array<std::string_view, 2> words{"keep", "clear"};
    if (!node.has(on_restart_property)) {
        return;
    }
    const auto word = read_choice(node, on_restart_property, rules::on_restart, words,
                                  "\"{}\" is neither \"keep\" nor \"clear\"", findings);
    if (!word) {
        return;
    }
    config.clear_on_restart = *word == 1;
    if (*config.clear_on_restart && !config.writable) {
        findings.add(rules::on_restart, node.path(), on_restart_property,
                     "\"clear\", but the domain may only read it: what others wrote is not its to "
                     "clear");
    }
}

bool read_offset(const Node& node, const CellCounts& cells, NodeConfig& config,
                 Findings& findings) {
    const auto property = node.property(offset_property);
    if (!property) {
        return true;
    }
    if (property->value.size() != usize{cells.size} * 4) {
        findings.add(rules::offset, node.path(), offset_property,
                     "{} bytes, but a size takes {} here", property->value.size(), cells.size * 4);
        return false;
    }
    config.offset = property->cells(0, cells.size);
    return check_aligned(node, offset_property, "offset", *config.offset, findings);
}

void warn_unknown(const Node& node, Findings& findings) {
    static constexpr std::array<std::string_view, 10> known{
        on_restart_property,   "isthmus,access", "isthmus,presentation", offset_property,
        "xen,shm-id",          range_property,   doorbell_property,      when_off_property,
        notification_property, status_property};
    for (const Property& property : node.properties()) {
        bool is_known =
            !property.name.starts_with("isthmus,") && !property.name.starts_with("xen,");
        for (const std::string_view name : known) {
            is_known |= property.name == name;
        }
        if (!is_known) {
            findings.add(rules::unknown_property, node.path(), printable(property.name),
                         "not known to this version; ignored");
        }
    }
}

}  // namespace

std::optional<NodeConfig> read_node(const Node& node, Arena& arena, Findings& findings) {
    NodeConfig config;
    config.path = node.path();
    warn_unknown(node, findings);
    // A wrong word is a finding and is read as the default, so that the rest of the node is checked
    // too.
    read_role(node, config, findings);
    read_extensions(node, config, findings);
    read_signals(node, config, arena, findings);
    read_on_restart(node, config, findings);
    const auto cells = fdt::required_cells(node.parent());
    if (!cells) {
        findings.add_other(rules::cells, node.path(), {}, node.parent().path(),
                           "{} lacks #address-cells or #size-cells, or one is not 1 or 2",
                           node.parent().path());
    }
    const auto id = read_region_id(node, arena, findings);
    if (!cells || !id) {
        return std::nullopt;
    }
    config.id = *id;
    bool good = read_offset(node, *cells, config, findings);
    const bool has_range = read_range(node, *cells, config, findings);
    good &= has_range && check_range(node, config, findings);
    return good ? std::optional(config) : std::nullopt;
}

}  // namespace isthmus::shm
