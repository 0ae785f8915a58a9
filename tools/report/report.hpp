// SPDX-License-Identifier: Apache-2.0
// `isthmus report`: the plan as one page for a browser, with nothing to load from elsewhere.
#pragma once

#include <ostream>
#include <string_view>

#include "tools/arguments.hpp"
#include "tools/boot_tree.hpp"

namespace isthmus::tools {

/// The command. With errors the page is written too: it shows them, and the machine's RAM.
int report(const Arguments& arguments);

/// The whole page. `name`: of the file, as the reader knows it.
void write_report(std::ostream& page, std::string_view name, const BootTree& tree);

}  // namespace isthmus::tools
