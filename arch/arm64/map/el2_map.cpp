// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/map/el2_map.hpp"

#include <cstring>

#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/translation_control.hpp"
#include "arch/arm64/map/boot_map.hpp"
#include "arch/arm64/map/boot_tables.hpp"
#include "arch/arm64/map/loader_room.h"
#include "arch/arm64/map/own_map.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"
#include "isthmus/spinlock.hpp"

extern "C" {
extern char image_start[];
extern char image_text_end[];
extern char image_rodata_end[];
extern char image_end[];
/// Holds the EFI loader first (arch/arm64/efi/image.S).
extern isthmus::arch::EarlyTables::Pages isthmus_early_pages;
}

namespace isthmus::arch {
namespace {

[[gnu::section(".noinit")]] std::array<EarlyTables::Page, stack_size / page_size> boot_cpu_stack;
[[gnu::section(
    ".noinit")]] std::array<EarlyTables::Page, stack_size / page_size> boot_cpu_emergency_stack;

static_assert(sizeof(EarlyTables::Pages) == EFI_LOADER_SIZE);
constinit EarlyTables early_tables;
constinit HostAddress image_host;

/// mm::TableMemory over the heap, and over the early pages as long as the heap has none.
class El2Tables {
  public:
    Result<HostAddress> allocate_table() {
        const Result<HostAddress> page = core::allocate_table_page();
        if (page) {
            return page;
        }
        EarlyTables::Page* early = early_tables.take(isthmus_early_pages);
        return early == nullptr ? page : host_address(early);
    }
    void free_table(HostAddress table) {
        if (image_at(image_host).contains(table)) {
            early_tables.give_back(isthmus_early_pages, host_object<EarlyTables::Page>(table));
        } else {
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
        tlbi_alle2is();
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

constinit u64* windows = nullptr;
/// Table pages come from the heap, whose lock is taken inside.
constinit SpinLock map_lock;
constinit OwnMap<El2Tables> own_map ISTHMUS_GUARDED_BY(map_lock);

void must(Result<void> result) {
    check(result.has_value(), "Isthmus's own map");
}

ISTHMUS_REQUIRES(map_lock) void map_segment(const char* start, const char* end, El2Access access) {
    const u64 size = align_up(static_cast<u64>(end - start), page_size);
    must(own_map.map_image(image_host, static_cast<u64>(start - image_start), size, access));
}

/// What the boot map shows of the boot tree.
ISTHMUS_REQUIRES(map_lock) void map_boot_tree(HostRange pages) {
    const u64 in_window = pages.start() - pages.start().align_down(2 * MiB);
    must(own_map.map_boot_tree(in_window, pages));
}

/// The device that speaks already keeps its place.
ISTHMUS_REQUIRES(map_lock) void map_early_device() {
    const HostRange device = device_in_boot_map();
    if (!device.empty()) {
        check(own_map.map_early_device(device).has_value(), "the early console's place");
    }
}

}  // namespace

u64* window_entries() {
    return windows;
}

HostRange image_at(HostAddress start) {
    return *HostRange::from(start, static_cast<u64>(image_end - image_start));
}

void build_el2_map(HostAddress image, HostRange tree_pages) {
    image_host = image;
    const LockGuard guard(map_lock);
    must(own_map.start());
    map_segment(image_start, image_text_end, El2Access::read_execute);
    map_segment(image_text_end, image_rodata_end, El2Access::read_only);
    map_segment(image_rodata_end, image_end, El2Access::read_write);
    map_boot_tree(tree_pages);
    map_early_device();
    must(own_map.map_stacks(0, host_address(&boot_cpu_stack),
                            host_address(&boot_cpu_emergency_stack)));
    windows = host_object<u64>(*own_map.make_windows(image_host));
    dsb_ish();
    switch_own_map(own_map.root().raw());
}

u64 el2_map_root() {
    const LockGuard guard(map_lock);
    return own_map.root().raw();
}

Result<HypAddress> map_device(HostRange registers) {
    const LockGuard guard(map_lock);
    return own_map.map_device(registers);
}

Result<HypAddress> map_small_device(HostRange registers) {
    return map_device(small_device(registers));
}

void unmap_device(HostRange registers, HypAddress at) {
    const LockGuard guard(map_lock);
    must(own_map.unmap_device(registers, at));
}

namespace {

Result<HypAddress> map_arena(HostRange range) {
    const LockGuard guard(map_lock);
    return own_map.map_arena(range);
}

}  // namespace

Result<std::span<std::byte>> show_arena(HostRange range) {
    // Not cpu_address_bits(): nobody has counted this CPU where it cannot run Isthmus.
    const auto bits = physical_address_bits(ISTHMUS_READ_SYSREG(id_aa64mmfr0_el1) & 0xf);
    if (!bits || range.end().raw() > u64{1} << *bits) {
        return fail(Error::unsupported);
    }
    const HypAddress seen =
        el2_map_root() != 0 ? ISTHMUS_TRY(map_arena(range)) : map_arena_in_boot_map(range);
    return std::span(reinterpret_cast<std::byte*>(seen.raw()), range.size());
}

Result<void> map_stacks(usize slot, HostAddress stack, HostAddress emergency_stack) {
    const LockGuard guard(map_lock);
    return own_map.map_stacks(slot, stack, emergency_stack);
}

Result<void> map_host(HostRange range, HostAccess access) {
    const LockGuard guard(map_lock);
    return own_map.map_ram(range, access);
}

Result<void> unmap_host(HostRange range) {
    const LockGuard guard(map_lock);
    return own_map.unmap_ram(range);
}

namespace {

/// Leaves that follow each other in host memory with the same access, as one.
struct OwnRun {
    void (*visit)(void* context, const OwnMapping& mapping);
    void* context;
    HostRange host;
    El2Access access = El2Access::read_only;

    void add(const mm::TableLeaf<El2Format>& leaf) {
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
    own_map.table().visit_all([&](const mm::TableLeaf<El2Format>& leaf) { run.add(leaf); });
    run.end();
}

std::byte* host_pointer(HostAddress address) {
    const u64 in_image = address - image_host;
    const u64 virtual_address = in_image < image_limit && image_at(image_host).contains(address)
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
