// SPDX-License-Identifier: Apache-2.0
// The virtual GIC with few list registers against a GIC that needs none. Random devices, SGIs and
// register writes on one or two CPUs; guests acknowledge and end. Whatever a guest gets must be
// what the model may deliver, most urgent first; in the end nothing is left undelivered.
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/arch/list_registers.hpp"
#include "tests/property/core_vgic_model.hpp"
#include "tests/unit/support/virtual_cpu.hpp"

namespace isthmus::core {
namespace {

using State = arch::ListRegister::State;
using test::fake;
using test::spurious;

constexpr std::array<u32, 4> privates{1, 2, 20, 21};  // two SGIs, an edge and a level PPI
constexpr std::array<u32, 7> shareds{32, 33, 34, 35, 36, 37, 38};
constexpr u32 host_spi = 38;
constexpr u32 host_intid = 138;
constexpr u32 edge_ppi = 20;

bool is_edge_spi(u32 intid) {
    return intid == 34 || intid == 35 || intid == 37 || intid == host_spi;
}

/// Both sides, driven together.
class Pair {
  public:
    Pair(usize cpus, unsigned list_registers, u32 seed)
        : model(cpus), states_(cpus), spis_(32), count_(cpus) {
        fake().restart();
        fake().list_registers = list_registers;
        for (usize cpu = 0; cpu < cpus; ++cpu) {
            states_[cpu].index = static_cast<u16>(cpu);
            states_[cpu].host_cpu = static_cast<u16>(cpu);
            states_[cpu].mpidr = static_cast<u32>(cpu);
            guests_.emplace_back(cpu);
        }
        gic.init(states_, spis_);
        gic.connect_shared(host_spi, host_intid, true);  // tests/model has a level-sensitive one
        distributor(gic::gicd_ctlr, 3);
        for (const u32 intid : shareds) {
            model.at(0, intid).edge = is_edge_spi(intid);
            set_priority(0, intid, (seed = seed * 1103515245 + 12345) >> 16);
        }
        distributor(gic::icfgr + 8, 2u << 4 | 2u << 6 | 2u << 10 | 2u << 12);
        for (usize cpu = 0; cpu < cpus; ++cpu) {
            fake().cpu = cpu;
            gic.enter(states_[cpu]);
            start_private(cpu, seed);
        }
    }

    /// Kicks and maintenance interrupts of the CPUs from `first` to before `end`.
    void settle(usize first, usize end) {
        int rounds = 0;
        for (bool again = true; again; ++rounds) {
            RC_ASSERT(rounds < 100);  // an interrupt storm
            again = false;
            for (usize cpu = first; cpu < end; ++cpu) {
                test::FakeCpu& machine = fake().cpus[cpu];
                if (std::exchange(machine.kicked, false) || machine.wants_maintenance()) {
                    fake().cpu = cpu;
                    gic.refresh(states_[cpu]);
                    again = true;
                }
            }
        }
    }
    void settle() { settle(0, count_); }

    void acknowledge(usize cpu, bool all_settled) {
        settle(all_settled ? 0 : cpu, all_settled ? count_ : cpu + 1);
        fake().cpu = cpu;
        const u32 intid = guests_[cpu].acknowledge();
        if (intid == spurious) {
            RC_ASSERT(!all_settled || model.next_priority(cpu) == 0x100);
            return;
        }
        RC_ASSERT(model.may_deliver(cpu, intid));
        RC_ASSERT(!all_settled || model.at(cpu, intid).priority == model.next_priority(cpu));
        model.acknowledge(cpu, intid);
        take_maintenance(cpu);
    }
    void end(usize cpu) {
        if (model.is_handling(cpu)) {
            guests_[cpu].end(model.end(cpu));
            take_maintenance(cpu);
        }
    }
    /// It comes at once, while a kick from another CPU may take its time. Once is enough.
    void take_maintenance(usize cpu) {
        if (fake().cpus[cpu].wants_maintenance()) {
            gic.refresh(states_[cpu]);
        }
        RC_ASSERT(!fake().cpus[cpu].wants_maintenance());
    }
    void set_line(usize cpu, u32 intid, bool level) {
        if (intid == host_spi) {
            raise_host();
        } else if (intid < 16) {
            send_sgi(cpu, intid, level ? 3 : 1u << cpu);
        } else if (intid == edge_ppi) {
            model.at(cpu, intid).latched = true;
            gic.raise_private(states_[cpu], intid);
        } else {
            model.set_line(cpu, intid, level);
            gic.set_private_line(states_[cpu], intid, level);
        }
    }
    void raise_host() {
        if (raised_ == fake().deactivated.size()) {  // else the machine does not signal it again
            ++raised_;
            model.at(0, host_spi).latched = true;
            gic.raise_host(host_spi);
        }
    }
    void send_sgi(usize sender, u32 intid, u32 list) {
        for (usize cpu = 0; cpu < count_; ++cpu) {
            model.at(cpu, intid).latched |= ((list >> cpu) & 1) != 0;
        }
        gic.send_sgi(states_[sender], u64{intid} << 24 | list);
    }
    void write_bit(usize cpu, u32 intid, u64 bank) {
        const u32 word = u32{1} << (intid % 32);
        if (intid < private_count) {
            redistributor(cpu, bank, word);
        } else {
            distributor(bank + intid / 32 * 4, word);
        }
    }
    void enable(usize cpu, u32 intid, bool on) {
        model.at(cpu, intid).enabled = on;
        write_bit(cpu, intid, on ? gic::isenabler : gic::icenabler);
    }
    void set_pending(usize cpu, u32 intid, bool on) {
        if (on && intid == host_spi) {
            return;
        }
        model.at(cpu, intid).latched = on;
        write_bit(cpu, intid, on ? gic::ispendr : gic::icpendr);
    }
    /// Only what no guest is handling: an end that the hardware counts does not say of what.
    void set_active(usize cpu, u32 intid, bool on) {
        model::Interrupt& irq = model.at(cpu, intid);
        if (intid == host_spi || (irq.active && !irq.active_by_register)) {
            return;
        }
        irq.active = on;
        irq.active_by_register = on;
        write_bit(cpu, intid, on ? gic::isactiver : gic::icactiver);
    }
    void route(u32 intid, usize target) {
        model.at(0, intid).target = target < count_ ? target : model::Gic::nobody;
        distributor(gic::gicd_irouter + intid * 8, target, 8);
    }
    void enable_group(bool on) {
        model.group_enabled = on;
        distributor(gic::gicd_ctlr, on ? 2 : 0);
    }
    /// Off and on again.
    void reset(usize cpu, u32 seed) {
        gic.reset(states_[cpu]);
        while (model.is_handling(cpu)) {
            model.end(cpu);
        }
        model.reset(cpu);
        guests_[cpu].reset();
        start_private(cpu, seed);
        gic.refresh(states_[cpu]);  // as whenever a vCPU begins to run
    }

    void check_lists();
    void drain();

    model::Gic model;
    Vgic gic;

  private:
    void distributor(u64 offset, u64 value, unsigned size = 4) {
        RC_ASSERT(gic.write_distributor(states_[0], offset, size, value).has_value());
    }
    void redistributor(usize cpu, u64 bank, u64 value, unsigned size = 4) {
        const u64 offset = cpu * gic::redistributor_size + gic::sgi_frame + bank;
        RC_ASSERT(gic.write_redistributor(offset, size, value).has_value());
    }
    /// Five steps, so that many are equal.
    void set_priority(usize cpu, u32 intid, u32 random) {
        const u8 priority = static_cast<u8>(random % 5 * 0x20);
        model.at(cpu, intid).priority = priority;
        if (intid < private_count) {
            redistributor(cpu, gic::ipriorityr + intid, priority, 1);
        } else {
            distributor(gic::ipriorityr + intid, priority, 1);
        }
    }
    void start_private(usize cpu, u32 seed) {
        redistributor(cpu, gic::icfgr + 4, 2u << ((edge_ppi - 16) * 2));
        for (const u32 intid : privates) {
            model::Interrupt& irq = model.at(cpu, intid);
            irq.target = cpu;
            irq.enabled = intid < 16;
            irq.edge = intid < 16 || intid == edge_ppi;
            set_priority(cpu, intid, (seed = seed * 1103515245 + 12345) >> 16);
        }
    }

    std::vector<VgicCpu> states_;
    std::vector<VirtualIrq> spis_;
    std::vector<test::VirtualCpu> guests_;
    usize count_;
    usize raised_ = 0;
};

/// After everything has settled, what waits in a list register may be delivered there, and nothing
/// stands in two of them.
void Pair::check_lists() {
    std::vector<u32> shared_seen;
    for (usize cpu = 0; cpu < count_; ++cpu) {
        for (const arch::ListRegister& list : fake().cpus[cpu].lists) {
            if (list.state == State::inactive) {
                continue;
            }
            const model::Interrupt& irq = model.at(cpu, list.intid);
            if (list.state != State::active) {
                RC_ASSERT(irq.enabled && model.group_enabled && irq.target == cpu);
                RC_ASSERT(irq.pending());
            }
            RC_ASSERT((list.state == State::pending) == !irq.active);
            if (list.intid >= private_count) {
                RC_ASSERT(std::count(shared_seen.begin(), shared_seen.end(), list.intid) == 0);
                shared_seen.push_back(list.intid);
            }
        }
    }
}

/// Everything is allowed from now on; guests handle what comes and devices are satisfied.
void Pair::drain() {
    enable_group(true);
    for (const u32 intid : shareds) {
        set_active(0, intid, false);
        enable(0, intid, true);
        route(intid, 0);
    }
    for (usize cpu = 0; cpu < count_; ++cpu) {
        for (const u32 intid : privates) {
            set_active(cpu, intid, false);
            enable(cpu, intid, true);
        }
    }
    for (int round = 0; round < 200; ++round) {
        for (usize cpu = 0; cpu < count_; ++cpu) {
            fake().cpu = cpu;
            acknowledge(cpu, true);
            for (const u32 intid : {21u, 32u, 33u, 36u}) {
                if (model.at(cpu, intid).active) {
                    fake().cpu = cpu;
                    model.set_line(cpu, intid, false);
                    gic.set_private_line(states_[cpu], intid, false);
                }
            }
            end(cpu);
        }
    }
    settle();
    for (usize cpu = 0; cpu < count_; ++cpu) {
        RC_ASSERT(!model.is_handling(cpu));
        RC_ASSERT(model.next_priority(cpu) == 0x100);
        fake().cpu = cpu;
        gic.refresh(states_[cpu]);
        RC_ASSERT(states_[cpu].used == 0);
        RC_ASSERT(states_[cpu].queued_words == 0);
        RC_ASSERT(states_[cpu].parked_active == 0);
        RC_ASSERT(!fake().cpus[cpu].maintenance.no_pending);
    }
    RC_ASSERT(fake().deactivated.size() == raised_);
}

/// One step: what, where and to which interrupt are parts of one random number.
void step(Pair& pair, u32 word, usize cpus) {
    const usize cpu = (word >> 4) % cpus;
    const bool flag = ((word >> 6) & 1) != 0;
    const u32 pick = (word >> 8) % (privates.size() + shareds.size());
    const u32 intid = pick < privates.size() ? privates[pick] : shareds[pick - privates.size()];
    fake().cpu = cpu;
    switch (word % 16) {
        case 0:
        case 1:
        case 2:
            return pair.acknowledge(cpu, flag);
        case 3:
        case 4:
            return pair.end(cpu);
        case 5:
        case 6:
        case 7:
            return pair.set_line(cpu, intid, true);
        case 8:
            return pair.set_line(cpu, intid, false);
        case 9:
        case 10:
            return pair.enable(cpu, intid, (word >> 12) % 4 != 0);
        case 11:
            return pair.set_pending(cpu, intid, flag);
        case 12:
            return pair.set_active(cpu, intid, (word >> 12) % 4 == 0);
        case 13:
            return intid < private_count ? pair.settle() : pair.route(intid, (word >> 12) % 3);
        case 14:
            return pair.enable_group((word >> 12) % 4 != 0);
        default:
            if ((word >> 12) % 8 == 0) {
                return pair.reset(cpu, word);
            }
            pair.settle();
            return pair.check_lists();
    }
}

void run(usize cpus, unsigned list_registers) {
    const auto words = *rc::gen::scale(
        4.0, rc::gen::container<std::vector<u32>>(rc::gen::inRange<u32>(0, 1u << 20)));
    const auto seed = *rc::gen::inRange<u32>(0, 1000);
    Pair pair(cpus, list_registers, seed);
    for (const u32 intid : shareds) {
        pair.enable(0, intid, true);
    }
    for (const u32 word : words) {
        step(pair, word, cpus);
    }
    pair.drain();
}

RC_GTEST_PROP(VgicProperty, OneCpuOneListRegister, ()) {
    run(1, 1);
}
RC_GTEST_PROP(VgicProperty, OneCpuTwoListRegisters, ()) {
    run(1, 2);
}
RC_GTEST_PROP(VgicProperty, OneCpuFourListRegisters, ()) {
    run(1, 4);
}
RC_GTEST_PROP(VgicProperty, TwoCpusOneListRegister, ()) {
    run(2, 1);
}
RC_GTEST_PROP(VgicProperty, TwoCpusTwoListRegisters, ()) {
    run(2, 2);
}
RC_GTEST_PROP(VgicProperty, TwoCpusThreeListRegisters, ()) {
    run(2, 3);
}
RC_GTEST_PROP(VgicProperty, TwoCpusFourListRegisters, ()) {
    run(2, 4);
}

}  // namespace
}  // namespace isthmus::core
