// SPDX-License-Identifier: Apache-2.0
#include "core/memory/guest_map.hpp"

#include "core/memory/machine_memory.hpp"

namespace isthmus::core {

Result<HostAddress> Stage2Tables::allocate_table() {
    return allocate_table_page();
}
void Stage2Tables::free_table(HostAddress table) {
    free_table_page(table);
}

}  // namespace isthmus::core
