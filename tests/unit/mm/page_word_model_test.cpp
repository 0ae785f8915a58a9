// SPDX-License-Identifier: Apache-2.0
// Exhaustive: get, put, get_nr and put_nr against teardown and reuse of the page. The model is
// explained in tests/model/page_word_model.hpp.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/model/page_word_model.hpp"
#include "tests/unit/mm/frames.hpp"

namespace isthmus::mm::model {

namespace {

using enum Op::Kind;
constexpr DomainId owner = test::domain_a;
constexpr DomainId next_owner = test::domain_b;

/// Frees `n`; whoever frees the page hands it to the next owner, who soon gives it up again.
Program put_and_reuse(u32 n, Program before = {}) {
    const std::size_t at = before.size();
    before.push_back({put, owner, n, at + 1, end});
    before.push_back({assign, next_owner, 1, at + 2, end});
    before.push_back({put, next_owner, 1, end, end});
    return before;
}

/// Allocates as the owner of a region does, with a reference for each of two borrowers, hands these
/// over and then tears itself down.
Program owner_of_region() {
    return put_and_reuse(
        1, {{assign, owner, 1, 1, end}, {get, owner, 2, 2, end}, {give, owner, 2, 3}});
}
/// Unmaps, which gives the reference back that the owner took for this borrower.
Program borrower() {
    return put_and_reuse(1, {{collect, owner, 1, 1}});
}
/// Looks at the page of a domain that may go at any time.
Program visitor(DomainId whose, u32 n) {
    return {{get, whose, n, 1, end},
            {put, whose, n, 2, end},
            {assign, whose, 1, 3, end},
            {put, whose, 1, end, end}};
}

void report(const char* name, const Model& model) {
    std::cout << name << ": " << model.states() << " states, " << model.transitions()
              << " transitions, " << model.final_states() << " final states\n";
}

TEST(PageWordModel, TeardownInAnyOrder) {
    for (const bool is_static : {false, true}) {
        Model model({owner_of_region(), borrower(), borrower()}, is_static);
        EXPECT_EQ(model.run(), std::nullopt);
        report("owner and two borrowers", model);
        EXPECT_EQ(model.most_references(), 3U);
    }
}

TEST(PageWordModel, VisitorsDuringTeardownAndReuse) {
    Model model(
        {owner_of_region(), borrower(), borrower(), visitor(owner, 2), visitor(next_owner, 1)},
        true);
    EXPECT_EQ(model.run(), std::nullopt);
    report("owner, two borrowers and two visitors", model);
    EXPECT_EQ(model.most_references(), 5U);
    EXPECT_GT(model.final_states(), 1U);
}

TEST(PageWordModel, OneOfThreeBecomesOwner) {
    const Program both{{assign, owner, 1, 1, end}, {put, owner, 1, end, end}};
    const Program other{{assign, next_owner, 3, 1, end}, {put, next_owner, 3, end, end}};
    Model model({both, both, other}, false);
    EXPECT_EQ(model.run(), std::nullopt);
    report("three owners", model);
}

TEST(PageWordModel, FailureHalfWayIsUndoneUnderVisitors) {
    // The references for the borrowers are taken, and given back at once before the owner's own.
    const Program undo = put_and_reuse(
        1, {{assign, owner, 1, 1, end}, {get, owner, 2, 2, end}, {put, owner, 2, end, 3}});
    Model model({undo, visitor(owner, 1), visitor(owner, 3), visitor(next_owner, 1)}, false);
    EXPECT_EQ(model.run(), std::nullopt);
    report("undo with three visitors", model);
    EXPECT_EQ(model.most_references(), 7U);
}

TEST(PageWordModel, ACountAtItsLimit) {
    // Two more fit, and three visitors want one, two and one, while the holder lets one go.
    const u64 word = page_word::allocated(owner, page_word::max_references - 2, true);
    Model model(
        {{{put, owner, 1, end, end}}, visitor(owner, 1), visitor(owner, 2), visitor(owner, 1)},
        true);
    model.may_keep_references();
    EXPECT_EQ(model.run(word), std::nullopt);
    report("a count at its limit", model);
    EXPECT_EQ(model.most_references(), page_word::max_references);
}

TEST(PageWordModel, SeesABlindStore) {
    Model lost({owner_of_region(), borrower(), borrower(), visitor(owner, 1)}, true,
               Update::blind_store);
    EXPECT_NE(lost.run(), std::nullopt);
    const Program taker{{assign, owner, 1, 1, end}, {put, owner, 1, end, end}};
    Model twice({taker, taker}, false, Update::blind_store);
    EXPECT_NE(twice.run(), std::nullopt);
}

TEST(PageWordModel, SeesALeakAndAPutTooMany) {
    Model leak({{{assign, owner, 2, 1, end}, {put, owner, 1, end, end}}}, false);
    EXPECT_EQ(leak.run(), "a reference is left at the end");
    Model surplus({{{assign, owner, 1, 1, end}, {put, owner, 2, end, end}}}, false);
    EXPECT_EQ(surplus.run(), "a put of references that are held is refused");
}

}  // namespace
}  // namespace isthmus::mm::model
