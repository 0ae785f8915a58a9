// SPDX-License-Identifier: Apache-2.0
#include "mm/page_info.hpp"

#include "isthmus/panic.hpp"

namespace isthmus::mm {

Result<void> assign_page(PageInfo& page, DomainId owner, u64 references, bool is_static) {
    if (references == 0 || owner == DomainId::none) {
        return fail(Error::invalid_argument);
    }
    if (references > page_word::max_references) {
        return fail(Error::count_overflow);
    }
    const u64 desired = page_word::allocated(owner, references, is_static);
    u64 found = page.word();
    do {
        if (!page_word::is_assignable(found, is_static)) {
            return fail(Error::wrong_owner);
        }
    } while (!page.replace(found, desired));
    return {};
}

Result<void> get_page_nr(PageInfo& page, DomainId owner, u32 n) {
    u64 found = page.word();
    while (true) {
        const u64 next = ISTHMUS_TRY(page_word::take(found, owner, n));
        if (page.replace(found, next)) {
            return {};
        }
    }
}

bool put_page_nr(PageInfo& page, u32 n) {
    u64 found = page.word();
    while (true) {
        const page_word::Given given = page_word::give(found, n);
        check(given.held, "more references of a page given back than are held");
        if (page.replace(found, given.word)) {
            return given.freed;
        }
    }
}

}  // namespace isthmus::mm
