// SPDX-License-Identifier: Apache-2.0
#include "tools/report/html.hpp"

namespace isthmus::tools {

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c >= ' ' && c <= '~' ? c : '?';
        }
    }
    return out;
}

void table_head(std::ostream& page, std::string_view caption,
                std::initializer_list<std::string_view> columns) {
    page << "<div class=\"wide\"><table><caption>" << escape(caption) << "</caption>\n<thead><tr>";
    for (const std::string_view column : columns) {
        page << "<th scope=\"col\">" << escape(column) << "</th>";
    }
    page << "</tr></thead>\n<tbody>\n";
}

void table_row(std::ostream& page, std::initializer_list<std::string> cells) {
    page << "<tr>";
    bool is_first = true;
    for (const std::string& cell : cells) {
        page << (is_first ? "<th scope=\"row\">" : "<td>") << escape(cell)
             << (is_first ? "</th>" : "</td>");
        is_first = false;
    }
    page << "</tr>\n";
}

void table_end(std::ostream& page) {
    page << "</tbody></table></div>\n";
}

std::string owner_name(const dom0less::Plan& plan, DomainId id) {
    if (const dom0less::DomainPlan* domain = find_domain(plan, id)) {
        return std::string(domain->name);
    }
    if (id == DomainId::dom_io) {
        return "dom_io";
    }
    return id == DomainId::dom_isthmus ? "Isthmus" : "-";
}

std::string region_name(const shm::RegionPlan& region) {
    return std::string(region.id);
}

unsigned region_hue(u32 region) {
    constexpr unsigned first_hue = 210;
    constexpr unsigned step = 137;  // the golden angle: no two of the first dozens are close
    return (first_hue + region % 360 * step) % 360;
}

}  // namespace isthmus::tools
