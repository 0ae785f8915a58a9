// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/el2_map.hpp"

#include <cstring>

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
constexpr usize early_pages = 48 + limits::smmus;
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

void map_segment(const char* start, const char* end, El2Access access) {
    const u64 size = align_up(static_cast<u64>(end - start), page_size);
    const u64 offset = static_cast<u64>(start - image_start);
    must(map().map(hyp_range(image_base + offset, size), image_host + offset,
                   {El2Memory::normal_wb, access}));
}

/// The pages of the boot tree, as many as its header says and the boot map shows: its neighbours in
/// RAM may become a guest's. Returns the bytes shown from the tree's start on.
u64 map_boot_tree(HostAddress tree) {
    const u64 in_window = tree - tree.align_down(2 * MiB);
    const auto* header = reinterpret_cast<const u8*>(boot_tree_base + in_window);
    const u64 size = u64{header[4]} << 24 | u64{header[5]} << 16 | u64{header[6]} << 8 | header[7];
    const u64 first = align_down(in_window, page_size);
    const u64 wanted = align_up(in_window + size, page_size);
    const u64 past = wanted < boot_tree_window ? wanted : boot_tree_window;
    must(map().map(hyp_range(boot_tree_base + first, past - first), tree.align_down(page_size),
                   {El2Memory::normal_wb, El2Access::read_only}));
    return past - in_window;
}

/// The tables that lead to the windows, with no page in them.
void make_windows() {
    must(map().map(hyp_range(window_base, page_size), image_host,
                   {El2Memory::normal_wb, El2Access::read_only}));
    HostAddress table = root;
    for (unsigned level = 0; level < mm::last_level; ++level) {
        table =
            El2Format::address(tables.read(table, (window_base >> mm::entry_shift(level)) % 512));
    }
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

u64 build_el2_map(HostAddress image, HostAddress tree) {
    image_host = image;
    root = *tables.allocate_table();
    map_segment(image_start, image_text_end, El2Access::read_execute);
    map_segment(image_text_end, image_rodata_end, El2Access::read_only);
    map_segment(image_rodata_end, image_end, El2Access::read_write);
    const u64 tree_bytes = map_boot_tree(tree);
    must(map_stacks(0, host_address(boot_cpu_stack), host_address(boot_cpu_emergency_stack)));
    make_windows();
    dsb_ish();
    ISTHMUS_WRITE_SYSREG(ttbr0_el2, root.raw());
    isb();
    tables.invalidate(HypRange());
    return tree_bytes;
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
