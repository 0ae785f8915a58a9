// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/fake_machine.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "arch/arm64/map/own_map.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/shared_work.hpp"
#include "isthmus/arch/console.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"
#include "isthmus/panic.hpp"
#include "tests/unit/support/fake_own_map.hpp"

namespace isthmus::test {
namespace {

/// RAM as devices, and guests whose caches are off, see it; and Isthmus's view, which is a cache: a
/// private mapping of the same file, so what Isthmus writes stays in there (copy on write) until it
/// is cleaned.
struct Ram {
    Ram() {
        const int file = memfd_create("isthmus-ram", 0);
        if (file < 0 || ftruncate(file, off_t{FakeMachine::ram_size}) != 0) {
            std::abort();
        }
        device = view(file, PROT_READ | PROT_WRITE, MAP_SHARED);
        host = view(file, PROT_NONE, MAP_PRIVATE);
    }
    static std::byte* view(int file, int access, int sharing) {
        void* at = mmap(nullptr, FakeMachine::ram_size, access, sharing | MAP_NORESERVE, file, 0);
        if (at == MAP_FAILED) {
            std::abort();
        }
        return static_cast<std::byte*>(at);
    }
    std::byte* device = nullptr;
    std::byte* host = nullptr;
};

Ram& ram_views() {
    static Ram views;
    return views;
}

u64 offset_of(HostAddress address) {
    check(address.raw() - FakeMachine::ram_start < FakeMachine::ram_size, "not RAM");
    return address.raw() - FakeMachine::ram_start;
}

void protect(HostRange range, int access) {
    check(range.is_aligned(page_size), "mapping part of a page");
    if (!range.empty() &&
        mprotect(ram_views().host + offset_of(range.start()), range.size(), access) != 0) {
        std::abort();
    }
}

}  // namespace

namespace {

/// Whole pages, though the machine does it line by line: to memory, and out of the cache.
void clean_and_invalidate(HostRange range) {
    const HostRange pages = range.outer_aligned(page_size);
    for (u64 offset = 0; offset < pages.size(); offset += page_size) {
        const u64 at = offset_of(pages.start()) + offset;
        std::byte* cached = ram_views().host + at;
        if (std::memcmp(ram_views().device + at, cached, page_size) != 0) {
            std::memcpy(ram_views().device + at, cached, page_size);
        }
    }
    if (madvise(ram_views().host + offset_of(pages.start()), pages.size(), MADV_DONTNEED) != 0) {
        std::abort();
    }
}

}  // namespace

FakeMachine& fake() {
    static FakeMachine the_machine;
    return the_machine;
}

void FakeMachine::restart() {
    std::vector<bool> mapped = std::move(mapped_pages);
    *this = FakeMachine{};
    mapped_pages = std::move(mapped);
    for (usize index = 0; index < cpu_count; ++index) {
        core::PerCpu& state = core::per_cpu(index);
        state.current = nullptr;
        state.leave_guest = false;
        state.index = static_cast<u32>(index);
        state.queue = core::RunQueue();
        state.slice_end = {};
        state.accounted = 0;
        state.turn = 0;
        state.switched = 0;
        state.minimum_turn = 0;
        state.cutter = nullptr;
        state.ending = nullptr;
        state.ending_due = {};
        state.transmit_due = {};
        state.debtor = nullptr;
        state.previous = nullptr;
        state.online.store(0);
        state.timers = core::TimerQueue();
    }
}

std::byte* FakeMachine::ram(HostAddress address) {
    return ram_views().device + offset_of(address);
}
bool FakeMachine::is_mapped(HostAddress address) const {
    return mapped_pages[offset_of(address) >> page_shift];
}
std::string FakeMachine::take_output() {
    return std::exchange(output, {});
}

namespace {

/// Who sleeps lets the other CPUs do what the boot CPU has given out. False: that is nothing.
bool others_work() {
    const usize sleeper = fake().cpu;
    bool any = false;
    for (usize cpu = 0; cpu < FakeMachine::cpu_count; ++cpu) {
        fake().cpu = cpu;
        any = (cpu != sleeper && core::do_share_of_work(cpu)) || any;
    }
    fake().cpu = sleeper;
    return any;
}

}  // namespace
}  // namespace isthmus::test

using isthmus::test::fake;

namespace isthmus::core {
PerCpu& this_cpu() {
    return per_cpu(fake().cpu);
}
}  // namespace isthmus::core

namespace isthmus::arch {

usize cpu_index() {
    return fake().cpu;
}
u64 cpu_affinity() {
    return fake().affinity;
}
void become_cpu(usize index) {
    fake().cpu = index;
}
void find_firmware_calls() {}

void guard_this_cpu() {}

Result<void> start_cpu(usize index, u64 mpidr, HostAddress stack, HostAddress emergency_stack) {
    if (fake().refused_cpus.contains(index)) {
        return fail(Error::denied);
    }
    ISTHMUS_TRY(test::own_map().map_stacks(index + 1, stack, emergency_stack));
    fake().started_cpus.push_back(mpidr);
    core::per_cpu(index).online.store(1);
    return {};
}
void relax() {
    // Only one CPU runs at a time here: who waits for another waits for ever.
    if (++fake().now > u64{1} << 40) {
        panic("waiting for ever");
    }
    fake().now += fake().frequency;
}
void wait_for_interrupt() {
    if (test::others_work()) {
        return;
    }
    if (++fake().idle_rounds > 1000) {
        panic("asleep for ever");
    }
    if (fake().on_idle != nullptr) {
        fake().on_idle();
    }
}
void halt() {
    throw test::MachineStopped{test::MachineStopped::How::halt};
}
void power_off() {
    throw test::MachineStopped{test::MachineStopped::How::power_off};
}
void reset() {
    throw test::MachineStopped{test::MachineStopped::How::reset};
}
void print_backtrace() {}

u32 firmware_version() {
    return fake().psci_version;
}
unsigned cpu_address_bits() {
    return fake().address_bits;
}
void require_of_cpus(unsigned address_bits, bool same_frequency) {
    fake().needed_bits = address_bits;
    fake().needs_same_frequency = same_frequency;
}
void settle_cpus() {
    fake().cpus_settled = true;
}

void init_counter(u32 told_frequency, u8 told_errata) {
    fake().frequency = told_frequency != 0 ? told_frequency : fake().cntfrq;
    fake().counter_errata = told_errata;
}
u64 counter() {
    return fake().now;
}
u64 counter_frequency() {
    return fake().frequency;
}
void set_deadline(u64 when) {
    fake().now += fake().work_ticks;
    fake().here().deadline = when;
}

Result<void> init_console(const ConsoleDevice&) {
    return {};
}
void close_console() {}
void write_console(std::string_view text) {
    fake().output += text;
    fake().now += text.size() * fake().byte_ticks;
}
int read_console() {
    if (fake().typed.empty()) {
        return -1;
    }
    const u8 byte = fake().typed.front();
    fake().typed.pop_front();
    return byte;
}
void listen_to_console(bool on) {
    fake().input_enabled = on;
}
void acknowledge_console() {}
usize send_console(std::string_view text) {
    if (fake().uart_depth == 0) {
        write_console(text);
        return text.size();
    }
    const usize room = fake().uart_depth - fake().uart_level();
    const usize taken = std::min(std::min(room, usize{64}), text.size());
    fake().output += text.substr(0, taken);
    fake().uart_empty_at =
        std::max(fake().uart_empty_at, fake().now) + taken * fake().uart_byte_ticks;
    fake().now += 1;  // looking at it takes its time
    return taken;
}
void listen_for_console_room(bool on) {
    fake().room_enabled = on;
}
void acknowledge_console_room() {}
u64 console_bytes_dropped() {
    return 0;
}

Result<void> map_host(HostRange range, HostAccess access) {
    ISTHMUS_TRY(test::own_map().map_ram(range, access));
    for (u64 page = 0; page < range.pages(); ++page) {
        std::vector<bool>::reference mapped =
            fake().mapped_pages[(test::offset_of(range.start()) >> page_shift) + page];
        if (mapped) {
            return fail(Error::already_mapped);
        }
        mapped = true;
    }
    test::protect(range, access == HostAccess::read_only ? PROT_READ : PROT_READ | PROT_WRITE);
    return {};
}
Result<void> unmap_host(HostRange range) {
    ISTHMUS_TRY(test::own_map().unmap_ram(range));
    for (u64 page = 0; page < range.pages(); ++page) {
        std::vector<bool>::reference mapped =
            fake().mapped_pages[(test::offset_of(range.start()) >> page_shift) + page];
        check(mapped, "unmapping what is not mapped");
        mapped = false;
    }
    test::protect(range, PROT_NONE);
    return {};
}
/// RAM only, page by page as the tests have it: runs of pages.
void visit_own_map(void (*visit)(void* context, const OwnMapping& mapping), void* context) {
    const std::vector<bool>& mapped = fake().mapped_pages;
    for (usize first = 0; first < mapped.size(); ++first) {
        usize end = first;
        while (end < mapped.size() && mapped[end]) {
            ++end;
        }
        if (end != first) {
            const HostAddress start(test::FakeMachine::ram_start + first * page_size);
            visit(context, {*HostRange::from(start, (end - first) * page_size), true, false});
            first = end;
        }
    }
}
/// In RAM as anybody sees it there, so that whoever else is given it spoils the plan.
Result<std::span<std::byte>> show_arena(HostRange range) {
    if (range.end().raw() > u64{1} << fake().address_bits) {
        return fail(Error::unsupported);
    }
    ISTHMUS_TRY(test::own_map().map_arena(range));
    test::protect(range, PROT_READ | PROT_WRITE);
    return std::span(test::ram_views().host + test::offset_of(range.start()), range.size());
}
std::byte* host_pointer(HostAddress address) {
    test::sample_heap();
    return test::ram_views().host + test::offset_of(address);
}
HostAddress host_address(const void* pointer) {
    const auto* byte = static_cast<const std::byte*>(pointer);
    return HostAddress(test::FakeMachine::ram_start +
                       static_cast<u64>(byte - test::ram_views().host));
}
void zero_host(HostRange range) {
    test::sample_heap();
    std::memset(host_pointer(range.start()), 0, range.size());
    fake().now += range.size() * fake().page_ticks / page_size;
}
void publish_host(HostRange range) {
    fake().published_bytes += range.size();
    if (!fake().forces_write_back) {
        test::clean_and_invalidate(range);
    }
}

void publish_code(HostRange range) {
    fake().code_bytes += range.size();
    test::clean_and_invalidate(range);
}

void publish_table() {
    ++fake().table_publications;
}
void invalidate_guest(u64, GuestRange range) {
    fake().invalidations.push_back(range);
}

mm::TableGeometry guest_geometry() {
    return {1, 40};
}
GuestControl make_guest_control(u16 vmid, HostAddress root) {
    return {.vttbr = (u64{vmid} << 48) | root.raw(), .vtcr = 0};
}
void reset_vcpu(GuestRegisters& registers, VcpuState& state, u64 pc, u64 context, u64 mpidr) {
    registers = GuestRegisters{};
    registers.x[0] = context;
    state = VcpuState{};
    state.pc = pc;
    state.vmpidr = mpidr;
}
void forget_guest_translations() {
    ++fake().forgotten;
}

void load_vcpu(const VcpuState&, const GuestControl&, bool trap_wfi) {
    ++fake().loaded;
    fake().now += fake().load_ticks;
    fake().here().traps_wfi = trap_wfi;
}
void save_vcpu(VcpuState&) {
    ++fake().saved;
    fake().now += fake().save_ticks;
}
void start_virtual_timer(const VcpuState&) {
    fake().here().virtual_timer = true;
}
void stop_virtual_timer(VcpuState&) {
    fake().here().virtual_timer = false;
}
u64 take_serror() {
    return std::exchange(fake().here().serror, 0);
}
void enter_guest(const GuestRegisters&) {
    throw test::GuestEntered{fake().cpu};
}

}  // namespace isthmus::arch
