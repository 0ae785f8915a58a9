// SPDX-License-Identifier: Apache-2.0
// A virtual GIC on the fake machine: vCPU n on CPU n, driven through the guest's own registers.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/vgic.hpp"
#include "isthmus/text.hpp"
#include "tests/unit/support/virtual_cpu.hpp"

namespace isthmus::core {

using State = arch::ListRegister::State;

/// What a list register holds, as text: "pending 32@a0", "active 27@80", "" when empty.
inline std::string shown(const arch::ListRegister& list) {
    static constexpr std::array names{"inactive", "pending", "active", "both"};
    if (list.state == State::inactive) {
        return "";
    }
    TextBuffer<64> text;
    print(text, "{} {}@{}", names[static_cast<usize>(list.state)], u32{list.intid},
          u32{list.priority});
    return std::string(text.view());
}

/// A GIC with `vcpus` vCPUs and 64 SPIs; both groups enabled, vCPUs resident.
class VgicTest : public ::testing::Test {
  protected:
    static constexpr u32 spi = 40;        ///< a level-sensitive SPI
    static constexpr u32 edge_spi = 41;   ///< an edge-triggered one
    static constexpr u32 other_spi = 42;  ///< level
    static constexpr u32 ppi = 30;

    void start(usize vcpus, unsigned list_registers = 4, u8 version = 3) {
        version_ = version;
        test::fake().restart();
        test::fake().list_registers = list_registers;
        cpus_ = std::vector<VgicCpu>(vcpus);
        spis_.assign(64, VirtualIrq{});
        guests_.clear();
        for (usize index = 0; index < vcpus; ++index) {
            cpus_[index].index = static_cast<u16>(index);
            cpus_[index].host_cpu = static_cast<u16>(index);
            cpus_[index].mpidr = static_cast<u32>(index);
            guests_.emplace_back(index);
        }
        gic.init(cpus_, spis_, version);
        for (usize index = 0; index < vcpus; ++index) {
            run(index);
        }
        test::fake().cpu = 0;
        write(gic::gicd_ctlr, 3);
        write(gic::icfgr + edge_spi / 16 * 4, 2u << (edge_spi % 16 * 2));
    }
    void SetUp() override { start(1); }

    /// CPU `index` begins, and ends, to run its vCPU.
    void run(usize index) {
        test::fake().cpu = index;
        gic.enter(cpus_[index]);
    }
    void stop(usize index) {
        test::fake().cpu = index;
        gic.leave(cpus_[index]);
    }

    // The guest's register accesses, from vCPU 0.
    void write(u64 offset, u64 value, unsigned size = 4) { write_from(0, offset, value, size); }
    void write_from(usize vcpu, u64 offset, u64 value, unsigned size = 4) {
        const usize caller = std::exchange(test::fake().cpu, vcpu);
        EXPECT_TRUE(version_ == 2 ? gic.write_distributor_v2(cpus_[vcpu], offset, size, value)
                                  : gic.write_distributor(cpus_[vcpu], offset, size, value));
        test::fake().cpu = caller;
    }
    u64 read(u64 offset, unsigned size = 4) { return read_from(0, offset, size); }
    u64 read_from(usize vcpu, u64 offset, unsigned size = 4) {
        const usize caller = std::exchange(test::fake().cpu, vcpu);
        const auto value = version_ == 2 ? gic.read_distributor_v2(cpus_[vcpu], offset, size)
                                         : gic.read_distributor(cpus_[vcpu], offset, size);
        test::fake().cpu = caller;
        return value.value_or(~u64{0});
    }
    bool in_redistributor(u32 intid) const { return intid < private_count && version_ == 3; }
    /// Writes the bit of one interrupt in a banked register, of vCPU 0's frame for private ones.
    void set_bit(u64 bank, u32 intid) {
        const u32 word = u32{1} << (intid % 32);
        if (in_redistributor(intid)) {
            EXPECT_TRUE(gic.write_redistributor(gic::sgi_frame + bank, 4, word));
        } else {
            write(bank + intid / 32 * 4, word);
        }
    }
    bool bit_of(u64 bank, u32 intid) {
        const u64 word = in_redistributor(intid)
                             ? gic.read_redistributor(gic::sgi_frame + bank, 4).value_or(0)
                             : read(bank + intid / 32 * 4);
        return ((word >> (intid % 32)) & 1) != 0;
    }
    void set_priority(u32 intid, u8 priority) {
        if (in_redistributor(intid)) {
            EXPECT_TRUE(
                gic.write_redistributor(gic::sgi_frame + gic::ipriorityr + intid, 1, priority));
        } else {
            write(gic::ipriorityr + intid, priority, 1);
        }
    }
    void enable(u32 intid, u8 priority = 0x80) {
        set_priority(intid, priority);
        set_bit(gic::isenabler, intid);
    }
    void route(u32 intid, u64 affinity) { write(gic::gicd_irouter + intid * 8, affinity, 8); }

    VgicCpu& cpu(usize index = 0) { return cpus_[index]; }
    test::VirtualCpu& guest(usize index = 0) { return guests_[index]; }
    std::string list(unsigned index, usize on = 0) {
        return shown(test::fake().cpus[on].lists[index]);
    }
    /// All that a CPU's list registers hold.
    std::string lists(usize on = 0) {
        std::string text;
        for (const arch::ListRegister& each : test::fake().cpus[on].lists) {
            text += shown(each).empty() ? "" : (text.empty() ? "" : ", ") + shown(each);
        }
        return text;
    }

    /// Takes kicks and maintenance interrupts on all CPUs until there are none. Fails on a storm.
    void settle() {
        test::FakeMachine& machine = test::fake();
        const usize caller = machine.cpu;
        int rounds = 0;
        for (bool again = true; again; ++rounds) {
            ASSERT_LT(rounds, 50) << "an interrupt storm";
            again = false;
            for (usize index = 0; index < cpus_.size(); ++index) {
                if (!machine.cpus[index].kicked && !machine.cpus[index].wants_maintenance()) {
                    continue;
                }
                machine.cpu = index;
                if (std::exchange(machine.cpus[index].kicked, false)) {
                    gic.take_kick(cpus_[index]);
                } else {
                    gic.refresh(cpus_[index]);
                }
                again = true;
            }
        }
        machine.cpu = caller;
    }

    Vgic gic;

  private:
    u8 version_ = 3;
    std::vector<VgicCpu> cpus_;
    std::vector<VirtualIrq> spis_;
    std::vector<test::VirtualCpu> guests_;
};

}  // namespace isthmus::core
