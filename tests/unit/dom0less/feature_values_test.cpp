// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/feature_values.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::dom0less {
namespace {

Meaning read(Meaning (*meaning)(const fdt::Property& property), const std::string& value) {
    const test::OpenedTree opened("/dts-v1/; / { p" + (value.empty() ? "" : " = " + value) +
                                  "; };");
    return meaning(*opened.tree->root().property("p"));
}

TEST(FeatureValues, BooleansAreEmptyOrACell) {
    EXPECT_EQ(read(boolean_meaning, ""), Meaning::on);
    EXPECT_EQ(read(boolean_meaning, "<1>"), Meaning::on);
    EXPECT_EQ(read(boolean_meaning, "<0>"), Meaning::off);
    for (const char* wrong : {"<2>", "<0 1>", "\"yes\"", "[00]"}) {
        EXPECT_EQ(read(boolean_meaning, wrong), Meaning::unknown) << wrong;
    }
}

TEST(FeatureValues, Numbers) {
    EXPECT_EQ(read(sve_meaning, "<0>"), Meaning::off);
    EXPECT_EQ(read(sve_meaning, ""), Meaning::on);
    EXPECT_EQ(read(sve_meaning, "<256>"), Meaning::on);
    EXPECT_EQ(read(sve_meaning, "<100>"), Meaning::unknown);
    EXPECT_EQ(read(sve_meaning, "<2176>"), Meaning::unknown);
    EXPECT_EQ(read(capabilities_meaning, "<0>"), Meaning::off);
    EXPECT_EQ(read(capabilities_meaning, "<7>"), Meaning::on);
    EXPECT_EQ(read(capabilities_meaning, "<8>"), Meaning::unknown);
    EXPECT_EQ(read(capabilities_meaning, ""), Meaning::unknown);
}

TEST(FeatureValues, WordsAreWholeTexts) {
    EXPECT_EQ(read(enhanced_meaning, ""), Meaning::on);
    EXPECT_EQ(read(enhanced_meaning, "\"disabled\""), Meaning::off);
    for (const char* on : {"\"enabled\"", "\"legacy\"", "\"no-xenstore\""}) {
        EXPECT_EQ(read(enhanced_meaning, on), Meaning::on) << on;
    }
    EXPECT_EQ(read(enhanced_meaning, "\"Disabled\""), Meaning::unknown);
    EXPECT_EQ(read(enhanced_meaning, "\"disabled\", \"enabled\""), Meaning::unknown);
    EXPECT_EQ(read(passthrough_meaning, "\"disabled\""), Meaning::off);
    EXPECT_EQ(read(passthrough_meaning, ""), Meaning::unknown);
    EXPECT_EQ(read(sci_meaning, "\"none\""), Meaning::off);
    EXPECT_EQ(read(sci_meaning, "\"scmi_smc\""), Meaning::on);
    EXPECT_EQ(read(colours_meaning, ""), Meaning::off);
    EXPECT_EQ(read(colours_meaning, "\"\""), Meaning::off);
    EXPECT_EQ(read(colours_meaning, "\"0-3\""), Meaning::on);
    EXPECT_EQ(read(colours_meaning, "<0>"), Meaning::unknown);
}

TEST(FeatureValues, SwitchedOn) {
    const test::OpenedTree opened("/dts-v1/; / { a; b = <0>; c = <1>; };");
    EXPECT_TRUE(is_switched_on(opened.tree->root(), "a"));
    EXPECT_FALSE(is_switched_on(opened.tree->root(), "b"));
    EXPECT_TRUE(is_switched_on(opened.tree->root(), "c"));
    EXPECT_FALSE(is_switched_on(opened.tree->root(), "d"));
}

}  // namespace
}  // namespace isthmus::dom0less
