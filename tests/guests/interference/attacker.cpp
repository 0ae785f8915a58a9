// SPDX-License-Identifier: Apache-2.0
// The attacker floods Isthmus with one thing, do=NAME, until the victim has measured.
#include <array>

#include "interference/meeting.hpp"
#include "runtime/cpus.hpp"
#include "runtime/doorbells.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmu.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

extern "C" void interference_helper();

namespace isthmus::guest {
namespace {

constexpr u32 own_intid = 1;
constexpr u32 help_intid = 2;

constinit Gic gic;
constinit Meeting* met = nullptr;
constinit u32 timer = 0;
constinit u64 steps = 0;
constinit u64 bell = 0;
constinit u64 helper = 0;  ///< MPIDR of the guest's first CPU
constinit u32 rests = 0;   ///< the helper has told that it will turn itself off

void begin_turn() {
    met->in_turn.store(1);
}
void end_turn() {
    met->stamp.store(GUEST_READ_SYSREG(cntvct_el0));
    met->in_turn.store(0);
}

void on_interrupt() {
    const u32 acknowledged = gic.acknowledge();
    if (acknowledged == intid_none) {
        return;
    }
    if (acknowledged == timer) {
        GUEST_WRITE_SYSREG(cntv_ctl_el0, 0);
    }
    if (acknowledged == help_intid) {
        rests = 1;
    }
    gic.end(acknowledged);
}

void spin() {
    busy_step();
}

void call() {
    constexpr u64 unknown_hypercall = 63;
    xen_hypercall(unknown_hypercall);
}

void secure_call() {
    smc(psci::version);
}

void interrupt_itself() {
    gic.send_sgi_to_self(own_intid);
}

/// Due at once, again and again.
void take_timer() {
    start_timer(now());
}

void write_distributor() {
    using namespace gic_registers;
    constexpr u32 line = 40;  // nobody's
    constexpr u32 mask = u32{1} << line % 32;
    const u64 base = gic.distributor();
    const std::array<std::pair<u64, u32>, 8> writes{{
        {gicd_isenabler + line / 32 * 4, mask},
        {gicd_ispendr + line / 32 * 4, mask},
        {gicd_icfgr + line / 16 * 4, 0},
        {gicd_icpendr + line / 32 * 4, mask},
        {gicd_icenabler + line / 32 * 4, mask},
        {gicd_ipriorityr + line, 0xa0a0'a0a0},
        {gicd_ctlr, ctlr_affinity_routing | 3},
        {gicd_irouter + line * 8, 0},
    }};
    const auto& [offset, value] = writes[steps % writes.size()];
    write32(base + offset, value);
}

/// Whether the UART has room or not.
void write_byte() {
    write32(uart().base() + Uart::data, '.');
}

void write_line() {
    constexpr u64 length = 32;
    write32(uart().base() + Uart::data, steps % length == length - 1 ? '\n' : '.');
}

/// A call in between: a vCPU that does nothing but fault at one place is a crash (docs/traps.md).
void violate() {
    constexpr u64 nowhere = 0x1000'0000;
    static_cast<void>(catch_fault([] { write32(nowhere, 0); }));
    call();
}

/// Now and then of all TLBs, which ends QEMU's turn, and takes it long.
void maintain() {
    alignas(64) static u64 line[8];
    switch (steps % 16) {
        case 0:
            asm volatile("tlbi vmalle1is\ndsb sy\nisb" ::: "memory");
            break;
        case 4:
            asm volatile("ic ialluis\ndsb sy\nisb" ::: "memory");
            break;
        case 8:
            asm volatile("dc cisw, xzr\ndsb sy" ::: "memory");
            break;
        case 12:
            asm volatile("tlbi vaae1, xzr\ndsb sy" ::: "memory");
            break;
        default:
            asm volatile("dc civac, %0\ndsb sy" ::"r"(line) : "memory");
    }
}

/// With interrupts masked, so that none can be taken before WFI.
void sleep() {
    end_turn();
    wfi();
    unmask_irq();
    isb();
    mask_irq();
}

/// The guest's first CPU does nothing but to tell the second by an SGI, and is off again.
void switch_helper() {
    while (hvc(psci::affinity_info, helper, 0) != psci::affinity_off) {
        end_turn();
        relax();
    }
    const u64 self = GUEST_READ_SYSREG(mpidr_el1);
    const u64 sgi = (self & 0xff00) << 8 | u64{help_intid} << 24 | u64{1} << (self & 0xf);
    mask_irq();
    hvc(psci::cpu_on, helper, reinterpret_cast<u64>(interference_helper), sgi);
    while (__atomic_exchange_n(&rests, 0, __ATOMIC_RELAXED) == 0) {
        sleep();
    }
    unmask_irq();
}

void doze() {
    mask_irq();
    start_timer(now() + milliseconds(2) / 1000);
    sleep();
    unmask_irq();
}

void ring() {
    hvc(doorbell_ring, bell);
}

struct Attack {
    std::string_view name;
    void (*step)();
};
constexpr std::array attacks{
    Attack{"spin", spin},
    Attack{"hypercalls", call},
    Attack{"smcs", secure_call},
    Attack{"sgis", interrupt_itself},
    Attack{"timer", take_timer},
    Attack{"distributor", write_distributor},
    Attack{"uart-bytes", write_byte},
    Attack{"uart-lines", write_line},
    Attack{"violations", violate},
    Attack{"maintenance", maintain},
    Attack{"psci", switch_helper},
    Attack{"wfi", doze},
    Attack{"doorbells", ring},
};

void open_interrupts() {
    gic.open_cpu();
    timer = timer_intid();
    gic.enable(timer);
    gic.enable(own_intid);
    gic.enable(help_intid);
    unmask_irq();
}

[[noreturn]] void attack_without_end() {
    const std::string_view name = tree().option("do", "spin");
    void (*step)() = nullptr;
    for (const Attack& known : attacks) {
        step = known.name == name ? known.step : step;
    }
    if (step == nullptr) {
        die("interference: FAILED, no such attack");
    }
    open_interrupts();
    met->has_started.store(1);
    while (met->is_over.load() == 0) {
        begin_turn();
        const u64 begin = GUEST_READ_SYSREG(cntvct_el0);
        do {
            step();
            ++steps;
        } while (GUEST_READ_SYSREG(cntvct_el0) - begin < turn_instructions);
        end_turn();
        relax();
    }
    power_off();
}

}  // namespace

void attack(Meeting& meeting) {
    met = &meeting;
    if (!gic.open() || gic.version() != 3) {
        die("interference: FAILED, no GICv3");
    }
    set_irq_handler(on_interrupt);
    helper = tree().cpu(0).value_or(0);
    if (const auto bells = Doorbells::find(tree(), "meeting")) {
        bell = bells->bell("victim");
    }
    if (!tree().cpu(1)) {
        attack_without_end();
    }
    // The second attacks: where each has a CPU of the machine, its turn is the last before the
    // victim's. The first is turned off and on, or spins as well.
    if (start_cpu(1, attack_without_end) != 0) {
        die("interference: FAILED, no second CPU");
    }
    const bool spins = tree().option("do") == "spin";
    while (spins) {
        spin();
        relax();
    }
    hvc(psci::cpu_off);
    die("interference: FAILED, not off");
}

}  // namespace isthmus::guest
