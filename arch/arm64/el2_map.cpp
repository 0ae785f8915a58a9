// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/el2_map.hpp"

#include <cstring>

#include "arch/arm64/boot_map.hpp"
#include "arch/arm64/boot_tables.hpp"
#include "arch/arm64/el2_descriptor.hpp"
#include "arch/arm64/layout.hpp"
#include "arch/arm64/sysreg.hpp"
#include "core/machine_memory.hpp"
#include "isthmus/arch.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/panic.hpp"
#include "isthmus/spinlock.hpp"
#include "mm/page_table.hpp"

extern "C" {
extern char image_start[];
extern char image_text_end[];
extern char image_rodata_end[];
extern char image_end[];
}

namespace isthmus::arch {
namespace {

struct alignas(page_size) Page {
    std::byte bytes[page_size];
};

/// Table pages until the heap stands: image, devices, tree and the heap's own first mappings; one
/// for each SMMU that is looked at before.
constexpr usize early_pages = 56 + limits::smmus;
[[gnu::section(".noinit")]] Page early_pool[early_pages];
[[gnu::section(".noinit")]] Page boot_cpu_stack[stack_size / page_size];
[[gnu::section(".noinit")]] Page boot_cpu_emergency_stack[stack_size / page_size];

constinit usize early_used = 0;
constinit HostAddress image_host;

/// mm::TableMemory over the early pages, then over the heap.
class El2Tables {
  public:
    Result<HostAddress> allocate_table() {
        if (early_used == early_pages) {
            return core::allocate_table_page();
        }
        Page& page = early_pool[early_used++];
        std::memset(&page, 0, sizeof(page));
        return host_address(&page);
    }
    /// Early pages are few and stay used.
    void free_table(HostAddress table) {
        if (!image_range().contains(table)) {
            core::free_table_page(table);
        }
    }
    u64 read(HostAddress table, usize index) const {
        return __atomic_load_n(entries(table) + index, __ATOMIC_RELAXED);
    }
    void write(HostAddress table, usize index, u64 value) {
        __atomic_store_n(entries(table) + index, value, __ATOMIC_RELAXED);
    }
    void make_visible(HostAddress, usize, usize) {
        dsb_ishst();
        isb();
    }
    /// Ranges here are large and changes rare: everything is forgotten.
    void invalidate(HypRange) {
        dsb_ishst();
        tlbi_alle2is();
        dsb_ish();
        isb();
    }

  private:
    /// As host_pointer does it, but inline: the audit reads every entry.
    static u64* entries(HostAddress table) {
        const u64 in_image = table - image_host;
        const bool early = in_image < static_cast<u64>(image_end - image_start);
        return reinterpret_cast<u64*>(early ? image_base + in_image : ram_base + table.raw());
    }
};

using El2Map = mm::PageTable<El2Format, El2Tables>;
constexpr mm::TableGeometry el2_geometry{0, 48};

constinit El2Tables tables;
constinit HostAddress root;
constinit u64 next_device = device_base;
constinit u64* windows = nullptr;
/// Around every change; table pages come from the heap, whose lock is taken inside.
constinit SpinLock map_lock;

El2Map map() {
    return El2Map(tables, root, el2_geometry);
}

HypRange hyp_range(u64 start, u64 size) {
    return *HypRange::from(HypAddress(start), size);
}

void must(Result<void> result) {
    check(result.has_value(), "Isthmus's own map");
}

/// The last-level table of a mapped address.
HostAddress last_table(HypAddress address) {
    HostAddress table = root;
    for (unsigned level = 0; level < mm::last_level; ++level) {
        const usize index = (address.raw() >> mm::entry_shift(level)) % 512;
        table = El2Format::address(tables.read(table, index));
    }
    return table;
}

/// Page by page, as the boot map shows them: between the roots no translation changes its size
/// (boot_tables.hpp). Nobody walks these tables yet: where one is there, its entries are written.
void map_pages(HypAddress start, HostRange pages, El2Attributes attributes) {
    HostAddress table;
    for (u64 offset = 0; offset < pages.size(); offset += page_size) {
        const HypAddress page = start + offset;
        if (offset == 0 || page.is_aligned(2 * MiB)) {
            must(map().map(hyp_range(page.raw(), page_size), pages.start() + offset, attributes));
            table = last_table(page);
        } else {
            tables.write(table, (page.raw() >> page_shift) % 512,
                         El2Format::leaf(pages.start() + offset, mm::last_level, attributes));
        }
    }
}

void map_segment(const char* start, const char* end, El2Access access) {
    const u64 size = align_up(static_cast<u64>(end - start), page_size);
    const u64 offset = static_cast<u64>(start - image_start);
    map_pages(HypAddress(image_base + offset), *HostRange::from(image_host + offset, size),
              {El2Memory::normal_wb, access});
}

/// What the boot map shows of the boot tree.
void map_boot_tree(HostRange pages) {
    const u64 in_window = pages.start() - pages.start().align_down(2 * MiB);
    map_pages(HypAddress(boot_tree_base + in_window), pages,
              {El2Memory::normal_wb, El2Access::read_only});
}

/// The device that speaks already keeps its place.
void map_early_device() {
    const HostRange device = device_in_boot_map();
    if (!device.empty()) {
        check(map_device(device).has_value(), "the early console's place");
    }
}

/// The tables that lead to the windows, with no page in them.
void make_windows() {
    must(map().map(hyp_range(window_base, page_size), image_host,
                   {El2Memory::normal_wb, El2Access::read_only}));
    const HostAddress table = last_table(HypAddress(window_base));
    tables.write(table, 0, 0);
    windows = host_object<u64>(table);
}

}  // namespace

u64* window_entries() {
    return windows;
}

HostRange image_range() {
    return *HostRange::from(image_host, static_cast<u64>(image_end - image_start));
}

void build_el2_map(HostAddress image, HostRange tree_pages) {
    image_host = image;
    root = *tables.allocate_table();
    map_segment(image_start, image_text_end, El2Access::read_execute);
    map_segment(image_text_end, image_rodata_end, El2Access::read_only);
    map_segment(image_rodata_end, image_end, El2Access::read_write);
    map_boot_tree(tree_pages);
    map_early_device();
    must(map_stacks(0, host_address(boot_cpu_stack), host_address(boot_cpu_emergency_stack)));
    make_windows();
    dsb_ish();
    switch_own_map(root.raw());
}

u64 el2_map_root() {
    return root.raw();
}

Result<HypAddress> map_device(HostRange registers) {
    const HostRange pages = registers.outer_aligned(page_size);
    const u64 slot = align_up(next_device, 2 * MiB) + (pages.start().raw() & (2 * MiB - 1));
    if (slot + pages.size() > device_base + device_window) {
        return fail(Error::out_of_range);
    }
    ISTHMUS_TRY(map().map(hyp_range(slot, pages.size()), pages.start(),
                          {El2Memory::device_ngnre, El2Access::read_write}));
    next_device = slot + pages.size();
    return HypAddress(slot + (registers.start() - pages.start()));
}

void unmap_device(HypAddress start, u64 size) {
    must(map().unmap(hyp_range(start.raw(), size), [](const El2Map::Leaf&) {}));
}

Result<void> map_stacks(usize slot, HostAddress stack, HostAddress emergency_stack) {
    constexpr El2Attributes attributes{El2Memory::normal_wb, El2Access::read_write};
    ISTHMUS_TRY(
        map().map(hyp_range(stack_top(slot).raw() - stack_size, stack_size), stack, attributes));
    return map().map(hyp_range(emergency_stack_top(slot).raw() - stack_size, stack_size),
                     emergency_stack, attributes);
}

Result<void> map_host(HostRange range, HostAccess access) {
    if (range.end().raw() > host_address_limit) {
        return fail(Error::out_of_range);
    }
    const LockGuard guard(map_lock);
    const El2Access el2_access =
        access == HostAccess::read_only ? El2Access::read_only : El2Access::read_write;
    return map().map(hyp_range(ram_base + range.start().raw(), range.size()), range.start(),
                     {El2Memory::normal_wb, el2_access});
}

Result<void> unmap_host(HostRange range) {
    const LockGuard guard(map_lock);
    return map().unmap(hyp_range(ram_base + range.start().raw(), range.size()),
                       [](const El2Map::Leaf&) {});
}

namespace {

/// Leaves that follow each other in host memory with the same access, as one.
struct OwnRun {
    void (*visit)(void* context, const OwnMapping& mapping);
    void* context;
    HostRange host;
    El2Access access = El2Access::read_only;

    void add(const El2Map::Leaf& leaf) {
        if (leaf.host == host.end() && leaf.attributes.access == access) {
            host = *HostRange::between(host.start(), leaf.output().end());
            return;
        }
        end();
        host = leaf.output();
        access = leaf.attributes.access;
    }
    void end() const {
        if (!host.empty()) {
            visit(context,
                  {host, access == El2Access::read_write, access == El2Access::read_execute});
        }
    }
};

}  // namespace

void visit_own_map(void (*visit)(void* context, const OwnMapping& mapping), void* context) {
    const LockGuard guard(map_lock);
    OwnRun run{visit, context, HostRange()};
    map().visit_all([&](const El2Map::Leaf& leaf) { run.add(leaf); });
    run.end();
}

std::byte* host_pointer(HostAddress address) {
    const u64 in_image = address - image_host;
    const u64 virtual_address = in_image < image_limit && image_range().contains(address)
                                    ? image_base + in_image
                                    : ram_base + address.raw();
    return reinterpret_cast<std::byte*>(virtual_address);
}

HostAddress host_address(const void* pointer) {
    const u64 virtual_address = reinterpret_cast<u64>(pointer);
    return virtual_address >= ram_base ? HostAddress(virtual_address - ram_base)
                                       : image_host + (virtual_address - image_base);
}

}  // namespace isthmus::arch
