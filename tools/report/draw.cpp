// SPDX-License-Identifier: Apache-2.0
#include "tools/report/draw.hpp"

#include <algorithm>
#include <bit>
#include <span>

#include "isthmus/units.hpp"
#include "tools/report/html.hpp"

namespace isthmus::tools {
namespace {

// In the drawing's units, which are CSS pixels at full size.
constexpr u64 box_left = 104;
constexpr u64 box_width = 206;
constexpr u64 map_width = box_left + box_width + 2;
constexpr u64 gap_height = 22;
constexpr u64 top = 12;
/// Letters of a text in a box: they fit as they are, or made smaller; the rest is cut off.
constexpr usize full_size_length = 24;
constexpr usize text_length = 34;
/// A longer map goes on in another figure: it has to fit on a sheet of paper, where three stand
/// side by side.
constexpr u64 most_height = 800;

/// 36 for a page, 3 more each time the size doubles: 90 for 1 GiB.
u64 height_of(u64 size) {
    const u64 doublings = static_cast<u64>(std::bit_width(size / page_size));
    return 36 + 3 * (doublings > 0 ? doublings - 1 : 0);
}

std::string cut(const std::string& text) {
    return text.size() <= text_length ? text : text.substr(0, text_length - 3) + "...";
}

/// One line in a box, whose letters are `tenths` of a pixel high when there are few of them.
void write_line(std::ostream& page, std::string_view style, u64 y, const std::string& whole,
                u64 tenths) {
    const std::string text = cut(whole);
    page << "<text class=\"" << style << "\" x=\"" << box_left + 8 << "\" y=\"" << y << '"';
    if (text.size() > full_size_length) {
        const u64 size = tenths * full_size_length / text.size();
        page << " style=\"font-size:" << size / 10 << '.' << size % 10 << "px\"";
    }
    page << '>' << escape(text) << "</text>";
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
         << "\" height=\"" << height << "\"/>";
    write_line(page, "label", y + height / 2 - 3, box.label, 130);
    write_line(page, "note", y + height / 2 + 12, note, 115);
    page << "</g>\n";
}

bool is_after_gap(std::span<const Box> boxes, usize i) {
    return i > 0 && boxes[i].start != boxes[i - 1].end;
}

/// With the gap before it.
u64 height_in(std::span<const Box> boxes, usize i) {
    return height_of(boxes[i].end - boxes[i].start) + (is_after_gap(boxes, i) ? gap_height : 0);
}

/// As few parts as the greatest height allows, all of much the same height.
std::vector<std::span<const Box>> parts_of(std::span<const Box> boxes) {
    u64 total = 0;
    for (usize i = 0; i < boxes.size(); ++i) {
        total += height_in(boxes, i);
    }
    const u64 wanted = total / (total / most_height + 1) + 1;
    std::vector<std::span<const Box>> parts;
    usize first = 0;
    u64 height = 0;
    for (usize i = 0; i < boxes.size(); ++i) {
        if (height >= wanted) {
            parts.push_back(boxes.subspan(first, i - first));
            first = i;
            height = 0;
        }
        height += height_in(boxes, i);
    }
    parts.push_back(boxes.subspan(first));
    return parts;
}

void write_part(std::ostream& page, const std::string& title, const std::string& about,
                const std::string& id, std::span<const Box> boxes) {
    u64 height = 2 * top;
    for (usize i = 0; i < boxes.size(); ++i) {
        height += height_in(boxes, i);
    }
    page << "<figure class=\"map\"><figcaption>" << escape(title) << "<small>" << escape(about)
         << "</small></figcaption>\n<svg role=\"img\" aria-labelledby=\"" << id
         << "\" viewBox=\"0 0 " << map_width << ' ' << height << "\" width=\"" << map_width
         << "\" height=\"" << height << "\">\n<title id=\"" << id << "\">Memory map of "
         << escape(title) << "</title>\n";
    u64 y = top;
    for (usize i = 0; i < boxes.size(); ++i) {
        if (is_after_gap(boxes, i)) {
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

}  // namespace

void write_map(std::ostream& page, const std::string& title, const std::string& about,
               const std::string& id, std::vector<Box> boxes) {
    std::ranges::sort(boxes, {}, &Box::start);
    const auto parts = parts_of(boxes);
    for (usize i = 0; i < parts.size(); ++i) {
        const bool is_whole = parts.size() == 1;
        write_part(page,
                   is_whole ? title
                            : text_of("{}, {} of {}", std::string_view(title), i + 1, parts.size()),
                   about, is_whole ? id : text_of("{}-{}", std::string_view(id), i + 1), parts[i]);
    }
}

}  // namespace isthmus::tools
