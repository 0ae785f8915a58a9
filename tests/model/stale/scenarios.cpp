// SPDX-License-Identifier: Apache-2.0
#include "tests/model/stale/scenarios.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "arch/arm64/guest/world_switch.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/teardown.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"
#include "tests/model/stale/stale_machine.hpp"

namespace isthmus::test {
namespace {

using dom0less::HostUse;
using enum mm::MappingType;

constexpr HostRange ram_at(u64 offset, u64 size) {
    return *HostRange::from(HostAddress(StaleMachine::ram_start + offset), size);
}
constexpr DomainId guest_a = static_cast<DomainId>(1);
constexpr HostRange heap = ram_at(0, 8 * MiB);
constexpr HostRange static_ram = ram_at(8 * MiB, 4 * MiB);  ///< guest A's
constexpr HostRange heap_ram = ram_at(12 * MiB, 2 * MiB);   ///< guest A's, from the heap's RAM
constexpr HostRange region = ram_at(14 * MiB, 64 * KiB);    ///< dom_io's, A borrows it
constexpr HostRange others = ram_at(16 * MiB, 16 * MiB);
constexpr u64 guest_ram = 0x4000'0000;  ///< in a guest's space
constexpr u64 foreign_ram = 0xc000'0000;
constexpr HostAddress image(0x8000'0000);
constexpr HostRange tree = *HostRange::from(HostAddress(0x9000'0000), page_size);
constexpr HostRange registers = *HostRange::from(HostAddress(0xa000'0000), page_size);

constexpr std::array host_map = {
    dom0less::HostUsePlan{heap, HostUse::heap, DomainId::none, 0, false, {}},
    dom0less::HostUsePlan{static_ram, HostUse::domain_ram, guest_a, 0, true, {}},
    dom0less::HostUsePlan{heap_ram, HostUse::domain_ram, guest_a, 0, false, {}},
    dom0less::HostUsePlan{region, HostUse::shared, DomainId::dom_io, 0, true, {}},
    dom0less::HostUsePlan{others, HostUse::unused, DomainId::none, 0, false, {}},
};
const dom0less::Plan the_plan{.host_map = host_map};

void must(Result<void> result, std::source_location where = std::source_location::current()) {
    check(result.has_value(), "a scenario's step", where);
}
u64 seen(HostAddress address) {
    return arch::ram_base + address.raw();
}
std::byte* view(HostAddress address) {
    return reinterpret_cast<std::byte*>(seen(address));
}
/// A page that looks like a table, or a page of descriptors, for whoever walks it uncleared.
void fill_with_descriptors(HostRange range) {
    u64* words = reinterpret_cast<u64*>(view(range.start()));
    for (u64 i = 0; i < range.size() / sizeof(u64); ++i) {
        words[i] = 0xdead'0000'0743;
    }
}

/// Isthmus's own map and memory as boot makes them; CPU 0 is ready for guests.
void boot() {
    fill_with_descriptors(heap);
    arch::build_el2_map(image, tree);
    for (const HostRange range : {static_ram, heap_ram, region, heap}) {
        for (const u64 offset : {u64{0}, page_size, 5 * page_size, range.size() - page_size}) {
            const HostAddress page = range.start() + offset;
            machine().watch(0, seen(page), {page.raw()});
        }
    }
    machine().watch(0, arch::image_base, {image.raw()});
    machine().watch(0, arch::boot_tree_base, {tree.start().raw()});
    machine().watch(0, arch::device_base, {registers.start().raw()});
    machine().watch(0, arch::window_base, {});
    static constinit std::array banks = {fdt::MemoryBank{StaleMachine::ram(), {}}};
    must(core::build_machine_memory(the_plan, {.memory = banks}));
    machine().ask_frames();
    machine().remember(1, guest_ram, others.start());
    arch::init_cpu_for_guests();
    machine().expect_unreachable(others);
    machine().expect_usable(arch::image_base);
    machine().expect_usable(seen(heap.start()));
}

void own_map() {
    boot();
    for (int round = 0; round < 2; ++round) {
        must(arch::map_host(static_ram, arch::HostAccess::read_write));
        machine().expect_usable(seen(static_ram.start()));
        const HostRange page = *HostRange::from(static_ram.start() + page_size, page_size);
        must(arch::unmap_host(page));
        machine().expect_unreachable(page);
        machine().expect_usable(seen(static_ram.start()));
        must(arch::map_host(page, arch::HostAccess::read_only));
        must(arch::unmap_host(static_ram));
        machine().expect_unreachable(static_ram);
        const HypAddress at = *arch::map_device(registers);
        check(at.raw() == arch::device_base, "the first device's place");
        machine().expect_usable(at.raw());
        arch::unmap_device(registers, at);
        machine().expect_unreachable(registers);
    }
}

u32 peek_as_bytes(HostAddress at) {
    std::array<std::byte, sizeof(u32)> bytes;
    arch::peek(at, bytes);
    return std::bit_cast<u32>(bytes);
}

/// What a guest wrote past its caches is what is seen; and then nothing shows it any more. A word
/// has a way of its own.
void window(u32 (*look)(HostAddress)) {
    boot();
    for (const HostAddress page : {static_ram.start(), region.start(), static_ram.start()}) {
        static u32 word = 0x1234'0000;
        ++word;
        machine().watch(0, arch::window_base, {page.raw()});
        std::memcpy(machine().memory(page + 64), &word, sizeof word);
        machine().expect(look(page + 64) == word, "a look shows another word");
        machine().expect_unreachable(*HostRange::from(page, page_size));
        machine().watch(0, arch::window_base, {});
    }
}

void word_window() {
    window(arch::peek_word);
}
void byte_window() {
    window(peek_as_bytes);
}

void published() {
    boot();
    must(arch::map_host(static_ram, arch::HostAccess::read_write));
    const HostRange data = *HostRange::from(static_ram.start() + 40, 3 * page_size);
    const HostRange lines = *HostRange::from(static_ram.start(), 4 * page_size);
    std::memset(view(data.start()), 0x55, data.size());
    arch::publish_host(data);
    machine().expect_in_memory(lines);
    const HostRange code = *HostRange::from(static_ram.start() + MiB, 2 * page_size);
    machine().execute(code);
    std::memset(view(code.start()), 0xd5, code.size());
    arch::publish_code(code);
    machine().expect_executable(code);
}

/// A guest with tables of its own, which CPU 1 runs.
struct Guest {
    explicit Guest(unsigned number) : vmid(number) {
        const mm::TableGeometry geometry = arch::guest_geometry();
        const HostAddress root = *core::allocate_pages(mm::order_for(geometry.root_bytes()));
        arch::zero_host(*HostRange::from(root, geometry.root_bytes()));
        domain.control = arch::make_guest_control(static_cast<u16>(number), root);
        domain.map = new core::DomainMap(core::frames(), root, geometry, domain.control.vttbr);
    }
    void watch(u64 address, HostAddress host) { machine().watch(vmid, address, {host.raw()}); }
    void run() { machine().run_guest(domain.control.vttbr); }

    unsigned vmid;
    core::Domain domain;
};

GuestRange at(u64 address, u64 size) {
    return *GuestRange::from(GuestAddress(address), size);
}

void assign() {
    must(core::static_pool().assign(static_ram, guest_a, 1));
    must(core::static_pool().assign(region, DomainId::dom_io, 2));
    must(mm::assign_range(core::frames(), heap_ram, guest_a, 1, false));
}

/// Pieces of a running guest's map go, and something else comes there; by pages, and by more.
void guest_map() {
    boot();
    assign();
    Guest guest(1);
    core::DomainMap& map = *guest.domain.map;
    guest.watch(0, region.start());
    must(map.map_ram(at(0, page_size), region.start(), ram_rw));
    guest.run();
    for (const u64 page : {u64{0}, page_size, MiB, 2 * MiB, 2 * MiB + page_size}) {
        guest.watch(guest_ram + page, static_ram.start() + page);
    }
    must(map.map_ram(at(guest_ram, static_ram.size()), static_ram.start(), ram_rw));
    const auto nothing = [](mm::PageInfo&) {};
    const auto replace = [&](u64 offset, u64 size, HostAddress instead) {
        const HostRange gone = *HostRange::from(static_ram.start() + offset, size);
        must(map.unmap(at(guest_ram + offset, size), nothing));
        machine().expect_unreachable(gone);
        guest.watch(guest_ram + offset, instead);
        guest.watch(guest_ram + offset + size - page_size, instead + (size - page_size));
        must(map.map_ram(at(guest_ram + offset, size), instead, ram_ro));
    };
    replace(page_size, page_size, heap_ram.start());
    replace(MiB, MiB, heap_ram.start() + MiB);
    replace(2 * MiB, 2 * page_size, heap_ram.start());
    machine().run_guest(0);
    map.clear(nothing);
    machine().expect_unreachable(static_ram);
    machine().expect_unreachable(heap_ram);
}

/// A domain is taken apart, and what it had is another's.
void teardown() {
    boot();
    assign();
    static dom0less::DomainPlan plan{.id = guest_a};
    Guest a(1);
    a.domain.plan = &plan;
    a.watch(guest_ram, static_ram.start());
    a.watch(guest_ram + 2 * MiB + page_size, static_ram.start() + 2 * MiB + page_size);
    a.watch(guest_ram + GiB, heap_ram.start());
    a.watch(foreign_ram, region.start());
    a.watch(foreign_ram + 5 * page_size, region.start() + 5 * page_size);
    core::DomainMap& map = *a.domain.map;
    must(map.map_ram(at(guest_ram, static_ram.size()), static_ram.start(), ram_rw));
    must(map.map_ram(at(guest_ram + GiB, heap_ram.size()), heap_ram.start(), ram_rw));
    must(map.p2m_map_foreign_rw(at(foreign_ram, region.size()), region.start(), DomainId::dom_io));
    a.run();
    for (const HostRange range : {static_ram, heap_ram}) {
        std::memset(view(range.start()), 0x66, 3 * page_size);  // in its caches
        std::memset(machine().memory(range.start()), 0x77, page_size);
    }
    machine().run_guest(0);
    a.domain.state.store(core::Domain::State::stopped);
    core::Teardown taking_apart;
    while (taking_apart.step(a.domain)) {
    }
    machine().expect_forgotten(1);
    machine().expect_unreachable(static_ram);
    machine().expect_unreachable(heap_ram, false);
    for (const HostRange range : {static_ram, heap_ram}) {
        static constexpr std::array<std::byte, 4 * page_size> zeros{};
        machine().expect_in_memory(range);
        machine().expect(std::memcmp(view(range.start()), zeros.data(), zeros.size()) == 0,
                         "what a guest wrote is still there");
    }
    must(core::static_pool().assign(static_ram, guest_a, 1));
    Guest b(2);
    b.watch(guest_ram + page_size, static_ram.start() + page_size);
    must(b.domain.map->map_ram(at(guest_ram, static_ram.size()), static_ram.start(), ram_rw));
    b.run();
}

constexpr std::array all = {
    Scenario{"own-map", own_map},         Scenario{"word-window", word_window},
    Scenario{"byte-window", byte_window}, Scenario{"published", published},
    Scenario{"guest-map", guest_map},     Scenario{"teardown", teardown}};

}  // namespace

std::span<const Scenario> scenarios() {
    return all;
}

}  // namespace isthmus::test

namespace isthmus::core {

const dom0less::Plan& plan() {
    return test::the_plan;
}

}  // namespace isthmus::core
