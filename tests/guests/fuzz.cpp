// SPDX-License-Identifier: Apache-2.0
// Random accesses to the emulated devices, from two CPUs at once, with interrupts coming in.
// `seed=` and `count=` in the arguments. All that is expected is that the guest lives to say
// "fuzz: ok".
#include "runtime/cpus.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/gic.hpp"
#include "runtime/gic_registers.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constinit Gic gic;
constinit volatile bool second_done = false;

/// xorshift64*.
class Random {
  public:
    explicit Random(u64 seed) : state_(seed * 2 + 1) {}
    u64 next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    u64 below(u64 limit) { return (next() >> 16) % limit; }

  private:
    u64 state_;
};

void handle_interrupt() {
    const u32 intid = gic.acknowledge();
    if ((intid & 0x3ff) < 1020) {
        gic.end(intid);
    }
    stop_timer();
}

/// An address in one of the windows, most often where registers are.
u64 choose(Random& random) {
    using namespace gic_registers;
    switch (random.below(8)) {
        case 0:
        case 1:
            return gic.distributor() + random.below(0x1000);
        case 2:
            return gic.distributor() + gicd_irouter + random.below(0x2000);
        case 3:
            return gic.distributor() + random.below(0x1'0000);
        case 4:
            return gic.redistributor() + sgi_frame + random.below(0x1000);
        case 5:
            return gic.redistributor() + random.below(3 * redistributor_size);
        case 6:
            return uart().base() + 4 + random.below(0xffc);  // not the data register
        default:
            return gic.distributor() + gicd_isenabler + random.below(0x300);
    }
}

void access(Random& random) {
    const unsigned size_log2 = static_cast<unsigned>(random.below(4));
    // Unaligned ones are rare: they all end the same way.
    const u64 mask = random.below(16) == 0 ? 0 : (u64{1} << size_log2) - 1;
    const u64 address = choose(random) & ~mask;
    const u64 value = random.below(4) == 0 ? ~u64{0} : random.next() & random.next();
    const bool write = random.below(2) != 0;
    u64 loaded = value;
    switch (size_log2) {
        case 0:
            return write ? write8(address, static_cast<u8>(value))
                         : static_cast<void>(read8(address));
        case 1:
            if (write) {
                asm volatile("strh %w0, [%1]" ::"r"(value), "r"(address) : "memory");
            } else {
                asm volatile("ldrsh %0, [%1]" : "=r"(loaded) : "r"(address) : "memory");
            }
            return;
        case 2:
            return write ? write32(address, static_cast<u32>(value))
                         : static_cast<void>(read32(address));
        default:
            return write ? write64(address, value) : static_cast<void>(read64(address));
    }
}

void step(Random& random) {
    switch (random.below(8)) {
        case 0:
            GUEST_WRITE_SYSREG(icc_sgi1r_el1, random.next() & 0xf00'000f);  // SGIs to both CPUs
            break;
        case 1:
            start_timer(now() + random.below(1000));
            break;
        case 2:
            unmask_irq();
            isb();
            mask_irq();
            break;
        default:
            static_cast<void>(catch_fault([&] { access(random); }));
            break;
    }
}

void run(u64 seed) {
    gic.open_cpu();
    Random random(seed);
    for (u64 left = tree().number_option("count", 20'000); left != 0; --left) {
        step(random);
    }
    mask_irq();
}

void second_cpu() {
    run(tree().number_option("seed", 1) + 1'000'000);
    second_done = true;
}

}  // namespace

void guest_main() {
    enable_mmu();
    if (!gic.open()) {
        return;
    }
    set_irq_handler(handle_interrupt);
    const bool two = tree().cpu(1) && start_cpu(1, second_cpu) == 0;
    run(tree().number_option("seed", 1));
    while (two && !second_done) {
        relax();
    }
    say("fuzz: ok");
}

}  // namespace isthmus::guest
