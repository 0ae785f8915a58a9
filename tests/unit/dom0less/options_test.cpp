// SPDX-License-Identifier: Apache-2.0
#include "dom0less/options.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::dom0less {
namespace {

using test::OpenedTree;

struct Parsed {
    Options options;
    std::string rules;
};

Parsed parse(const std::string& chosen) {
    static std::vector<std::unique_ptr<OpenedTree>> kept;  // options point into their tree
    kept.push_back(std::make_unique<OpenedTree>("/dts-v1/; / { " + chosen + " };"));
    OpenedTree& opened = *kept.back();
    const Options options = read_options(*opened.tree, opened.arena, opened.findings);
    return {options, opened.rules()};
}

Parsed parse_args(const std::string& args) {
    return parse("chosen { bootargs = \"" + args + "\"; };");
}

TEST(Options, DefaultsWithoutArguments) {
    const Parsed parsed = parse("");
    EXPECT_EQ(parsed.options.on_last_off, Options::OnLastOff::halt);
    EXPECT_EQ(parsed.options.conswitch, 'a');
    EXPECT_EQ(parsed.options.dtuart, "");
    EXPECT_FALSE(parsed.options.bootscrub);
    EXPECT_EQ(parsed.rules, "");
}

TEST(Options, AllKnownArguments) {
    const Parsed parsed = parse_args(
        "console=dtuart dtuart=/soc/uart@0:115200 sched=null conswitch=bx bootscrub=1 "
        "on-last-off=reset");
    EXPECT_EQ(parsed.rules, "");
    EXPECT_EQ(parsed.options.on_last_off, Options::OnLastOff::reset);
    EXPECT_EQ(parsed.options.conswitch, 'b');
    EXPECT_EQ(parsed.options.dtuart, "/soc/uart@0:115200");
    EXPECT_TRUE(parsed.options.bootscrub);
    EXPECT_EQ(parse_args("on-last-off=poweroff").options.on_last_off, Options::OnLastOff::poweroff);
    EXPECT_EQ(parse_args("on-last-off=reset on-last-off=halt").options.on_last_off,
              Options::OnLastOff::halt);
}

TEST(Options, OwnArgumentsComeFirst) {
    const Parsed parsed =
        parse("chosen { xen,xen-bootargs = \"bootscrub=1\"; bootargs = \"root=/dev/sda\"; };");
    EXPECT_EQ(parsed.rules, "");
    EXPECT_TRUE(parsed.options.bootscrub);
}

TEST(Options, UnknownAndWrongOnesAreWarnings) {
    EXPECT_EQ(parse_args("loglvl=all  dom0_mem=1G").rules, "opt-unknown opt-unknown");
    EXPECT_EQ(parse_args("conswitch=7 bootscrub=yes on-last-off sched=credit console=vga").rules,
              "opt-value opt-value opt-value opt-value opt-value");
}

}  // namespace
}  // namespace isthmus::dom0less
