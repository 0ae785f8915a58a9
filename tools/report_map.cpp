// SPDX-License-Identifier: Apache-2.0
// The drawings of the report: one column of boxes an address space, lowest address at the top.
//
//     0x40000000  +-----------+
//                 | RAM       |      a box an entry, higher the larger it is, but by the logarithm:
//     0x44000000  +-----------+      beside 1 GiB nobody would see 4 KiB
//                 :           :      a gap
//     0x50000000  +-----------+
//                 | demo      |
//     0x50010000  +-----------+
#include <algorithm>
#include <bit>
#include <vector>

#include "tools/report_html.hpp"

namespace isthmus::tools {
namespace {

struct Box {
    u64 start = 0;
    u64 end = 0;
    std::string style{};  ///< the class in the page's style sheet
    std::string label{};
    std::string note{};           ///< second line, behind the size
    std::optional<u32> region{};  ///< gives the colour
    bool read_only = false;       ///< drawn with a broken edge, and said in the note
    std::string more{};           ///< for the title only
};

// In the drawing's units, which are CSS pixels at full size.
constexpr u64 box_left = 104;
constexpr u64 box_width = 206;
constexpr u64 map_width = box_left + box_width + 2;
constexpr u64 gap_height = 22;
constexpr u64 top = 12;
constexpr usize label_length = 28;

/// 36 for a page, 3 more each time the size doubles: 90 for 1 GiB.
u64 height_of(u64 size) {
    const u64 doublings = static_cast<u64>(std::bit_width(size / page_size));
    return 36 + 3 * (doublings > 0 ? doublings - 1 : 0);
}

std::string cut(const std::string& text) {
    return text.size() <= label_length ? text : text.substr(0, label_length - 3) + "...";
}

void write_address(std::ostream& page, u64 address, u64 y) {
    page << "<text class=\"address\" x=\"" << box_left - 6 << "\" y=\"" << y + 4 << "\">"
         << text_of("{x}", address) << "</text>\n";
}

void write_box(std::ostream& page, const Box& box, u64 y, u64 height) {
    const std::string size = text_of("{}", byte_size(box.end - box.start));
    const std::string note = box.note.empty() ? size : size + ", " + box.note;
    page << "<g class=\"box " << box.style << (box.read_only ? " ro" : "") << '"';
    if (box.region) {
        page << " data-region=\"" << *box.region << "\" style=\"--hue:" << region_hue(*box.region)
             << '"';
    }
    page << "><title>" << escape(box.label) << ": " << text_of("{x}-{x}", box.start, box.end)
         << ", " << escape(note) << (box.more.empty() ? "" : "; ") << escape(box.more)
         << "</title><rect x=\"" << box_left << "\" y=\"" << y << "\" width=\"" << box_width
         << "\" height=\"" << height << "\"/><text class=\"label\" x=\"" << box_left + 8
         << "\" y=\"" << y + height / 2 - 3 << "\">" << escape(cut(box.label))
         << "</text><text class=\"note\" x=\"" << box_left + 8 << "\" y=\"" << y + height / 2 + 12
         << "\">" << escape(cut(note)) << "</text></g>\n";
}

u64 total_height(const std::vector<Box>& boxes) {
    u64 height = 2 * top;
    for (usize i = 0; i < boxes.size(); ++i) {
        height += height_of(boxes[i].end - boxes[i].start);
        height += i > 0 && boxes[i].start != boxes[i - 1].end ? gap_height : 0;
    }
    return height;
}

/// A figure of its own, so that as many stand side by side as the window or the paper has room for.
void write_map(std::ostream& page, const std::string& title, const std::string& about,
               const std::string& id, std::vector<Box> boxes) {
    std::ranges::sort(boxes, {}, &Box::start);
    const u64 height = total_height(boxes);
    page << "<figure class=\"map\"><figcaption>" << escape(title) << "<small>" << escape(about)
         << "</small></figcaption>\n<svg role=\"img\" aria-labelledby=\"" << id
         << "\" viewBox=\"0 0 " << map_width << ' ' << height << "\" width=\"" << map_width
         << "\" height=\"" << height << "\">\n<title id=\"" << id << "\">Memory map of "
         << escape(title) << "</title>\n";
    u64 y = top;
    for (usize i = 0; i < boxes.size(); ++i) {
        const bool after_gap = i > 0 && boxes[i].start != boxes[i - 1].end;
        if (after_gap) {
            write_address(page, boxes[i - 1].end, y);
            page << "<path class=\"gap\" d=\"M" << box_left << ' ' << y << "v" << gap_height << "M"
                 << box_left + box_width << ' ' << y << "v" << gap_height << "\"/>\n";
            y += gap_height;
        }
        const u64 box_height = height_of(boxes[i].end - boxes[i].start);
        write_address(page, boxes[i].start, y);
        write_box(page, boxes[i], y, box_height);
        y += box_height;
    }
    if (!boxes.empty()) {
        write_address(page, boxes.back().end, y);
    }
    page << "</svg></figure>\n";
}

/// "kernel of guest-a, guest-b": several guests may boot one module.
std::string module_label(const dom0less::Plan& plan, const HostRange& range) {
    std::string kernels;
    std::string ramdisks;
    for (const dom0less::DomainPlan& domain : plan.domains) {
        const bool is_ramdisk = domain.ramdisk && domain.ramdisk->host.overlaps(range);
        if (is_ramdisk || domain.kernel.host.overlaps(range)) {
            std::string& list = is_ramdisk ? ramdisks : kernels;
            list += (list.empty() ? "" : ", ") + std::string(domain.name);
        }
    }
    if (!kernels.empty()) {
        return "kernel of " + kernels;
    }
    return ramdisks.empty() ? "module" : "ramdisk of " + ramdisks;
}

Box host_box(const dom0less::Plan& plan, const dom0less::HostUsePlan& use) {
    using dom0less::HostUse;
    Box box{.start = use.range.start().raw(), .end = use.range.end().raw()};
    box.more = use.path;
    box.note = use.is_static ? "static" : "";
    const std::string owner = owner_name(plan, use.owner);
    switch (use.use) {
        case HostUse::isthmus:
            box.style = "isthmus";
            box.label = "Isthmus";
            break;
        case HostUse::boot_tree:
            box.style = "module";
            box.label = "boot tree";
            break;
        case HostUse::module:
            box.style = "module";
            box.label = module_label(plan, use.range);
            break;
        case HostUse::reserved:
        case HostUse::memreserve:
            box.style = "reserved";
            box.label = use.use == HostUse::reserved ? "reserved" : "kept out (/memreserve/)";
            break;
        case HostUse::domain_ram:
            box.style = "ram";
            box.label = "RAM of " + owner;
            break;
        case HostUse::shared:
            box.style = "region";
            box.label = "region " + region_name(plan.regions[use.region]);
            box.note = "owner " + owner;
            box.region = use.region;
            break;
        case HostUse::heap:
            box.style = "heap";
            box.label = "page heap";
            break;
    }
    return box;
}

template <class Range>
void add_device(std::vector<Box>& boxes, const Range& range, const char* label) {
    if (!range.empty()) {
        boxes.push_back({.start = range.start().raw(),
                         .end = range.end().raw(),
                         .style = "device",
                         .label = label,
                         .note = "emulated"});
    }
}

Box guest_box(const dom0less::Plan& plan, const dom0less::MappingPlan& mapping) {
    Box box{.start = mapping.guest.start().raw(), .end = mapping.guest.end().raw()};
    box.more = text_of("at host {}", mapping.host);
    box.read_only = !mm::is_writable(mapping.type);
    box.style = mapping.type == mm::MappingType::device ? "device" : "ram";
    box.label = mapping.type == mm::MappingType::device ? "device" : "RAM";
    if (mapping.region) {
        box.style = "region";
        box.label = "region " + region_name(plan.regions[*mapping.region]);
        box.note = std::string(mm::is_foreign(mapping.type) ? "borrowed, " : "owned, ") +
                   (box.read_only ? "read-only" : "read-write");
        box.region = mapping.region;
    }
    return box;
}

void write_guest_map(std::ostream& page, const dom0less::Plan& plan,
                     const dom0less::DomainPlan& domain) {
    std::vector<Box> boxes;
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        boxes.push_back(guest_box(plan, mapping));
    }
    add_device(boxes, domain.gic.distributor, "GIC distributor");
    add_device(boxes, domain.gic.redistributors, "GIC redistributors");
    add_device(boxes, domain.gic.cpu_interface, "GIC CPU interface");
    if (domain.uart) {
        add_device(boxes, domain.uart->registers, "UART");
    }
    const auto number = static_cast<u32>(domain.id);
    write_map(page, std::string(domain.name), "guest addresses", text_of("map-d{}", number),
              std::move(boxes));
}

}  // namespace

void write_maps(std::ostream& page, const dom0less::Plan& plan) {
    page << "<div class=\"maps\">\n";
    std::vector<Box> boxes;
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        boxes.push_back(host_box(plan, use));
    }
    write_map(page, "the machine", "host addresses, RAM only", "map-host", std::move(boxes));
    for (const dom0less::DomainPlan& domain : plan.domains) {
        write_guest_map(page, plan, domain);
    }
    page << "</div>\n";
}

void write_bare_map(std::ostream& page, const fdt::HostDescription& host) {
    std::vector<Box> boxes;
    for (const fdt::MemoryBank& bank : host.memory) {
        boxes.push_back({.start = bank.range.start().raw(),
                         .end = bank.range.end().raw(),
                         .style = "heap",
                         .label = "RAM",
                         .more = std::string(bank.path)});
    }
    page << "<div class=\"maps\">\n";
    write_map(page, "the machine", "host addresses, RAM only", "map-host", std::move(boxes));
    page << "</div>\n";
}

}  // namespace isthmus::tools
