// SPDX-License-Identifier: Apache-2.0
// What a reader of a plan gets to see: each field is changed, and what is printed has to change
// with it. The JSON shows everything; of text and report it is written down here what they do not
// show.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>

#include "dom0less/show/plan_text.hpp"
#include "tests/unit/support/full_plan.hpp"
#include "tests/unit/support/plan_changes.hpp"
#include "tools/plan/domain_text.hpp"
#include "tools/plan/json.hpp"
#include "tools/report/html.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

using dom0less::Plan;
using Fields = std::set<std::string_view>;

/// With all that the plan's indexes lead to, and one more of each.
class Machine {
  public:
    Machine() {
        host.cpus = cpus_;
        host.smmus = smmus_;
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;
    fdt::HostDescription host;

  private:
    static fdt::Smmu smmu(std::string_view path) {
        fdt::Smmu made;
        made.path = path;
        return made;
    }
    std::array<fdt::HostCpu, 4> cpus_;
    std::array<fdt::Smmu, 2> smmus_ = {smmu("/smmu0"), smmu("/smmu1")};
};

const fdt::HostDescription& machine() {
    static const Machine it;
    return it.host;
}

std::string json_of(const Plan& plan) {
    std::ostringstream text;
    JsonWriter json(text);
    write_plan(json, plan, machine(), {}, Arena({}), nullptr);
    return text.str();
}

std::string text_of_plan(const Plan& plan) {
    std::ostringstream text;
    StreamSink sink(text);
    print_plan(sink, plan, machine());
    print_host_map(sink, plan);
    for (const dom0less::DomainPlan& domain : plan.domains) {
        print_domain(sink, plan, domain, machine());
    }
    return text.str();
}

std::string report_of(const Plan& plan) {
    std::ostringstream page;
    write_maps(page, plan);
    write_tables(page, plan, machine());
    return page.str();
}

/// The fields of which no change is seen in what `print` makes of a plan.
Fields unseen(const std::function<std::string(const Plan&)>& print) {
    const test::FullPlan full;
    const auto trees = full.trees();
    const std::string original = print(full.plan);
    Fields tried;
    Fields seen;
    test::each_change(full.plan, {.field = {}, .path = "plan", .trees = trees},
                      [&](const Plan& changed, const test::Change& change) {
                          if (change.is_far || change.field == "Plan::boot_tree") {
                              return;
                          }
                          tried.insert(change.field);
                          if (print(changed) != original) {
                              seen.insert(change.field);
                          }
                      });
    Fields rest;
    std::ranges::set_difference(tried, seen, std::inserter(rest, rest.end()));
    return rest;
}

/// The hypervisor's own, which no table shows.
Fields arguments() {
    Fields names;
    for_each_field<dom0less::Options>([&](const auto& each) { names.insert(each.full_name()); });
    return names;
}

TEST(PlanShown, AllOfItInJson) {
    EXPECT_EQ(unseen(json_of), Fields{});
}

/// Arguments are as the tree has them; an SMMU shows in the streams, a region's nodes and parties
/// in its views.
TEST(PlanShown, InTextAllButThis) {
    Fields wanted = arguments();
    wanted.erase("Options::slice_ms");
    wanted.merge(Fields{"DevicePlan::is_behind_smmu", "HostUsePlan::region", "Plan::not_for_dom0",
                        "RegionPlan::id_cell", "RegionPlan::parties", "RegionPlan::path"});
    EXPECT_EQ(unseen(text_of_plan), wanted);
}

/// It is about places. Modules and nodes are named by the text.
TEST(PlanShown, InTheReportAllButThis) {
    Fields wanted = arguments();
    wanted.merge(Fields{"CpuPoolPlan::cpus",
                        "CpuPoolPlan::path",
                        "DevicePlan::is_behind_smmu",
                        "DevicePlan::is_coherent",
                        "DevicePlan::is_forced",
                        "DomainPlan::direct_map",
                        "DomainPlan::partial_tree",
                        "DomainPlan::path",
                        "GuestGicPlan::cpu_interface",
                        "GuestGicPlan::spis",
                        "GuestGicPlan::version",
                        "ModulePlan::path",
                        "Plan::not_for_dom0",
                        "Plan::pools",
                        "RegionPlan::id_cell",
                        "RegionPlan::parties",
                        "RegionPlan::path",
                        "EmulatedDevicePlan::kind",
                        "EmulatedDevicePlan::interrupts",
                        "EmulatedDevicePlan::number",
                        "SharedViewPlan::event_ports",
                        "XenPlan::grants"});
    EXPECT_EQ(unseen(report_of), wanted);
}

}  // namespace
}  // namespace isthmus::tools
