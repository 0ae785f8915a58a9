// SPDX-License-Identifier: Apache-2.0
// An SMMU for the driver's tests, as far as software can see one from outside: registers that
// acknowledge, a command queue that is consumed at once, memory. A test makes it misbehave.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "arch/arm64/smmu/smmuv3.hpp"

namespace isthmus::test {

class FakeSmmu {
  public:
    static constexpr u64 memory_start = 0x4000'0000;
    static constexpr u64 memory_size = 4 * MiB;

    FakeSmmu();

    u32 read(u64 offset) { return registers[offset]; }
    void write(u64 offset, u32 value);
    /// The Stream table as the hardware walks it: nothing when the ID leads to no entry.
    std::optional<arch::smmu::StreamEntry> lookup(u32 stream);
    /// Writes a record behind the last one, as if there were always room.
    void record(const arch::smmu::EventRecord& event);
    std::byte* memory(HostAddress address);
    HostRange range(u64 offset, u64 size) const {
        return *HostRange::from(HostAddress(memory_start + offset), size);
    }
    bool is_enabled() { return (registers[arch::smmu::cr0ack] & 1) != 0; }
    bool aborts_while_off() { return (registers[arch::smmu::gbpa] & (1u << 20)) != 0; }
    /// Opcodes of the commands since the last call.
    std::vector<u64> take_opcodes();

    std::map<u64, u32> registers;
    std::map<u64, u64> wide;  ///< 64-bit registers
    std::vector<std::pair<u64, u64>> writes;
    std::vector<arch::smmu::Command> commands;
    std::function<void(const arch::smmu::Command&)> on_command;
    u64 failing_opcode = 0;               ///< a command error
    u64 consumed_before_stuck = ~u64{0};  ///< commands until it does nothing any more
    std::map<u64, u32> deaf;              ///< registers that keep this value
    u64 now = 0;
    unsigned unordered = 0;  ///< writes to CMDQ_PROD with no barrier before

  private:
    void run_commands();

    std::vector<std::byte> bytes_;
    std::byte* base_ = nullptr;
    bool is_ordered_ = false;
    friend class arch::SmmuRegisters;
};

/// The one that SmmuRegisters speaks to; a test sets it.
FakeSmmu*& fake_smmu();

}  // namespace isthmus::test
