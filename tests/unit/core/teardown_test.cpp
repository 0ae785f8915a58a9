// SPDX-License-Identifier: Apache-2.0
// Taking a stopped domain apart. It spoils the booted machine, so each test has a process of its
// own.
#include "core/domain/teardown.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "tests/unit/support/booted_machine.hpp"

namespace isthmus::core {
namespace {

using test::fake;

void require(bool condition, const char* what) {
    if (!condition) {
        std::fprintf(stderr, "not so: %s\n", what);
        std::exit(1);
    }
}

void dismantle(usize index) {
    test::booted();
    Domain& domain = domains()[index];
    domain.state.store(Domain::State::stopped);
    Teardown teardown;
    while (teardown.step(domain)) {
    }
}

u64 references(u64 address) {
    return frames().lookup(HostAddress(address))->references();
}

/// Where the domain's first private page lies, by the plan.
HostAddress private_page(const Domain& domain) {
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        if (!mapping.region) {
            return mapping.host;
        }
    }
    return {};
}

void borrower_goes() {
    test::booted();
    const u64 free_before = heap_free_pages();
    const HostAddress page = private_page(domains()[2]);
    dismantle(2);
    require(references(0x7000'0000) == 3, "a borrower's reference is given back");
    require(!frames().lookup(page)->is_allocated(), "private memory is free");
    require(*fake().ram(page + 64) == std::byte{0}, "and clear");
    require(heap_free_pages() > free_before + test::booted_guest_bytes / page_size,
            "the heap has it");
    std::exit(0);
}

void owner_goes_first() {
    test::booted();
    const shm::RegionPlan& window =
        plan().regions[0].id == "window" ? plan().regions[0] : plan().regions[1];
    const u64 start = window.host[0].start().raw();
    dismantle(0);
    require(references(start) == 0, "what nobody borrows is free");
    require(references(start + page_size) == 1, "what is borrowed stays");
    dismantle(1);
    require(references(start + page_size) == 0, "until the borrower goes");
    require(references(0x7000'0000) == 2, "the other region has one borrower left");
    std::exit(0);
}

/// Isthmus clears and writes the pages that it takes from the heap for tables.
void pages_come_back_as_tables() {
    dismantle(2);
    dismantle(0);  // owns a region from the heap, …
    dismantle(1);  // … whose last pages come back with the last borrower
    u64 taken = 0;
    for (auto page = allocate_pages(0); page; page = allocate_pages(0)) {
        require(fake().is_mapped(*page), "every page of the heap is in Isthmus's map");
        ++taken;
    }
    require(taken > test::booted_guest_bytes / page_size, "the heap has the domain's memory");
    std::exit(0);
}

class TeardownDeathTest : public ::testing::Test {
  protected:
    TeardownDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(TeardownDeathTest, ABorrowerGivesItsReferencesAndItsMemoryBack) {
    EXPECT_EXIT(borrower_goes(), ::testing::ExitedWithCode(0), "");
}

TEST_F(TeardownDeathTest, RegionsOutliveTheirOwnerWhileTheyAreBorrowed) {
    EXPECT_EXIT(owner_goes_first(), ::testing::ExitedWithCode(0), "");
}

TEST_F(TeardownDeathTest, FreedPagesAreFitForTables) {
    EXPECT_EXIT(pages_come_back_as_tables(), ::testing::ExitedWithCode(0), "");
}

TEST_F(TeardownDeathTest, ARunningDomainIsNotTakenApart) {
    test::booted();
    domains()[2].state.store(Domain::State::running);
    Teardown teardown;
    EXPECT_DEATH(teardown.step(domains()[2]), "while it runs");
}

}  // namespace
}  // namespace isthmus::core
