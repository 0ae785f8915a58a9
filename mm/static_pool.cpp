// SPDX-License-Identifier: Apache-2.0
#include "mm/static_pool.hpp"

#include "isthmus/panic.hpp"

namespace isthmus::mm {

Result<void> StaticPool::assign(HostRange range, DomainId owner, u64 references) {
    u64 reused = 0;
    if (returned_.load() != 0) {
        for (const PageInfo& page : table_.frames(range)) {
            reused += page.word() == page_word::static_free ? 1U : 0U;
        }
    }
    ISTHMUS_TRY(assign_range(table_, range, owner, references, true));
    assigned_.fetch_add(range.pages());
    returned_.fetch_sub(reused);
    return {};
}

void StaticPool::take_back(const PageInfo& page) {
    check(page.is_static(), "a page that is not static came back to the static pool");
    returned_.fetch_add(1);
    assigned_.fetch_sub(1);
}

}  // namespace isthmus::mm
