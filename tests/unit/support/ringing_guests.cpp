// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/ringing_guests.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/arm/vgic/gic_registers.hpp"
#include "core/arm/vgic/mmio.hpp"
#include "core/device/doorbells.hpp"
#include "core/device/models.hpp"
#include "core/entry_points.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::test {
namespace {

constexpr usize bells_in_block = 4;

void require(bool done) {
    if (!done) {
        std::abort();
    }
}

}  // namespace

RingingGuests::RingingGuests(usize count, bool keep_when_off)
    : domains_(std::make_unique<core::Domain[]>(count)) {  // NOLINT(modernize-avoid-c-arrays)
    booted();
    fake().restart();
    fake().frequency = 10'000'000;
    for (usize index = 0; index < count; ++index) {
        guests_.push_back(std::make_unique<Guest>());
        make_plan(index, count, keep_when_off);
        build(index);
    }
    core::connect_doorbells(std::span(domains_.get(), count));
    fake().cpu = 0;
}

RingingGuests::~RingingGuests() {
    fake().restart();
}

void RingingGuests::make_plan(usize index, usize count, bool keep_when_off) {
    Guest& guest = *guests_[index];
    guest.plan = *core::domains()[0].plan;
    guest.plan.id = static_cast<DomainId>(index + 1);
    for (usize peer = 0; peer < count; ++peer) {
        if (peer != index) {
            guest.bells.push_back({.region = 0,
                                   .peer = static_cast<DomainId>(peer + 1),
                                   .peer_bell = static_cast<u32>(bell(peer, index)),
                                   .intid = bell_intid,
                                   .keep_when_off = keep_when_off});
        }
    }
    const usize blocks = (count - 1 + bells_in_block - 1) / bells_in_block;
    for (usize block = 0; block < blocks; ++block) {
        guest.frames.push_back(*GuestRange::from(gpio_at + block * page_size, page_size));
        guest.interrupts.push_back(first_gpio_intid + static_cast<u32>(block));
    }
    for (usize block = 0; block < blocks; ++block) {
        guest.devices.push_back({.kind = dom0less::EmulatedKind::gpio,
                                 .number = static_cast<u32>(block),
                                 .name = "gpio",
                                 .registers = std::span(guest.frames).subspan(block, 1),
                                 .interrupts = std::span(guest.interrupts).subspan(block, 1)});
    }
    guest.plan.doorbells = guest.bells;
    guest.plan.emulated = guest.devices;
}

void RingingGuests::build(usize index) {
    Guest& guest = *guests_[index];
    core::Domain& domain = domains_[index];
    domain.plan = &guest.plan;
    domain.vcpus = std::span(&guest.vcpu, 1);
    domain.state.store(core::Domain::State::running);
    domain.vcpus_on.store(1);
    guest.vcpu.domain = &domain;
    guest.vcpu.vgic = &guest.vgic;
    guest.vcpu.host_cpu = static_cast<u32>(index);
    guest.vcpu.power.store(core::Vcpu::Power::on);
    guest.vgic.host_cpu = static_cast<u16>(index);
    domain.vgic.init(std::span(&guest.vgic, 1), guest.spis);
    require(core::add_vgic_registers(domain).has_value());
    require(core::make_doorbells(domain).has_value());
    require(core::make_emulated_devices(domain).has_value());
    fake().cpu = index;
    core::this_cpu().current = &guest.vcpu;
    domain.vgic.enter(guest.vgic);
    guest.interface = std::make_unique<VirtualCpu>(index);
    require(domain.vgic.write_distributor(guest.vgic, gic::gicd_ctlr, 4, 3).has_value());
}

bool RingingGuests::ring(usize from, u64 number) {
    fake().cpu = from;
    return core::ring_doorbell(vcpu(from), number);
}

u64 RingingGuests::read_gpio(usize guest, u64 offset, usize number) {
    fake().cpu = guest;
    return read_emulated(vcpu(guest), gpio_at + number * page_size + offset);
}

void RingingGuests::write_gpio(usize guest, u64 offset, u64 value, usize number) {
    fake().cpu = guest;
    require(write_emulated(vcpu(guest), gpio_at + number * page_size + offset, value));
}

void RingingGuests::enable(usize guest, u32 intid) {
    fake().cpu = guest;
    core::Vgic& vgic = domain(guest).vgic;
    require(vgic.write_distributor(*vcpu(guest).vgic, gic::isenabler + intid / 32 * 4, 4,
                                   u32{1} << (intid % 32))
                .has_value());
    require(vgic.write_distributor(*vcpu(guest).vgic, gic::icfgr + intid / 16 * 4, 4,
                                   intid == bell_intid ? 2u << (intid % 16 * 2) : 0u)
                .has_value());
}

u32 RingingGuests::next_interrupt(usize guest) {
    fake().cpu = guest;
    if (fake().here().kicked || fake().here().wants_maintenance()) {
        fake().here().kicked = false;
        core::on_kick(core::this_cpu());
    }
    const u32 intid = guests_[guest]->interface->acknowledge();
    if (intid != spurious) {
        guests_[guest]->interface->end(intid);
    }
    return intid;
}

void RingingGuests::pass(u64 ticks) {
    const u64 end = fake().now + ticks;
    for (;;) {
        const auto& cpus = fake().cpus;
        const auto* const next =
            std::min_element(cpus.begin(), cpus.end(), [](const FakeCpu& one, const FakeCpu& other) {
                return one.deadline < other.deadline;
            });
        if (next->deadline > end) {
            break;
        }
        fake().now = std::max(fake().now, next->deadline);
        fake().cpu = static_cast<usize>(next - cpus.begin());
        core::on_deadline(core::this_cpu());
    }
    fake().now = end;
}

}  // namespace isthmus::test
