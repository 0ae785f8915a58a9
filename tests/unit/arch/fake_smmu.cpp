// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/arch/fake_smmu.hpp"

#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/time.hpp"

#include <cstring>

namespace isthmus::test {

using namespace arch::smmu;

FakeSmmu*& fake_smmu() {
    static FakeSmmu* the_smmu = nullptr;
    return the_smmu;
}

FakeSmmu::FakeSmmu() : bytes_(2 * memory_size, std::byte{0xa5}) {
    const u64 start = reinterpret_cast<u64>(bytes_.data());
    base_ = bytes_.data() + (align_up(start, memory_size) - start);
}

std::byte* FakeSmmu::memory(HostAddress address) {
    if (address.raw() - memory_start >= memory_size) {
        std::abort();
    }
    return base_ + (address.raw() - memory_start);
}

std::vector<u64> FakeSmmu::take_opcodes() {
    std::vector<u64> opcodes;
    for (const Command& command : std::exchange(commands, {})) {
        opcodes.push_back(command::Opcode::get(command[0]));
    }
    return opcodes;
}

void FakeSmmu::write(u64 offset, u32 value) {
    writes.emplace_back(offset, value);
    const auto is_deaf = deaf.find(offset);
    registers[offset] = is_deaf == deaf.end() ? value : is_deaf->second;
    if (offset == cr0) {
        write(cr0ack, value);
    } else if (offset == irq_ctrl) {
        write(irq_ctrlack, value);
    } else if (offset == gbpa && is_deaf == deaf.end()) {
        registers[gbpa] &= ~gbpa_field::update;
    } else if (offset == cmdq_prod) {
        run_commands();
    }
}

void FakeSmmu::run_commands() {
    const QueueShape queue{static_cast<unsigned>(queue_field::Log2size::get(wide[cmdq_base]))};
    const HostAddress base(wide[cmdq_base] & queue_field::Addr::mask);
    while ((registers[cr0] & cr0_field::cmdqen) != 0 && consumed_before_stuck != 0 &&
           !queue.is_empty(registers[cmdq_prod], registers[cmdq_cons])) {
        Command command{};
        std::memcpy(&command, memory(base + queue.index(registers[cmdq_cons]) * sizeof(Command)),
                    sizeof(Command));
        if (failing_opcode != 0 && command::Opcode::get(command[0]) == failing_opcode) {
            registers[gerror] ^= gerror_field::cmdq_err;
            consumed_before_stuck = 0;
            return;
        }
        commands.push_back(command);
        if (on_command) {
            on_command(command);
        }
        --consumed_before_stuck;
        registers[cmdq_cons] = queue.next(registers[cmdq_cons]);
    }
}

std::optional<StreamEntry> FakeSmmu::lookup(u32 stream) {
    const u64 cfg = registers[strtab_base_cfg];
    HostAddress table(wide[strtab_base] & strtab_field::Addr::mask);
    u64 index = stream;
    if (stream >> strtab_field::Log2size::get(cfg) != 0) {
        return std::nullopt;
    }
    if (strtab_field::Fmt::get(cfg) == strtab_field::fmt_two_level) {
        const u64 bits = strtab_field::Split::get(cfg);
        u64 descriptor = 0;
        std::memcpy(&descriptor, memory(table + (index >> bits) * 8), 8);
        index &= (u64{1} << bits) - 1;
        const u64 span = descriptor & 0x1f;
        if (span == 0 || index >= u64{1} << (span - 1)) {
            return std::nullopt;
        }
        table = HostAddress(descriptor & 0x00ff'ffff'ffff'ffc0);
    }
    StreamEntry entry;
    std::memcpy(&entry, memory(table + index * sizeof(StreamEntry)), sizeof(StreamEntry));
    return entry;
}

void FakeSmmu::record(const EventRecord& event) {
    const QueueShape queue{static_cast<unsigned>(queue_field::Log2size::get(wide[eventq_base]))};
    const HostAddress base(wide[eventq_base] & queue_field::Addr::mask);
    const u32 prod = registers[eventq_prod];
    std::memcpy(memory(base + queue.index(prod) * sizeof(EventRecord)), &event, sizeof(event));
    registers[eventq_prod] = queue.next(prod) | (prod & queue_field::overflow);
}

}  // namespace isthmus::test

namespace isthmus::arch {

using test::fake_smmu;

u32 SmmuRegisters::read32(u64 offset) const {
    return fake_smmu()->read(offset);
}
u64 SmmuRegisters::read64(u64 offset) const {
    return fake_smmu()->wide[offset];
}
void SmmuRegisters::write32(u64 offset, u32 value) const {
    if (offset == smmu::cmdq_prod && value != 0 && !fake_smmu()->is_ordered_) {
        ++fake_smmu()->unordered;
    }
    fake_smmu()->is_ordered_ = false;
    fake_smmu()->write(offset, value);
}
void SmmuRegisters::write64(u64 offset, u64 value) const {
    fake_smmu()->wide[offset] = value;
}
void SmmuRegisters::order() const {
    fake_smmu()->is_ordered_ = true;
}

u64 counter() {
    return ++fake_smmu()->now;
}
u64 counter_frequency() {
    return 100;
}
std::byte* host_pointer(HostAddress address) {
    return fake_smmu()->memory(address);
}

}  // namespace isthmus::arch
