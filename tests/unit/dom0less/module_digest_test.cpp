// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan/module_digest.hpp"

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::PlannedTree;

// Of "abc": FIPS 180-4's own example.
constexpr std::string_view of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

struct Said {
    explicit Said(std::string_view wanted, std::string_view bytes) {
        const ModulePlan module{test_range(), "/chosen/domU1/kernel", wanted};
        check_module_digest(module, std::as_bytes(std::span(bytes)), arena, findings);
    }
    static HostRange test_range() { return *HostRange::from(HostAddress(0x4800'0000), 3); }

    std::vector<std::byte> memory = std::vector<std::byte>(1 << 16);
    Arena arena{memory};
    Findings findings{arena};
};

TEST(ModuleDigest, IsThatOfTheBytes) {
    EXPECT_EQ(Said(of_abc, "abc").findings.items().size(), 0u);
    EXPECT_EQ(Said("", "anything").findings.items().size(), 0u);
    const Said other(of_abc, "abd");
    ASSERT_EQ(other.findings.items().size(), 1u);
    EXPECT_EQ(test::to_text(other.findings.items()[0]),
              "error[dom-module-digest] /chosen/domU1/kernel isthmus,sha256: the 3 B there have "
              "the digest a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9: it is "
              "not the file that was signed off");
    EXPECT_EQ(Said(of_abc, "abc\0").findings.items().size(), 0u) << "a literal ends before its NUL";
    EXPECT_EQ(Said(of_abc, "abcd").findings.items().size(), 1u);
    EXPECT_EQ(Said(of_abc, "").findings.items().size(), 1u);
}

std::string tree(const std::string& property) {
    std::string text = test::machine(test::domain(1, ""));
    const std::string before = "bootargs = \"test\"; ";
    return text.insert(text.find(before) + before.size(), property);
}

TEST(ModuleDigest, StandsInThePlan) {
    const std::string digest(of_abc);
    PlannedTree planned(tree("isthmus,sha256 = \"" + digest + "\";"));
    EXPECT_EQ(planned.rules(), "");
    ASSERT_TRUE(planned.plan.has_value());
    EXPECT_EQ(planned.plan->domains[0].kernel.sha256, of_abc);
}

TEST(ModuleDigest, HasOneSpelling) {
    for (const std::string& wrong :
         {std::string("\"\""), std::string("\"") + std::string(63, 'a') + "\"",
          std::string("\"") + std::string(65, 'a') + "\"",
          std::string("\"") + std::string(64, 'A') + "\"",
          std::string("\"") + std::string(63, 'a') + "g\"", std::string("<1 2 3 4 5 6 7 8>")}) {
        EXPECT_EQ(PlannedTree(tree("isthmus,sha256 = " + wrong + ";")).rules(), "dom-module-digest")
            << wrong;
    }
}

}  // namespace
}  // namespace isthmus::dom0less
