// SPDX-License-Identifier: Apache-2.0
// Pages that a guest names: only of its own private RAM, in the place that it says, until it stops.
// And what it asks for about itself.
#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/events.hpp"
#include "core/arm/xen/runstate.hpp"
#include "core/arm/xen/shown_pages.hpp"
#include "tests/unit/core/xen_fixture.hpp"

namespace isthmus::core::xen {
namespace {

using test::fake;

class XenPagesTest : public test::XenTest {
  protected:
    /// How many of its pages Isthmus's map shows.
    usize shown() {
        usize pages = 0;
        for (u64 page = 0; page < 64; ++page) {
            pages += fake().is_mapped(a.host + page * page_size) ? 1u : 0u;
        }
        return pages;
    }
};

TEST_F(XenPagesTest, ASharedPageStartsEmptyWhateverStoodThere) {
    std::memset(fake().ram(a.host + 8 * page_size), 0xa5, page_size);
    EXPECT_EQ(a.share(8), 0);
    EXPECT_EQ(a.shared().pending[3], 0u);
    EXPECT_EQ(a.shared().mask[63], 0u);
    EXPECT_EQ(shown(), 1u);
}

TEST_F(XenPagesTest, ItMovesWithAllThatIsInIt) {
    EXPECT_EQ(a.share(8), 0);
    a.shared().mask[0] = 0xff;
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_EQ(a.share(12), 0);
    EXPECT_TRUE(a.is_pending(a_port, 12));
    EXPECT_EQ(a.shared(12).mask[0], 0xffu);
    EXPECT_EQ(shown(), 1u);
    EXPECT_EQ(a.share(12), 0) << "to where it is";
    EXPECT_TRUE(a.is_pending(a_port, 12));
    EXPECT_EQ(shown(), 1u);
}

TEST_F(XenPagesTest, OnlyPrivateRam) {
    const auto frame = [&](u64 address) {
        return a.op(call::memory_op, memory::add_to_physmap,
                    AddToPhysmap{.domain = domid_self, .frame = address / page_size});
    };
    for (const dom0less::MappingPlan& mapping : a.guest.domain.plan->mappings) {
        const bool own = mapping.type == mm::MappingType::ram_rw;
        EXPECT_EQ(frame(mapping.guest.start().raw()), own ? 0 : einval);
    }
    EXPECT_EQ(frame(0x2200'0000), einval) << "a device's registers";
    EXPECT_EQ(frame(0), einval);
    for (const u64 number : {~u64{0}, u64{1} << 52, (u64{1} << 52) - 1, u64{1} << 28}) {
        EXPECT_EQ(a.op(call::memory_op, memory::add_to_physmap,
                       AddToPhysmap{.domain = domid_self, .frame = number}),
                  einval);
    }
}

TEST_F(XenPagesTest, OtherSpacesAndDomainsAreRefused) {
    const auto add = [&](AddToPhysmap what) {
        return a.op(call::memory_op, memory::add_to_physmap, what);
    };
    EXPECT_EQ(add({.domain = domid_self, .space = 1, .frame = a.ram / page_size}), enosys);
    EXPECT_EQ(add({.domain = domid_self, .index = 1, .frame = a.ram / page_size}), einval);
    EXPECT_EQ(add({.domain = 3, .frame = a.ram / page_size}), eperm);
    EXPECT_EQ(add({.domain = 40, .frame = a.ram / page_size}), esrch);
    EXPECT_EQ(a.op(call::memory_op, 0, std::array<u64, 4>{}), enosys);
    const auto give = [&](u32 command, Reservation what) {
        return a.op(call::memory_op, command, what);
    };
    EXPECT_EQ(give(memory::decrease_reservation, {.count = 4, .domain = domid_self}), 4);
    EXPECT_EQ(give(memory::populate_physmap, {.count = 4, .order = 6, .domain = domid_self}), 4);
    EXPECT_EQ(give(memory::populate_physmap, {.count = 4, .domain = 3}), eperm);
    for (const u32 order : {0u, 18u, 19u, 64u, ~0u}) {
        EXPECT_EQ(give(memory::decrease_reservation,
                       {.count = ~u64{0}, .order = order, .domain = domid_self}),
                  einval);
    }
    EXPECT_EQ(a.op(call::memory_op, 15, std::array<u64, 4>{}), enosys);
    EXPECT_EQ(a.op(call::memory_op, memory::maximum_reservation, u16{domid_self}),
              i64{test::booted_guest_bytes / page_size});
}

TEST_F(XenPagesTest, AVcpuNamesItsPlaceOnceAndIsToldToLook) {
    EXPECT_EQ(a.share(8), 0);
    EXPECT_EQ(a.register_info(9, page_size - sizeof(VcpuInfo)), 0);
    EXPECT_EQ(a.info(9, page_size - sizeof(VcpuInfo)).pending_words, ~u64{0});
    EXPECT_EQ(a.info(9, page_size - sizeof(VcpuInfo)).upcall_pending, 1u);
    EXPECT_EQ(a.interrupts(), 1u);
    EXPECT_EQ(a.register_info(9, 0), einval) << "again";
    EXPECT_EQ(a.register_info(9, 0, 9), enoent);
}

TEST_F(XenPagesTest, PlacesThatAreNone) {
    EXPECT_EQ(a.register_info(9, page_size - sizeof(VcpuInfo) + 8), einval);
    EXPECT_EQ(a.register_info(9, 4), einval);
    EXPECT_EQ(a.register_info(9, ~0u), einval);
    EXPECT_EQ(a.register_info(u64{1} << 40, 0), einval);
    a.guest.vcpu(1).power.store(Vcpu::Power::on);
    EXPECT_EQ(a.register_info(9, 0, 1), einval) << "one that runs does it itself";
    a.guest.vcpu(1).power.store(Vcpu::Power::off);
    EXPECT_EQ(a.register_info(9, 0, 1), 0);
    EXPECT_EQ(a.register_info(9, 0), 0) << "nothing was taken before";
}

TEST_F(XenPagesTest, AllInOnePage) {
    EXPECT_EQ(a.share(8), 0);
    EXPECT_EQ(a.register_info(8, 2048), 0);
    EXPECT_EQ(a.register_info(8, 2048, 1), 0) << "two in one place, if it wants";
    EXPECT_EQ(shown(), 1u);
    EXPECT_EQ(b.send(b_port), 0);
    EXPECT_EQ(a.share(12), 0);
    EXPECT_EQ(shown(), 2u);
    end_guest(a.guest.domain);
    while (forget_page(a.guest.domain)) {
    }
    EXPECT_EQ(shown(), 0u);
}

TEST_F(XenPagesTest, NothingIsShownOnceTheGuestHasStopped) {
    a.open_events();
    EXPECT_EQ(shown(), 2u);
    end_guest(a.guest.domain);
    EXPECT_TRUE(forget_page(a.guest.domain));
    EXPECT_TRUE(forget_page(a.guest.domain));
    EXPECT_FALSE(forget_page(a.guest.domain));
    EXPECT_EQ(shown(), 0u);
}

// --- Times ---

class XenRunstateTest : public XenPagesTest {
  protected:
    i64 register_area(u64 at, u64 vcpu = 0) {
        a.put(0x100, u64{a.ram + at});
        return a.call(call::vcpu_op, vcpu_command::register_runstate_memory_area, vcpu,
                      a.ram + 0x100);
    }
};

TEST_F(XenRunstateTest, ItSaysWhatTheVcpuDoesAndForHowLong) {
    constexpr u64 at = 20 * page_size + 64;
    EXPECT_EQ(register_area(at), 0);
    EXPECT_EQ(a.get<RunstateInfo>(at).state, RunstateInfo::running);
    EXPECT_EQ(a.get<RunstateInfo>(at).entered, fake().now * 1000);
    fake().now += 50;
    change_runstate(a.guest.vcpu(), RunstateInfo::blocked);
    fake().now += 7;
    change_runstate(a.guest.vcpu(), RunstateInfo::running);
    const auto seen = a.get<RunstateInfo>(at);
    EXPECT_EQ(seen.time[RunstateInfo::running], 50'000u);
    EXPECT_EQ(seen.time[RunstateInfo::blocked], 7'000u);
    EXPECT_EQ(seen.entered, fake().now * 1000);
}

TEST_F(XenRunstateTest, AcrossAPagesEnd) {
    constexpr u64 at = 21 * page_size - 24;
    EXPECT_EQ(register_area(at), 0);
    EXPECT_EQ(shown(), 2u);
    fake().now += 3;
    change_runstate(a.guest.vcpu(), RunstateInfo::runnable);
    EXPECT_EQ(a.get<RunstateInfo>(at).state, RunstateInfo::runnable);
    EXPECT_EQ(a.get<RunstateInfo>(at).time[RunstateInfo::running], 3'000u);
    EXPECT_EQ(register_area(22 * page_size), 0) << "elsewhere";
    EXPECT_EQ(shown(), 1u);
    EXPECT_EQ(register_area(~a.ram + 1), 0) << "nowhere: address 0";
    EXPECT_EQ(shown(), 0u);
    change_runstate(a.guest.vcpu(), RunstateInfo::running);
}

TEST_F(XenRunstateTest, TheFlagIsGoneAgain) {
    EXPECT_EQ(a.call(call::vm_assist, assist::enable, assist::runstate_update_flag), 0);
    EXPECT_EQ(register_area(20 * page_size), 0);
    change_runstate(a.guest.vcpu(), RunstateInfo::blocked);
    EXPECT_EQ(a.get<RunstateInfo>(20 * page_size).entered, fake().now * 1000);
    EXPECT_EQ(a.call(call::vm_assist, assist::disable, assist::runstate_update_flag), 0);
    EXPECT_EQ(a.call(call::vm_assist, assist::enable, 4), einval);
    EXPECT_EQ(a.call(call::vm_assist, 2, assist::runstate_update_flag), einval);
}

TEST_F(XenRunstateTest, PlacesThatAreNone) {
    EXPECT_EQ(register_area(20 * page_size + 4), einval);
    fake().unmapped_from = a.ram + 21 * page_size;
    EXPECT_EQ(register_area(21 * page_size - 24), efault) << "the second page";
    EXPECT_EQ(register_area(21 * page_size), efault);
    fake().unmapped_from = ~u64{0};
    EXPECT_EQ(register_area(0x2200'0000 - a.ram), efault);
    EXPECT_EQ(shown(), 0u);
    EXPECT_EQ(a.call(call::vcpu_op, 3, 0, a.ram), einval) << "is_up: as Xen for arm64";
}

TEST(XenTimeTest, ThereAndBack) {
    test::booted();
    fake().frequency = 62'500'000;
    EXPECT_EQ(system_time(62'500'001), 1'000'000'016u);
    EXPECT_EQ(ticks_of(1'000'000'016), 62'500'001u);
    EXPECT_GT(ticks_of(~u64{0}), u64{1} << 59);
    fake().frequency = 1'000'000;
}

// --- What it asks about itself ---

using XenAnswersTest = XenPagesTest;

TEST_F(XenAnswersTest, Version) {
    EXPECT_EQ(a.call(call::xen_version, version::version), 0x4'0011);
    EXPECT_EQ(a.call(call::xen_version, version::pagesize), 4096);
    EXPECT_EQ(a.call(call::xen_version, version::pagesize, a.ram), einval);
    EXPECT_EQ(a.call(call::xen_version, version::extraversion, a.ram), 0);
    EXPECT_STREQ(reinterpret_cast<const char*>(fake().ram(a.host)), ".isthmus");
    EXPECT_EQ(a.call(call::xen_version, version::capabilities, a.ram + page_size - 8), 0);
    EXPECT_EQ(std::memcmp(fake().ram(a.host + page_size - 8), "xen-3.0-aarch64 ", 17), 0);
    for (const u64 command : {2u, 4u, 5u, 8u, 9u}) {
        EXPECT_EQ(a.call(call::xen_version, command, a.ram), 0) << command;
        EXPECT_EQ(a.call(call::xen_version, command, 0), efault) << command;
    }
    EXPECT_EQ(a.call(call::xen_version, version::build_id, a.ram), eperm);
    EXPECT_EQ(a.call(call::xen_version, 11, a.ram), enosys);
}

TEST_F(XenAnswersTest, FeaturesOfAGuestThatIsNotDom0) {
    EXPECT_EQ(a.op(call::xen_version, version::get_features, FeatureInfo{.index = 0}), 0);
    EXPECT_EQ(a.get<FeatureInfo>().bits, 1u << 2 | 1u << 14 | 1u << 16);
    EXPECT_EQ(a.op(call::xen_version, version::get_features, FeatureInfo{.index = 1}), einval);
}

TEST_F(XenAnswersTest, ParametersOfTheConsoleAndNoStore) {
    const auto get = [&](u32 index) {
        EXPECT_EQ(
            a.op(call::hvm_op, hvm::get_param, HvmParam{.domain = domid_self, .index = index}), 0);
        return a.get<HvmParam>().value;
    };
    EXPECT_EQ(get(hvm::console_evtchn), 1u);
    EXPECT_EQ(get(hvm::console_pfn), a.ram / page_size + 40);
    EXPECT_EQ(get(hvm::store_evtchn), 0u);
    EXPECT_EQ(get(hvm::store_pfn), 0u);
    EXPECT_EQ(get(hvm::callback_irq) & 0xff, 31u);
    EXPECT_EQ(a.op(call::hvm_op, hvm::get_param, HvmParam{.domain = domid_self, .index = 99}),
              einval);
    EXPECT_EQ(a.op(call::hvm_op, hvm::get_param, HvmParam{.domain = 3, .index = 0}), eperm);
    EXPECT_EQ(a.op(call::hvm_op, hvm::set_param, HvmParam{.domain = domid_self, .index = 17}),
              eperm);
    EXPECT_EQ(a.op(call::hvm_op, hvm::set_param,
                   HvmParam{.domain = domid_self, .index = 0, .value = hvm::callback_ppi}),
              0);
    EXPECT_EQ(a.op(call::hvm_op, 5, HvmParam{}), enosys);
}

TEST_F(XenAnswersTest, WhatIsNotThere) {
    for (const u64 number : {0u, 1u, 13u, 15u, 20u, 33u, 35u, 36u, 63u}) {
        EXPECT_EQ(a.call(number, 0, a.ram), enosys) << number;
    }
}

}  // namespace
}  // namespace isthmus::core::xen
