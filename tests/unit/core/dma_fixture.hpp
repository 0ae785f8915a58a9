// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "core/device/dma.hpp"
#include "isthmus/finding.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::test {

/// A domain with a device behind each of two SMMUs.
class DmaTest : public ::testing::Test {
  protected:
    DmaTest() : guest_(1), domain_(*guest_.domain.plan) {
        booted();
        fake().lines.clear();
        fake().smmus = {};
        smmus_[0].path = "/smmu0";
        smmus_[0].event_intid = 90;
        smmus_[1].path = "/smmu1";
        host_.smmus = smmus_;
        domain_.devices = devices_;
        domain_.streams = streams_;
        guest_.domain.plan = &domain_;
        guest_.domain.control.vttbr = 0x77;
        plan_.domains = {&domain_, 1};
    }
    ~DmaTest() override { fake().restart(); }

    std::string check() {
        Findings findings(arena_);
        core::check_smmus(plan_, host_, findings);
        std::string rules;
        for (const Finding& finding : findings.items()) {
            rules += std::string(finding.rule->name) + " ";
        }
        return rules;
    }
    Result<void> hold() { return core::hold_devices(plan_, host_, {&guest_.domain, 1}); }
    void support(arch::SmmuSupport first, arch::SmmuSupport second) {
        fake().smmus[0].support = first;
        fake().smmus[1].support = second;
    }

    std::vector<std::byte> memory_ = std::vector<std::byte>(1 << 16);
    Arena arena_{memory_};
    FreshGuest guest_;
    dom0less::DomainPlan domain_;
    dom0less::Plan plan_;
    fdt::HostDescription host_;
    std::array<fdt::Smmu, 2> smmus_;
    std::array<dom0less::DevicePlan, 2> devices_{
        {{"/a", "/a in the partial tree", {}, false, true}, {"/b", "/b", {}, true, true}}};
    std::array<fdt::StreamRange, 2> streams_{{{0, 5, 1}, {1, 0x100, 0x100}}};
};

}  // namespace isthmus::test
