// SPDX-License-Identifier: Apache-2.0
// Two domains with Xen's interface and a static channel: port 5 of the first is port 7 of the
// second.
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "core/arm/xen/abi.hpp"
#include "core/arm/xen/calls.hpp"
#include "core/arm/xen/guest.hpp"
#include "isthmus/arch/host_map.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::test {

/// A guest that makes hypercalls, with structures at places of its first RAM.
class XenSide {
  public:
    XenSide(usize index, dom0less::ChannelEndPlan end, bool has_console = false)
        : channels_{end}, guest(index), plan_(*guest.domain.plan) {
        for (const dom0less::MappingPlan& mapping : plan_.mappings) {
            if (mm::MappingType::ram_rw == mapping.type && ram == 0) {
                ram = mapping.guest.start().raw();
                host = mapping.host;
            }
        }
        const HostRange first = *HostRange::from(host, 64 * page_size);
        EXPECT_TRUE(arch::map_host(first, arch::HostAccess::read_write));
        std::memset(arch::host_pointer(host), 0, first.size());
        arch::publish_host(first);
        EXPECT_TRUE(arch::unmap_host(first));
        plan_.xen.interface = dom0less::XenInterface::node;
        plan_.xen.channels = channels_;
        if (has_console) {
            plan_.xen.console = *GuestRange::from(GuestAddress(ram + 40 * page_size), page_size);
            plan_.xen.console_port = 1;
        }
        guest.domain.plan = &plan_;
        EXPECT_TRUE(core::xen::make_guest(guest.domain));
    }
    ~XenSide() {
        core::xen::end_guest(guest.domain);
        while (core::xen::forget_page(guest.domain)) {
        }
    }
    XenSide(const XenSide&) = delete;
    XenSide& operator=(const XenSide&) = delete;

    /// As the guest does it: until the call is over.
    i64 call(u64 number, u64 x0, u64 x1 = 0, u64 x2 = 0, usize vcpu = 0) {
        registers.x[16] = number;
        registers.x[0] = x0;
        registers.x[1] = x1;
        registers.x[2] = x2;
        last = core::XenCall::done;
        const usize caller = std::exchange(fake().cpu, guest.vcpu(vcpu).host_cpu);
        core::this_cpu().current = &guest.vcpu(vcpu);
        if (!core::try_xen_call(guest.vcpu(vcpu), registers)) {
            do {
                last = core::serve_xen_call(guest.vcpu(vcpu), registers);
                ++pieces;
            } while (last == core::XenCall::again);
        }
        fake().cpu = caller;
        return static_cast<i64>(registers.x[0]);
    }
    /// With a structure at `at`, bytes behind the RAM's start.
    template <class T>
    i64 op(u64 number, u64 x0, T structure, u64 at = 0x100) {
        put(at, structure);
        return call(number, x0, ram + at);
    }
    template <class T>
    i64 event(u32 operation, T structure, u64 at = 0x100) {
        return op(core::xen::call::event_channel_op, operation, structure, at);
    }
    i64 send(u32 port) { return event(core::xen::evtchn::send, port); }
    template <class T>
    void put(u64 at, const T& structure) {
        std::memcpy(fake().ram(host + at), &structure, sizeof(T));
    }
    template <class T>
    T get(u64 at = 0x100) {
        T structure;
        auto* bytes = reinterpret_cast<std::byte*>(&structure);
        for (usize i = 0; i < sizeof(T); ++i) {  // it may cross a page's end
            bytes[i] = *seen(at + i);
        }
        return structure;
    }
    /// Memory as a guest sees it whose caches are on: through Isthmus's, where that sees it, too.
    std::byte* seen(u64 at) {
        return fake().is_mapped(host + at) ? arch::host_pointer(host + at) : fake().ram(host + at);
    }
    /// shared_info in page 8, vcpu_info of vCPU 0 in page 9; nothing is left to look at.
    void open_events() {
        EXPECT_EQ(share(8), 0);
        EXPECT_EQ(register_info(9, 0), 0);
        look();
        core::VirtualIrq& irq = guest.vcpu().vgic->private_irqs[31];
        irq.latched = false;
    }
    i64 share(u64 page) {
        using namespace core::xen;
        return op(core::xen::call::memory_op, memory::add_to_physmap,
                  AddToPhysmap{.domain = domid_self, .frame = ram / page_size + page});
    }
    i64 register_info(u64 page, u32 offset, u64 vcpu = 0) {
        using namespace core::xen;
        put(0x100, RegisterVcpuInfo{.frame = ram / page_size + page, .offset = offset});
        return call(core::xen::call::vcpu_op, vcpu_command::register_vcpu_info, vcpu, ram + 0x100);
    }
    core::xen::SharedInfo& shared(u64 page = 8) {
        return *core::xen::object_at<core::xen::SharedInfo>(seen(page * page_size));
    }
    core::xen::VcpuInfo& info(u64 page = 9, u64 offset = 0) {
        return *core::xen::object_at<core::xen::VcpuInfo>(seen(page * page_size + offset));
    }
    bool is_pending(u32 port, u64 page = 8) {
        return (shared(page).pending[port / 64] >> (port % 64) & 1) != 0;
    }
    /// The guest looks: what it was told is done.
    void look() {
        for (core::xen::VcpuInfo* told : {&info(), &shared().first}) {
            told->upcall_pending = 0;
            told->pending_words = 0;
        }
        shared().pending = {};
    }
    u64 interrupts(usize vcpu = 0) {
        const core::VirtualIrq& irq = guest.vcpu(vcpu).vgic->private_irqs[31];
        return irq.latched || irq.held ? 1 : 0;
    }

  private:
    std::array<dom0less::ChannelEndPlan, 1> channels_;

  public:
    FreshGuest guest;
    arch::GuestRegisters registers;
    u64 ram = 0;
    HostAddress host;
    core::XenCall last = core::XenCall::done;
    unsigned pieces = 0;

  private:
    dom0less::DomainPlan plan_;
};

class XenTest : public ::testing::Test {
  protected:
    static constexpr u32 a_port = 5, b_port = 7;

    XenTest() {
        fake().unmapped_from = ~u64{0};
        fake().read_only_from = ~u64{0};
        core::xen::connect_channels(a.guest.domain);
        core::xen::connect_channels(b.guest.domain);
    }
    ~XenTest() override {
        fake().unmapped_from = ~u64{0};
        fake().read_only_from = ~u64{0};
    }

    XenSide b{2, {.port = b_port, .peer = DomainId{1}, .peer_port = a_port, .path = {}}};
    XenSide a{0, {.port = a_port, .peer = DomainId{3}, .peer_port = b_port, .path = {}}, true};
};

}  // namespace isthmus::test
