// SPDX-License-Identifier: Apache-2.0
// Kinds of devices that there are not yet: two frames and one interrupt of its own, many interrupts
// that are whichever are left, none at all.
#include "dom0less/devices/emulation.hpp"

#include <gtest/gtest.h>

#include "dom0less/emulated/kind.hpp"
#include "isthmus/guest_layout.hpp"
#include "tests/unit/support/full_plan.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::at_guest;

EmulatedPlace place_of(std::initializer_list<GuestRange> frames,
                       std::initializer_list<u32> interrupts) {
    EmulatedPlace place;
    for (const GuestRange& frame : frames) {
        EXPECT_TRUE(place.registers.push_back(frame));
    }
    for (const u32 intid : interrupts) {
        EXPECT_TRUE(place.interrupts.push_back(intid));
    }
    return place;
}

EmulatedPlace place_watchdog(const PlaceRequest& request) {
    EmulatedPlace place;
    if (request.direct_map) {
        place.why_not = "it bites";
        return place;
    }
    return place_of({at_guest(0x100'0000, 0x1000), at_guest(0x101'0000, 0x1000)}, {46});
}
EmulatedPlace place_doorbell(const PlaceRequest&) {
    return place_of({at_guest(0x102'0000, 0x1000)},
                    {any_interrupt, any_interrupt, any_interrupt, any_interrupt});
}
EmulatedPlace place_panic(const PlaceRequest&) {
    return place_of({at_guest(0x103'0000, 0x1000)}, {});
}

DeviceKind kind_of(u8 number, std::string_view name, EmulatedPlace (*place)(const PlaceRequest&)) {
    return {.kind = static_cast<EmulatedKind>(number),
            .name = name,
            .what = "the thing",
            .property = name,
            .dom0_has = nullptr,
            .place = place,
            .node_name = name,
            .compatible = name,
            .write_more = nullptr};
}

class EmulationTest : public testing::Test {
  protected:
    EmulationTest() {
        machine_.gic = fdt::Gic{};
        machine_.gic->version = 3;
        domain_.path = "/chosen/a";
        domain_.emulated = wanted_;
        system_.domains = {&domain_, 1};
        system_.devices = devices_;
        devices_[0].interrupts = lines_;
        devices_[1].interrupts = other_lines_;
    }
    const Emulation& plan() {
        result_ =
            plan_emulation({machine_, system_, options_, {}, {}}, {}, kinds_, arena_, findings_);
        EXPECT_EQ(result_.size(), 1u);
        return result_[0];
    }
    std::vector<u32> chosen() {
        const auto list = plan().devices;
        for (const EmulatedDevicePlan& device : list) {
            if (device.name == "doorbell") {
                return {device.interrupts.begin(), device.interrupts.end()};
            }
        }
        return {};
    }
    std::string finding() {
        TextBuffer<300> text;
        print_finding(text, findings_.items()[0]);
        return std::string(text.view());
    }

    std::array<DeviceKind, 3> kinds_ = {kind_of(0, "doorbell", place_doorbell),
                                        kind_of(1, "watchdog", place_watchdog),
                                        kind_of(2, "panic", place_panic)};
    std::array<EmulatedConfig, 3> wanted_ = {
        EmulatedConfig{static_cast<EmulatedKind>(0), "doorbell"},
        EmulatedConfig{static_cast<EmulatedKind>(1), "watchdog"},
        EmulatedConfig{static_cast<EmulatedKind>(2), "panic"}};
    std::array<fdt::Interrupt, 2> lines_ = {fdt::Interrupt{44, false}, fdt::Interrupt{27, false}};
    std::array<fdt::Interrupt, 1> other_lines_ = {fdt::Interrupt{47, true}};
    std::array<HostDevice, 2> devices_;
    fdt::HostDescription machine_;
    Options options_;
    DomainConfig domain_;
    SystemConfig system_;
    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 18);
    Arena arena_{memory_};
    Findings findings_{arena_};
    std::span<const Emulation> result_;
};

TEST_F(EmulationTest, FramesAndInterruptsAsTheKindsHaveThem) {
    const auto devices = plan().devices;
    ASSERT_EQ(devices.size(), 3u);
    EXPECT_EQ(devices[1].name, "watchdog");
    ASSERT_EQ(devices[1].registers.size(), 2u);
    EXPECT_EQ(devices[1].registers[1], at_guest(0x101'0000, 0x1000));
    ASSERT_EQ(devices[1].interrupts.size(), 1u);
    EXPECT_EQ(devices[1].interrupts[0], 46u);
    EXPECT_TRUE(devices[2].interrupts.empty());
    EXPECT_FALSE(findings_.has_errors());
}

TEST_F(EmulationTest, OpenInterruptsKeepClearOfWhatAKindInsistsOn) {
    EXPECT_EQ(chosen(), (std::vector<u32>{44, 45, 47, 48}));
}

TEST_F(EmulationTest, OpenInterruptsKeepClearOfAssignedDevices) {
    std::array<AssignedDeviceConfig, 2> assigned;
    assigned[0].host_device = 0;  // the other one has registers alone
    domain_.assigned = assigned;
    EXPECT_EQ(chosen(), (std::vector<u32>{45, 47, 48, 49}));
}

TEST_F(EmulationTest, OpenInterruptsOfADirectMappedGuestKeepClearOfTheWholeMachine) {
    domain_.direct_map = true;
    domain_.emulated = domain_.emulated.first(1);
    machine_.console = fdt::ConsoleUart{};
    machine_.console->intid = 45;
    EXPECT_EQ(chosen(), (std::vector<u32>{46, 48, 49, 50}));
}

TEST_F(EmulationTest, TheControllerHasAllOfThem) {
    domain_.nr_spis = 1;
    EXPECT_EQ(plan().gic.spis, 32u);
    std::array<fdt::Interrupt, 40> many;
    for (u32 i = 0; i < many.size(); ++i) {
        many[i].intid = 44 + i;
    }
    devices_[0].interrupts = many;
    domain_.direct_map = true;
    EXPECT_EQ(plan().gic.spis, 64u);
}

TEST_F(EmulationTest, NoPlaceIsAFinding) {
    domain_.direct_map = true;
    EXPECT_EQ(plan().devices.size(), 2u);
    EXPECT_EQ(finding(), "error[dom-direct-map] /chosen/a watchdog: it bites");
}

TEST_F(EmulationTest, NoInterruptLeftIsAFinding) {
    std::vector<fdt::Interrupt> all;
    for (u32 intid = 44; intid < 1018; ++intid) {
        all.push_back({intid, false});
    }
    devices_[0].interrupts = all;
    domain_.direct_map = true;
    domain_.emulated = domain_.emulated.first(1);
    plan();
    EXPECT_EQ(finding(),
              "error[dom-limit] /chosen/a doorbell: no shared interrupt is left for the thing");
}

TEST_F(EmulationTest, TooManyFramesAreAFinding) {
    const std::vector<EmulatedConfig> many(limits::emulated_frames + 1, wanted_[2]);
    domain_.emulated = std::span(many).first(limits::emulated_frames);
    plan();
    EXPECT_FALSE(findings_.has_errors());
    domain_.emulated = many;
    plan();
    EXPECT_EQ(finding(),
              "error[dom-limit] /chosen/a: its emulated devices have 21 ranges of registers, more "
              "than 20");
}

TEST_F(EmulationTest, NothingElseLiesWhereADeviceIs) {
    domain_.memory_bytes = 64 * MiB;
    // The layout knows the kinds that there are; frames are the plan's.
    const std::array<GuestRange, 2> frames = {at_guest(0x100'0000, 0x1000), guest_layout::uart};
    const std::array<EmulatedDevicePlan, 1> devices = {
        EmulatedDevicePlan{EmulatedKind::uart, 0, "uart", frames, {}}};
    const auto count = [&](GuestRange range) {
        usize found = 0;
        Emulation emulation;
        emulation.devices = devices;
        for (const shm::GuestUse& use : guest_fixtures(domain_, emulation, arena_)) {
            found += use.range == range ? 1u : 0u;
        }
        return found;
    };
    EXPECT_EQ(count(frames[0]), 1u);
    EXPECT_EQ(count(frames[1]), 1u) << "kept anyway";
    domain_.direct_map = true;
    EXPECT_EQ(count(frames[1]), 1u);
}

TEST(DeviceKinds, EachHasWhatTextsAndTreesNeed) {
    ASSERT_EQ(device_kinds().size(), emulated_kinds);
    for (const DeviceKind& kind : device_kinds()) {
        EXPECT_EQ(&device_kind(kind.kind), &kind);
        EXPECT_FALSE(kind.name.empty() || kind.what.empty());
        EXPECT_FALSE(kind.node_name.empty() || kind.compatible.empty());
        EXPECT_EQ(kind.property.empty(), kind.dom0_has == nullptr) << "who asks for it";
    }
}

}  // namespace
}  // namespace isthmus::dom0less
