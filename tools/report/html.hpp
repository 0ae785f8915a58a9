// SPDX-License-Identifier: Apache-2.0
// Words and rows of the report's page. Texts of a tree come from outside: none reaches the page
// without escape().
#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

#include "dom0less/plan/plan.hpp"
#include "isthmus/text.hpp"

namespace isthmus::tools {

/// What stands between tags or in an attribute's quotes. Bytes that are not printable ASCII become
/// "?": a tree's texts have no encoding.
std::string escape(std::string_view text);

template <class... Args>
std::string text_of(std::string_view format, const Args&... args) {
    TextBuffer<1024> buffer;
    print(buffer, format, args...);
    return std::string(buffer.view());
}

/// The cells are escaped here.
void table_head(std::ostream& page, std::string_view caption,
                std::initializer_list<std::string_view> columns);
void table_row(std::ostream& page, std::initializer_list<std::string> cells);
void table_end(std::ostream& page);

std::string owner_name(const dom0less::Plan& plan, DomainId id);
std::string region_name(const shm::RegionPlan& region);
/// A region's colour, the same wherever it is drawn: an angle on the colour circle, in degrees.
/// Neighbours in the plan lie far apart on it.
unsigned region_hue(u32 region);

/// All maps: the machine's RAM, then each guest's addresses.
void write_maps(std::ostream& page, const dom0less::Plan& plan);
/// The machine's RAM alone, for a tree that has no plan.
void write_bare_map(std::ostream& page, const fdt::HostDescription& host);

void write_tables(std::ostream& page, const dom0less::Plan& plan, const fdt::HostDescription& host);

}  // namespace isthmus::tools
