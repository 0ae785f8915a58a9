// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/arch/fake_smmu.hpp"

namespace isthmus::test {

using Opcodes = std::vector<u64>;

/// A driver in front of a FakeSmmu: two levels, 16 bits of VMID and of stream ID.
class Smmuv3Test : public ::testing::Test {
  protected:
    Smmuv3Test() {
        fake_smmu() = &hardware;
        hardware.registers[arch::smmu::idr0] =
            0x0844'0019;  // second stage, 16 bits of VMID, two levels
        hardware.registers[arch::smmu::idr1] = 0x0273'0010;
        hardware.registers[arch::smmu::idr5] = 0x14;
        hardware.registers[arch::smmu::cr0] = hardware.registers[arch::smmu::cr0ack] =
            1;  // as firmware may leave it
        smmu.open(arch::SmmuRegisters());
    }
    ~Smmuv3Test() override { EXPECT_EQ(hardware.unordered, 0U); }

    Result<void> start() { return smmu.start(streams, hardware.range(0, 64 * KiB)); }
    /// As a device would find it: abort without an entry, too.
    bool is_aborted(u32 stream) {
        const auto entry = hardware.lookup(stream);
        return !entry || *entry == arch::smmu::abort_entry() || entry->words[0] == 1;
    }
    bool is_shut() { return !hardware.is_enabled() && hardware.aborts_while_off(); }
    static arch::smmu::Stage2 guest(u64 vmid) {
        return {.vttbr = vmid << 48 | 0x4020'0000,
                .vtcr = arch::stage2_control(4, arch::guest_address_bits)->word};
    }

    FakeSmmu hardware;
    arch::Smmuv3 smmu;
    std::vector<arch::StreamIds> streams{{0x100, 4}, {0x2000, 1}};
};

}  // namespace isthmus::test
