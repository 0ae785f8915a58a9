// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/booted_machine.hpp"

#include <cstdlib>
#include <cstring>

#include "core/arm/vgic/mmio.hpp"
#include "core/device/models.hpp"
#include "core/entry_points.hpp"
#include "dom0less/show/digest.hpp"
#include "tests/unit/support/deflate_writer.hpp"
#include "tests/unit/support/kernel_bytes.hpp"
#include "tests/unit/support/opened_tree.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::test {
namespace {

constexpr u64 tree_at = 0x4800'0000;

std::string boot_tree() {
    constexpr int mib = booted_guest_bytes / MiB;
    const std::string all = "0 0x70000000 0 0x70000000 0 0x10000";
    const std::string window = "0 0x71000000 0 0x4000";
    std::string without_uart =
        domain(2,
               shm("s", "shared", all, "isthmus,access = \"ro\";") +
                   shm("w", "window", "0 0x71001000 0 0x2000", "isthmus,offset = <0 0x1000>;"),
               mib);
    without_uart.erase(without_uart.find("vpl011;"), 7);
    return machine("xen,xen-bootargs = \"on-last-off=poweroff\";\n" +
                   domain(1,
                          shm("s", "shared", all) + shm("w", "window", window, "role = \"owner\";"),
                          mib, 2) +
                   without_uart + domain(3, shm("s", "shared", all, "isthmus,status;"), mib));
}

/// domU3's module, whose digest the tree names.
constexpr u64 signed_module = 0x5300'0000;
constexpr u64 signed_bytes = 0xa000;

std::string with_digest(std::string tree, std::span<const std::byte> module) {
    const auto digest = dom0less::digest_text(dom0less::sha256_of(module));
    const std::string reg = "reg = <0 0x53000000 0 0x800000>;";
    return tree.replace(
        tree.find(reg), reg.size(),
        "reg = <0 0x53000000 0 0xa000>; isthmus,sha256 = \"" + std::string(digest.view()) + "\";");
}

BootedMachine boot_once() {
    BootedMachine result;
    result.kernel = kernel_bytes(0, 1 * MiB, 0xa, 40'000);
    const Bytes compressed = gzip_stored(result.kernel);
    FakeMachine& machine = fake();
    machine.restart();
    std::memset(machine.ram(HostAddress(0x7000'0000)), 0xee, 0x10000);
    for (const u64 module : {0x5100'0000u, 0x5200'0000u, 0x5300'0000u}) {
        const Bytes& file = module == 0x5200'0000u ? compressed : result.kernel;
        std::memcpy(machine.ram(HostAddress(module)), file.data(), file.size());
    }
    static const Blob tree = compile_dts(
        with_digest(boot_tree(), {machine.ram(HostAddress(signed_module)), signed_bytes}));
    try {
        core::boot(
            {tree, HostAddress(tree_at), *HostRange::from(HostAddress(0x4000'0000), 2 * MiB)});
    } catch (const GuestEntered& guest) {
        result.entered = true;
        result.entered_cpu = guest.cpu;
    } catch (const MachineStopped&) {
    }
    result.output = machine.take_output();
    result.code_bytes = machine.code_bytes;
    return result;
}

}  // namespace

const BootedMachine& booted() {
    static const BootedMachine result = boot_once();
    fake().restart();
    return result;
}

FreshGuest::FreshGuest(usize index) {
    booted();
    core::Domain& model = core::domains()[index];
    domain.plan = model.plan;
    domain.control = model.control;
    domain.map = model.map;
    domain.vcpus = std::span(vcpus_).first(model.vcpus.size());
    domain.console.init(domain.plan->name, TextForm::utf8);
    domain.state.store(core::Domain::State::running);
    domain.vcpus_on.store(1);
    for (core::Vcpu& vcpu : domain.vcpus) {
        const core::Vcpu& like = model.vcpus[static_cast<usize>(&vcpu - vcpus_.data())];
        vcpu.domain = &domain;
        vcpu.id = like.id;
        vcpu.host_cpu = like.host_cpu;
        vcpu.mpidr = like.mpidr;
        vcpu.vgic = &vgic_cpus_[vcpu.id];
        vcpu.vgic->index = static_cast<u16>(vcpu.id);
        vcpu.vgic->host_cpu = static_cast<u16>(vcpu.host_cpu);
        vcpu.vgic->mpidr = static_cast<u32>(vcpu.mpidr);
        vcpu.physical_deadline.fire = like.physical_deadline.fire;
        vcpu.physical_deadline.context = &vcpu;
        vcpu.console_deadline.fire = like.console_deadline.fire;
        vcpu.console_deadline.context = &vcpu;
    }
    vcpus_[0].power.store(core::Vcpu::Power::on);
    domain.vgic.init(std::span(vgic_cpus_).first(domain.vcpus.size()), spis_);
    if (!core::add_vgic_registers(domain) || !core::make_emulated_devices(domain)) {
        std::abort();
    }
    fake().cpu = vcpus_[0].host_cpu;
    core::this_cpu().current = &vcpus_[0];
    domain.vgic.enter(*vcpus_[0].vgic);
}

namespace {

const core::MmioDevice& device_with(const core::Domain& domain, GuestAddress address) {
    for (const core::MmioDevice& device : domain.devices) {
        if (device.range.contains(address)) {
            return device;
        }
    }
    std::abort();
}

}  // namespace

u64 read_emulated(core::Vcpu& vcpu, GuestAddress address) {
    const core::MmioDevice& device = device_with(*vcpu.domain, address);
    return device.read(device.model, vcpu, address - device.range.start(), 4).value_or(~u64{0});
}

bool write_emulated(core::Vcpu& vcpu, GuestAddress address, u64 value) {
    const core::MmioDevice& device = device_with(*vcpu.domain, address);
    return device.write(device.model, vcpu, address - device.range.start(), 4, value).has_value();
}

}  // namespace isthmus::test
