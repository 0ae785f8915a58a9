// SPDX-License-Identifier: Apache-2.0
// What booting leaves behind, from a device tree to the first instruction of a guest.
#include <gtest/gtest.h>

#include <cstring>

#include "core/memory/machine_memory.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::booted;
using test::fake;

const dom0less::MappingPlan* mapping_at(const Domain& domain, GuestAddress address) {
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        if (mapping.guest.contains(address)) {
            return &mapping;
        }
    }
    return nullptr;
}

/// Where a guest address is in host memory, by the plan.
HostAddress host_of(const Domain& domain, GuestAddress address) {
    const dom0less::MappingPlan* mapping = mapping_at(domain, address);
    return mapping == nullptr ? HostAddress() : mapping->host + (address - mapping->guest.start());
}

TEST(Boot, KernelsAreMadeFitForExecution) {
    // Of an Image as it is all that may belong to it, but no more than its module has; of a
    // compressed one what it was.
    constexpr u64 image_size = 1 * MiB;
    constexpr u64 signed_module = 0xa000;
    EXPECT_EQ(booted().code_bytes, image_size + signed_module + booted().kernel.size());
}

TEST(Boot, EndsInTheFirstGuestOfTheBootCpu) {
    EXPECT_TRUE(booted().entered) << booted().output;
    EXPECT_EQ(booted().entered_cpu, 0U);
    EXPECT_EQ(domains().size(), 3U);
}

TEST(Boot, SaysWhatItDoes) {
    const std::string& said = booted().output;
    EXPECT_NE(said.find("isthmus| Isthmus "), std::string::npos);
    EXPECT_NE(said.find("on test machine"), std::string::npos);
    EXPECT_NE(said.find("domU1"), std::string::npos);
    EXPECT_NE(said.find("window"), std::string::npos);
    EXPECT_EQ(said.find("error"), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), said.find("\r\n") + 1);
}

TEST(Boot, EveryDomainIsReadyToRun) {
    booted();
    const std::array<usize, 3> vcpus{2, 1, 1};
    for (usize index = 0; index < 3; ++index) {
        Domain& domain = domains()[index];
        ASSERT_EQ(domain.vcpus.size(), vcpus[index]);
        const Vcpu& first = domain.vcpus[0];
        EXPECT_EQ(first.registers.x[0], domain.plan->tree_target.start().raw());
        EXPECT_EQ(first.mpidr, 0U);
        EXPECT_EQ(first.state.vmpidr, 0U);
        EXPECT_EQ(domain.devices.size(), 2U + domain.plan->emulated.size());
        EXPECT_EQ(domain.control.vttbr >> 48, index + 1);  // each its own VMID
        EXPECT_EQ(first.vgic->host_cpu, first.host_cpu);
    }
    EXPECT_TRUE(domains()[1].plan->emulated.empty());
}

TEST(Boot, TheKernelLiesWhereItIsEntered) {
    const std::vector<std::byte>& kernel = booted().kernel;
    for (Domain& domain : domains()) {
        const GuestAddress entry(domain.vcpus[0].state.pc);
        EXPECT_TRUE(domain.plan->kernel_window.contains(entry));
        EXPECT_EQ(std::memcmp(fake().ram(host_of(domain, entry)), kernel.data(), kernel.size()), 0);
    }
}

TEST(Boot, TheGuestsTreeLiesWhereItIsTold) {
    booted();
    for (Domain& domain : domains()) {
        const std::byte* tree = fake().ram(host_of(domain, domain.plan->tree_target.start()));
        EXPECT_EQ(tree[0], std::byte{0xd0});
        EXPECT_EQ(tree[3], std::byte{0xed});
    }
}

TEST(Boot, GuestMemoryIsNotInIsthmussMapAnyMore) {
    booted();
    for (const Domain& domain : domains()) {
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            const bool is_written_for_ever =
                mapping.region && plan().regions[*mapping.region].is_system();
            EXPECT_EQ(fake().is_mapped(mapping.host), is_written_for_ever) << mapping.host.raw();
        }
        EXPECT_FALSE(fake().is_mapped(domain.plan->kernel.host.start()));
    }
}

TEST(Boot, TheMapTranslatesAsPlanned) {
    booted();
    for (Domain& domain : domains()) {
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            const GuestAddress last = mapping.guest.end() - 1;
            const auto leaf = domain.map->translate(last);
            ASSERT_TRUE(leaf);
            EXPECT_EQ(leaf->host + (last - leaf->input),
                      mapping.host + (last - mapping.guest.start()));
            EXPECT_EQ(leaf->attributes, mapping.type);
        }
        EXPECT_FALSE(domain.map->translate(domain.plan->gic.distributor.start()));
    }
}

TEST(Boot, SharedPagesAreClearAndCarryAReferenceForEveryView) {
    booted();
    EXPECT_EQ(*fake().ram(HostAddress(0x7000'0000)), std::byte{0});
    EXPECT_EQ(*fake().ram(HostAddress(0x7000'ffff)), std::byte{0});
    const auto references = [](u64 address) {
        return frames().lookup(HostAddress(address))->snapshot().references;
    };
    const auto owner = [](u64 address) {
        return frames().lookup(HostAddress(address))->snapshot().owner;
    };
    EXPECT_EQ(owner(0x7000'0000), DomainId::dom_io);
    EXPECT_EQ(references(0x7000'0000), 4U);  // allocated, and three borrowers
    EXPECT_EQ(references(0x7000'f000), 4U);
    // Of the other region domU2 has the two pages in the middle.
    const shm::RegionPlan& window =
        plan().regions[0].id == "window" ? plan().regions[0] : plan().regions[1];
    ASSERT_EQ(window.id, "window");
    ASSERT_EQ(window.host.size(), 1U);
    const u64 start = window.host[0].start().raw();
    EXPECT_EQ(owner(start), domains()[0].plan->id);
    EXPECT_EQ(references(start), 1U);
    EXPECT_EQ(references(start + page_size), 2U);
    EXPECT_EQ(references(start + 2 * page_size), 2U);
    EXPECT_EQ(references(start + 3 * page_size), 1U);
}

TEST(Boot, PrivateMemoryBelongsToItsDomain) {
    booted();
    for (const Domain& domain : domains()) {
        for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
            if (!mapping.region) {
                const HostRange range = *HostRange::from(mapping.host, mapping.guest.size());
                EXPECT_TRUE(mm::is_owned_by(frames(), range, domain.plan->id));
            }
        }
    }
}

TEST(Boot, OwnersHaveNames) {
    booted();
    EXPECT_EQ(owner_name(DomainId::dom_io), "dom_io");
    EXPECT_EQ(owner_name(domains()[2].plan->id), "domU3");
    EXPECT_EQ(owner_name(DomainId::none), "nobody");
}

}  // namespace
}  // namespace isthmus::core
