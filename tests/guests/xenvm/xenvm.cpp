// SPDX-License-Identifier: Apache-2.0
// A program that starts as Zephyr does on its board `xenvm`, whose sources are not in Debian: the
// same steps in the same order, in words of our own. Followed: arch/arm64/core (header.S, reset.S,
// reset.c, prep_c.c, mmu.c), drivers/interrupt_controller (intc_gic.c, intc_gicv3.c),
// drivers/timer/arm_arch_timer.c, drivers/serial (uart_pl011.c, uart_hvc_xen_consoleio.c) of
// github.com/zephyrproject-rtos/zephyr, built for the Non-secure state. It is linked to 0x40000000,
// the addresses of Xen's guest layout and the GIC's version are compiled in, no tree is read.
// Not here: threads, several CPUs, and the shared page of Xen's interface.
#include "xenvm/xenvm.hpp"

#include "runtime/mmio.hpp"
#include "runtime/system_register.hpp"

namespace isthmus::xenvm {

using namespace guest;
using namespace std::string_view_literals;

namespace {

constexpr u32 timer_intid = 27;
constexpr u32 uart_intid = 32;
constexpr u32 sgi = 1;
constexpr u64 wanted_ticks = 10;
constexpr u64 ticks_a_second = 100;

// Written by interrupts.
volatile u64 ticks = 0;
volatile u64 sgis = 0;
volatile u64 uart_interrupts = 0;

u64 cycles_a_tick = 0;
u64 last_cycle = 0;
bool is_highest_level = false;

alignas(4096) u64 table[512];

u64 current_level() {
    return GUEST_READ_SYSREG(currentel) >> 2 & 3;
}

/// Of those that ID_AA64PFR0_EL1 shows.
u64 highest_level() {
    const u64 levels = GUEST_READ_SYSREG(id_aa64pfr0_el1) & 0xffff;
    return (31 - static_cast<u64>(__builtin_clz(static_cast<u32>(levels)))) / 4;
}

/// 4 KiB granule, 32 bits of address, so one table of four blocks: devices, then RAM.
void init_mmu() {
    constexpr u64 block = 1, accessed = 1u << 10, inner_shareable = 3u << 8;
    constexpr u64 normal = 1u << 2, never_execute = u64{3} << 53;
    if ((GUEST_READ_SYSREG(sctlr_el1) & 1) != 0) {
        fail("the MMU is on already"sv);
    }
    if ((GUEST_READ_SYSREG(id_aa64mmfr0_el1) >> 28 & 0xf) == 0xf) {
        fail("no pages of 4 KiB"sv);
    }
    table[0] = block | accessed | never_execute;
    table[1] = u64{0x4000'0000} | block | accessed | inner_shareable | normal;
    dsb();
    GUEST_WRITE_SYSREG(mair_el1, 0xff00);  // 0: Device-nGnRnE, 1: Normal Write-Back
    GUEST_WRITE_SYSREG(tcr_el1, u64{1} << 23 | u64{3} << 12 | u64{1} << 10 | u64{1} << 8 | 32);
    GUEST_WRITE_SYSREG(ttbr0_el1, reinterpret_cast<u64>(table));
    isb();
    GUEST_WRITE_SYSREG(sctlr_el1, GUEST_READ_SYSREG(sctlr_el1) | 1u << 0 | 1u << 2);
    isb();
}

void init_timer() {
    cycles_a_tick = GUEST_READ_SYSREG(cntfrq_el0) / ticks_a_second;
    GUEST_WRITE_SYSREG(cntv_ctl_el0, GUEST_READ_SYSREG(cntv_ctl_el0) | 1);
    last_cycle = GUEST_READ_SYSREG(cntvct_el0) / cycles_a_tick * cycles_a_tick;
    GUEST_WRITE_SYSREG(cntv_cval_el0, last_cycle + cycles_a_tick);
    gic::enable(timer_intid);
    GUEST_WRITE_SYSREG(cntv_ctl_el0, GUEST_READ_SYSREG(cntv_ctl_el0) & ~u64{2});
}

void take_tick() {
    const u64 passed = (GUEST_READ_SYSREG(cntvct_el0) - last_cycle) / cycles_a_tick;
    last_cycle += passed * cycles_a_tick;
    GUEST_WRITE_SYSREG(cntv_cval_el0, last_cycle + cycles_a_tick);
    GUEST_WRITE_SYSREG(cntv_ctl_el0, GUEST_READ_SYSREG(cntv_ctl_el0) & ~u64{2});
    ticks = ticks + 1;
}

/// Sleeps with interrupts masked, as an idle thread does, and takes what woke it.
template <class IsTrue>
void idle_until(IsTrue is_true) {
    while (!is_true()) {
        dsb();
        wfi();
        unmask_irq();
        isb();
        mask_irq();
    }
}

void show_start() {
    print("xenvm: EL"sv);
    print_number(current_level());
    print(" of "sv);
    print_number(highest_level());
    print(is_highest_level ? ", the highest"sv : ", not the highest"sv);
    print(", "sv);
    print(gic::name);
    print(", timer at "sv);
    print_number(GUEST_READ_SYSREG(cntfrq_el0));
    print(" Hz\n"sv);
}

/// Floating point is the program's own from the start.
void use_floating_point() {
    u64 bits = 0;
    asm volatile(".arch_extension fp\nfmov d0, #1.0\nfadd d0, d0, d0\nfmov %0, d0" : "=r"(bits));
    if (bits != 0x4000'0000'0000'0000) {
        fail("1 + 1 is not 2"sv);
    }
}

[[noreturn]] void switch_off() {
    register u64 x0 asm("x0") = 0x8400'0008;  // PSCI SYSTEM_OFF
    asm volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
    while (true) {
        wfi();
    }
}

}  // namespace

void print(std::string_view text) {
    for (const char letter : text) {
        register u64 x0 asm("x0") = 0;  // CONSOLEIO_write
        register u64 x1 asm("x1") = 1;
        register const char* x2 asm("x2") = &letter;
        register u64 x16 asm("x16") = 18;  // console_io
        asm volatile("hvc #0xea1" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(x16) : "x3", "x4", "memory");
    }
}

void print_number(u64 value) {
    if (value >= 10) {
        print_number(value / 10);
    }
    const char digit = static_cast<char>('0' + value % 10);
    print({&digit, 1});
}

void fail(std::string_view what) {
    print("xenvm: "sv);
    print(what);
    print(", FAILED\n"sv);
    switch_off();
}

extern "C" {

extern const char xenvm_vectors[];
extern u64 xenvm_bss[], xenvm_bss_end[];

/// On a stack and with nothing else: .bss is not cleared yet.
void xenvm_highest_level_init() {
    if (current_level() >= highest_level()) {
        GUEST_WRITE_SYSREG(cntfrq_el0, 8'320'000);  // the highest level's to write
    }
    isb();
}

void xenvm_el1_init() {
    constexpr u64 reserved_ones = 0x30d0'0800;
    GUEST_WRITE_SYSREG(vbar_el1, reinterpret_cast<u64>(xenvm_vectors));
    isb();
    GUEST_WRITE_SYSREG(cpacr_el1, 3u << 20);
    GUEST_WRITE_SYSREG(sctlr_el1,
                       GUEST_READ_SYSREG(sctlr_el1) | reserved_ones | 1u << 12 | 1u << 3);
    GUEST_WRITE_SYSREG(cntv_cval_el0, ~u64{0});
    isb();
}

void xenvm_interrupt() {
    const u32 acknowledged = gic::acknowledge();
    const u32 intid = acknowledged & 0x3ff;
    if (intid == timer_intid) {
        take_tick();
    } else if (intid == uart_intid) {
        uart_interrupts = uart_interrupts + 1;
        uart::handle();
    } else if (intid == sgi) {
        sgis = sgis + 1;
    } else if (intid < gic::spurious) {
        fail("an interrupt that nobody asked for"sv);
    }
    if (intid < gic::spurious) {
        gic::end(acknowledged);
    }
}

void xenvm_fault() {
    print("xenvm: ESR "sv);
    print_number(GUEST_READ_SYSREG(esr_el1));
    print(" at "sv);
    print_number(GUEST_READ_SYSREG(elr_el1));
    fail(" an exception"sv);
}

void xenvm_prepare() {
    GUEST_WRITE_SYSREG(tpidrro_el0, reinterpret_cast<u64>(table));
    for (volatile u64* word = xenvm_bss; word != xenvm_bss_end; ++word) {
        *word = 0;
    }
    is_highest_level = current_level() >= highest_level();
    init_mmu();
    gic::init();
    show_start();
    use_floating_point();

    init_timer();
    idle_until([] { return ticks >= wanted_ticks; });
    print("xenvm: ticks ok\n"sv);

    gic::enable(sgi);
    gic::send_to_self(sgi);
    idle_until([] { return sgis == 1; });
    print("xenvm: SGI ok\n"sv);

    uart::init();
    uart::print("xenvm: a line by a PL011\n"sv);
    gic::enable(uart_intid);
    uart::start_printing("xenvm: a line by interrupts of it\n"sv);
    idle_until([] { return !uart::is_printing(); });
    print(uart_interrupts >= 5 ? "xenvm: UART ok\n"sv : "xenvm: UART FAILED\n"sv);
    print("xenvm: ok\n"sv);
    switch_off();
}

}  // extern "C"

}  // namespace isthmus::xenvm
