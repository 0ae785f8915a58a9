// SPDX-License-Identifier: Apache-2.0
#include "core/device/gpio.hpp"

#include <array>

#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"

namespace isthmus::core {
namespace {

// Offsets (DDI 0190, 3.2).
constexpr u64 gpiodata_end = 0x400;  ///< the address names the lines: bits 9:2 are their mask
constexpr u64 gpiodir = 0x400;
constexpr u64 gpiois = 0x404;
constexpr u64 gpioibe = 0x408;
constexpr u64 gpioiev = 0x40c;
constexpr u64 gpioie = 0x410;
constexpr u64 gpioris = 0x414;
constexpr u64 gpiomis = 0x418;
constexpr u64 gpioic = 0x41c;
constexpr u64 gpioafsel = 0x420;
constexpr u64 identification = 0xfe0;

/// GPIOPeriphID0 to 3: part 0x061, designer 0x41 (Arm), revision 0; GPIOPCellID0 to 3 (DDI 0190,
/// 3.3.11 and 3.3.12).
constexpr std::array<u8, 8> identity{0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static_assert(bells_in_gpio_block == 8 / 2);  // lines
constexpr u8 ring_lines = 0b0101'0101;

constexpr u8 mask_of(u64 offset) {
    return static_cast<u8>(offset >> 2);
}

}  // namespace

/// An input that is level-sensitive asks for as long as it has the level, and every input is low
/// but for the moment of a pulse. What came while a line was neither waits until it is.
u8 GpioRegisters::raw_status() const {
    const u32 inputs = ~u32{outputs_};
    const u32 low = levels_ & ~u32{event_};
    return static_cast<u8>(inputs & ((latched_.load(Order::seq_cst) & ~u32{levels_}) | low));
}

u64 GpioRegisters::read_locked(u64 offset) const {
    switch (offset) {
        case gpiodir:
            return outputs_;
        case gpiois:
            return levels_;
        case gpioibe:
            return both_edges_;
        case gpioiev:
            return event_;
        case gpioie:
            return enabled_.load();
        case gpioris:
            return raw_status();
        case gpiomis:
            return raw_status() & enabled_.load();
        case gpioafsel:
            return alternate_;
        default:
            return 0;
    }
}

u64 GpioRegisters::read(u64 offset) {
    if (offset >= identification) {
        const u64 index = (offset - identification) / 4;
        return offset % 4 == 0 && index < identity.size() ? identity[index] : 0;
    }
    const LockGuard guard(lock_);
    if (offset < gpiodata_end) {
        return data_ & outputs_ & mask_of(offset);
    }
    return read_locked(offset);
}

void GpioRegisters::write_locked(u64 offset, u8 value) {
    switch (offset) {
        case gpiodir:
            outputs_ = value;
            break;
        case gpiois:
            levels_ = value;
            break;
        case gpioibe:
            both_edges_ = value;
            break;
        case gpioiev:
            event_ = value;
            break;
        case gpioie:
            enabled_.store(value, Order::seq_cst);
            break;
        case gpioic:
            latched_.fetch_and(~u32{value});
            break;
        case gpioafsel:
            alternate_ = value;
            break;
        default:
            break;
    }
}

u8 GpioRegisters::write(u64 offset, u64 value) {
    const auto byte = static_cast<u8>(value);
    const LockGuard guard(lock_);
    if (offset >= gpiodata_end) {
        write_locked(offset, byte);
        return 0;
    }
    const u8 written = mask_of(offset) & static_cast<u8>(outputs_);
    data_ = static_cast<u8>((data_ & ~written) | (byte & written));
    return byte & written;
}

void GpioRegisters::reset() {
    const LockGuard guard(lock_);
    data_ = 0;
    both_edges_ = 0;
    event_ = 0;
    alternate_ = 0;
    outputs_ = 0;
    levels_ = 0;
    enabled_.store(0, Order::seq_cst);
    latched_.store(0, Order::seq_cst);
}

bool GpioRegisters::line() {
    const LockGuard guard(lock_);
    return (raw_status() & enabled_.load()) != 0;
}

void Gpio::update_line() {
    // Who sets the line last has looked again since: a pulse, or another vCPU's write, may come
    // between the look at the state and the setting of the line.
    bool level = false;
    do {
        level = registers.line();
        domain->vgic.set_line(intid, level);
    } while (registers.line() != level);
}

namespace {

Result<u64> read_gpio(Gpio& block, Vcpu&, u64 offset, unsigned) {
    return block.registers.read(offset);
}

Result<void> write_gpio(Gpio& block, Vcpu& vcpu, u64 offset, unsigned, u64 value) {
    const u8 high = block.registers.write(offset, value);
    if (offset >= gpiodata_end) {
        block.update_line();
        return {};
    }
    for (u32 left = high & ring_lines; left != 0; left &= left - 1) {
        const auto line = static_cast<u32>(__builtin_ctz(left));
        static_cast<void>(ring_doorbell(vcpu, block.number * bells_in_gpio_block + line / 2));
    }
    return {};
}

}  // namespace

Result<void> make_gpio(Domain& domain, const dom0less::EmulatedDevicePlan& plan) {
    Gpio& block = ISTHMUS_TRY(allocate_objects<Gpio>(1))[0];
    block.domain = &domain;
    block.number = plan.number;
    block.intid = plan.interrupts[0];
    connect_gpio(domain, plan.number, block);
    ISTHMUS_TRY(add_reset(domain, block.registers));
    return add_device(domain, mmio_device<read_gpio, write_gpio>(plan.registers[0], block));
}

}  // namespace isthmus::core
