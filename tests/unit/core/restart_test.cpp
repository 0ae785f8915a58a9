// SPDX-License-Identifier: Apache-2.0
// A domain that has stopped is built again: as boot built it, by the same plan, and it starts. On
// the booted machine's own domains; domU2's kernel is compressed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/domain/lifecycle.hpp"
#include "core/domain/rebuild.hpp"
#include "core/domain/refill.hpp"
#include "core/entry_points.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/memory/region_account.hpp"
#include "tests/unit/support/running_domains.hpp"

namespace isthmus::core {
namespace {

using test::fake;

class RestartTest : public test::RunningDomains {
  protected:
    /// One that has built a guest again falls asleep with the kick pending that says so, and wakes.
    static bool wake_and_schedule_on(usize cpu) { return schedule_on(cpu) || schedule_on(cpu); }
    /// The domain ends for this reason, and its CPU does what follows.
    static bool end(Domain& domain, StopReason reason) {
        EXPECT_TRUE(schedule_on(domain.vcpus[0].host_cpu));
        EXPECT_TRUE(stop_domain(domain, reason));
        on_kick(this_cpu());
        return wake_and_schedule_on(domain.vcpus[0].host_cpu);
    }
    static std::byte* ram(const Domain& domain, GuestAddress address) {
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            if (mapping.guest.contains(address)) {
                return fake().ram(mapping.host + (address - mapping.guest.start()));
            }
        }
        return nullptr;
    }
    /// All of its private RAM.
    static std::vector<std::byte> memory_of(const Domain& domain) {
        std::vector<std::byte> all;
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            if (is_private_ram(mapping)) {
                const std::byte* bytes = fake().ram(mapping.host);
                all.insert(all.end(), bytes, bytes + mapping.guest.size());
            }
        }
        return all;
    }
    static void spoil(const Domain& domain) {
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            if (is_private_ram(mapping)) {
                for (u64 at = 0; at < mapping.guest.size(); at += 512) {
                    *fake().ram(mapping.host + at) ^= std::byte{0x5a};
                }
            }
        }
    }
};

TEST_F(RestartTest, ItsMemoryIsAsAtTheFirstStart) {
    for (const usize index : {usize{0}, usize{1}}) {
        Domain& domain = domains()[index];
        ASSERT_TRUE(end(domain, StopReason::reset)) << "whatever other tests have left";
        const std::vector<std::byte> first = memory_of(domain);
        spoil(domain);
        ASSERT_NE(memory_of(domain), first);
        const u32 starts = domain.starts.load();
        ASSERT_TRUE(end(domain, StopReason::reset));
        EXPECT_TRUE(domain.is_running());
        EXPECT_EQ(domain.starts.load(), starts + 1);
        EXPECT_TRUE(memory_of(domain) == first) << index;
    }
}

TEST_F(RestartTest, TheKernelAndItsTreeAreThere) {
    Domain& domain = domains()[1];
    spoil(domain);
    ASSERT_TRUE(end(domain, StopReason::reset));
    const std::vector<std::byte>& kernel = test::booted().kernel;
    EXPECT_EQ(std::memcmp(ram(domain, GuestAddress(domain.vcpus[0].state.pc)), kernel.data(),
                          kernel.size()),
              0);
    EXPECT_EQ(ram(domain, domain.plan->tree_target.start())[0], std::byte{0xd0});
    EXPECT_EQ(domain.vcpus[0].registers.x[0], domain.plan->tree_target.start().raw());
}

TEST_F(RestartTest, ReferencesStayAndNothingOfItIsInIsthmussMap) {
    Domain& domain = domains()[0];
    const u64 free_pages = heap_free_pages();
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(end(domain, StopReason::reset));
        for (u32 region = 0; region < plan().regions.size(); ++region) {
            EXPECT_EQ(account_region(region).wrong_pages, 0U) << region;
        }
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            EXPECT_FALSE(is_private_ram(mapping) && fake().is_mapped(mapping.host));
        }
        EXPECT_FALSE(fake().is_mapped(domain.plan->kernel.host.start()));
    }
    EXPECT_EQ(heap_free_pages(), free_pages);
    EXPECT_NE(fake().output.find("is back: start"), std::string::npos);
    EXPECT_NE(fake().output.find("references as planned"), std::string::npos);
}

TEST_F(RestartTest, AnInterruptOfItsLastLifeIsGone) {
    Domain& domain = domains()[2];
    Vcpu& vcpu = domain.vcpus[0];
    ASSERT_TRUE(schedule_on(vcpu.host_cpu));
    const u32 uart = domain.plan->emulated[0].interrupts[0];
    domain.vgic.set_line(uart, true);
    ASSERT_TRUE(end(domain, StopReason::reset));
    EXPECT_EQ(vcpu.vgic->waiting.load(), 0U);
    constexpr u64 imsc = 0x38;
    EXPECT_EQ(test::read_emulated(vcpu, domain.plan->emulated[0].registers[0].start() + imsc), 0U);
}

TEST_F(RestartTest, TheOthersRunOn) {
    spoil(domains()[2]);
    const std::vector<std::byte> before = memory_of(domains()[2]);
    ASSERT_TRUE(end(domains()[0], StopReason::reset));
    EXPECT_TRUE(domains()[2].is_running());
    EXPECT_TRUE(memory_of(domains()[2]) == before);
}

TEST_F(RestartTest, ACrashStaysAnEnd) {
    Domain& domain = domains()[2];
    EXPECT_FALSE(end(domain, StopReason::crash));
    EXPECT_EQ(domain.state.load(), Domain::State::stopped);
    EXPECT_TRUE(order_start(domain));
    EXPECT_TRUE(wake_and_schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_TRUE(domain.is_running());
    EXPECT_FALSE(order_start(domain));  // it runs
}

TEST_F(RestartTest, AModuleThatHasChangedIsNotStarted) {
    Domain& domain = domains()[2];
    ASSERT_FALSE(domain.plan->kernel.sha256.empty());
    const HostRange module = domain.plan->kernel.host;
    for (const u64 at : {u64{0}, u64{511}, u64{512}, module.size() - 1}) {
        ASSERT_TRUE(schedule_on(domain.vcpus[0].host_cpu));
        std::byte& byte = *fake().ram(module.start() + at);
        byte ^= std::byte{1};
        EXPECT_FALSE(end(domain, StopReason::reset)) << at;
        EXPECT_EQ(domain.state.load(), Domain::State::stopped);
        EXPECT_NE(fake().output.find("domU3 stays stopped: a module of it is not what it was"),
                  std::string::npos);
        EXPECT_FALSE(fake().is_mapped(module.start()));
        byte ^= std::byte{1};
        EXPECT_TRUE(order_start(domain));
        EXPECT_TRUE(wake_and_schedule_on(domain.vcpus[0].host_cpu));
        EXPECT_TRUE(domain.is_running());
        fake().take_output();
    }
}

TEST_F(RestartTest, NorIsARamdiskThatHasChanged) {
    Domain& domain = domains()[2];
    ASSERT_TRUE(schedule_on(domain.vcpus[0].host_cpu));
    const dom0less::DomainPlan& planned = *domain.plan;
    dom0less::DomainPlan changed = planned;
    const std::string other(64, '0');  // the digest of nothing that is there
    changed.ramdisk = dom0less::ModulePlan{planned.kernel.host, "ramdisk", other};
    domain.plan = &changed;
    EXPECT_FALSE(end(domain, StopReason::reset));
    domain.plan = &planned;
    EXPECT_NE(fake().take_output().find("domU3 stays stopped: a module of it is not what it was"),
              std::string::npos);
    EXPECT_TRUE(order_start(domain));
    EXPECT_TRUE(wake_and_schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_TRUE(domain.is_running());
}

TEST_F(RestartTest, AnOrderedStopStaysWhateverItsAnswersSay) {
    Domain& domain = domains()[0];
    ASSERT_TRUE(schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_TRUE(order_stop(domain));
    EXPECT_FALSE(schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_EQ(domain.state.load(), Domain::State::stopped);
    EXPECT_FALSE(order_stop(domain));
}

TEST_F(RestartTest, AnOrderedRestart) {
    Domain& domain = domains()[0];
    ASSERT_TRUE(schedule_on(domain.vcpus[0].host_cpu));
    const u32 starts = domain.starts.load();
    EXPECT_TRUE(order_restart(domain));
    EXPECT_TRUE(wake_and_schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_TRUE(domain.is_running());
    EXPECT_EQ(domain.starts.load(), starts + 1);
}

TEST_F(RestartTest, APausedOneDoesNotRunUntilItIsResumed) {
    Domain& domain = domains()[2];
    const usize cpu = domain.vcpus[0].host_cpu;
    ASSERT_TRUE(schedule_on(cpu));
    EXPECT_TRUE(pause_domain(domain));
    EXPECT_FALSE(pause_domain(domain));
    on_kick(this_cpu());
    EXPECT_TRUE(this_cpu().leave_guest);
    EXPECT_FALSE(schedule_on(cpu));
    EXPECT_TRUE(domain.is_running());
    EXPECT_TRUE(resume_domain(domain));
    EXPECT_TRUE(schedule_on(cpu));
    EXPECT_FALSE(is_paused(domain));
}

TEST_F(RestartTest, APausedOneCanBeStopped) {
    Domain& domain = domains()[2];
    ASSERT_TRUE(schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_TRUE(pause_domain(domain));
    EXPECT_FALSE(schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_TRUE(order_stop(domain));
    EXPECT_FALSE(schedule_on(domain.vcpus[0].host_cpu));
    EXPECT_EQ(domain.state.load(), Domain::State::stopped);
}

}  // namespace
}  // namespace isthmus::core
