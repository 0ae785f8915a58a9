// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/fake_own_map.hpp"

#include "core/memory/machine_memory.hpp"
#include "tests/unit/support/fake_machine.hpp"

namespace isthmus::test {
namespace {

/// In what booted machines give to the image.
constexpr HostAddress early_at(FakeMachine::ram_start + 1 * MiB);
static_assert(sizeof(arch::EarlyTables::Pages) <= 1 * MiB);

arch::EarlyTables::Pages& early_pages() {
    return *reinterpret_cast<arch::EarlyTables::Pages*>(fake().ram(early_at));
}
u64* entries(HostAddress table) {
    return reinterpret_cast<u64*>(fake().ram(table));
}

void must(Result<void> result) {
    check(result.has_value(), "the fake machine's own map");
}

/// What stands before core's first step, where it takes most tables: nothing is aligned.
void start(arch::OwnMap<OwnTables>& map) {
    using namespace arch;
    const HostAddress image(FakeMachine::ram_start + page_size);
    must(map.start());
    must(map.map_image(image, 0, image_limit / 2, El2Access::read_execute));
    must(map.map_image(image, image_limit / 2, image_limit / 2, El2Access::read_write));
    must(map.map_boot_tree(0, *HostRange::from(image, boot_tree_window)));
    must(map.map_stacks(0, image, image));
    check(map.make_windows(image).has_value(), "windows");
    for (usize device = 0; device < 1 + limits::smmus; ++device) {
        const HostAddress registers(0x1000'0000 + device * 2 * MiB + 0x800);
        check(map.map_device(*HostRange::from(registers, small_device_limit)).has_value(),
              "a small device");
    }
}

bool heap_stands() {
    return own_map().tables().from_heap() != 0;
}

}  // namespace

Result<HostAddress> OwnTables::allocate_table() {
    const Result<HostAddress> page = core::allocate_table_page();
    if (page) {
        ++from_heap_;
        return page;
    }
    arch::EarlyTables::Page* early = early_.take(early_pages());
    return early == nullptr ? page
                            : early_at + static_cast<u64>(early - early_pages().data()) * page_size;
}

void OwnTables::free_table(HostAddress table) {
    if (table - early_at < sizeof(arch::EarlyTables::Pages)) {
        early_.give_back(early_pages(), reinterpret_cast<arch::EarlyTables::Page*>(entries(table)));
    } else {
        --from_heap_;
        core::free_table_page(table);
    }
}

u64 OwnTables::read(HostAddress table, usize index) const {
    return entries(table)[index];
}
void OwnTables::write(HostAddress table, usize index, u64 value) {
    entries(table)[index] = value;
}

arch::OwnMap<OwnTables>& own_map() {
    static arch::OwnMap<OwnTables> map;
    static const bool started = [] {
        start(map);
        return true;
    }();
    static_cast<void>(started);
    return map;
}

void sample_heap() {
    if (heap_stands()) {
        const u64 now = core::heap_total_pages() - core::heap_free_pages();
        fake().heap_most_taken = now > fake().heap_most_taken ? now : fake().heap_most_taken;
    }
}

usize FakeMachine::early_tables_most() {
    return own_map().tables().early().most();
}
usize FakeMachine::heap_tables() {
    return own_map().tables().from_heap();
}

}  // namespace isthmus::test
