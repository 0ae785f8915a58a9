// SPDX-License-Identifier: Apache-2.0
#include "dom0less/read/arguments.hpp"
#include "dom0less/plan/options.hpp"

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

TEST(Options, HowGuestsAreShown) {
    EXPECT_EQ(parse_args("").options.guest_output, TextForm::utf8);
    for (const TextForm form : {TextForm::utf8, TextForm::ascii, TextForm::raw}) {
        const std::string value(text_form_name(form));
        EXPECT_EQ(parse_args("guest-output=raw guest-output=" + value).options.guest_output, form);
    }
    const Parsed wrong = parse_args("guest-output=RAW");
    EXPECT_EQ(wrong.options.guest_output, TextForm::utf8);
    EXPECT_EQ(wrong.rules, "opt-value");
}

TEST(Options, OwnArgumentsComeFirst) {
    const Parsed parsed =
        parse("chosen { xen,xen-bootargs = \"bootscrub=1\"; bootargs = \"root=/dev/sda\"; };");
    EXPECT_EQ(parsed.rules, "");
    EXPECT_TRUE(parsed.options.bootscrub);
}

TEST(Options, Dom0sSizeCountsInKiBUnlessALetterSaysOtherwise) {
    EXPECT_EQ(parse_args("").options.dom0_memory, 512 * MiB);
    EXPECT_EQ(parse_args("dom0_mem=262144").options.dom0_memory, 256 * MiB);
    EXPECT_EQ(parse_args("dom0_mem=0x1000k").options.dom0_memory, 4 * MiB);
    EXPECT_EQ(parse_args("dom0_mem=768M").options.dom0_memory, 768 * MiB);
    EXPECT_EQ(parse_args("dom0_mem=2G").options.dom0_memory, 2 * GiB);
    EXPECT_EQ(parse_args("dom0_mem=8192B").options.dom0_memory, 8 * KiB);
    EXPECT_EQ(parse_args("dom0_max_vcpus=3").options.dom0_max_vcpus, 3u);
    EXPECT_EQ(parse_args("").options.dom0_max_vcpus, std::nullopt);
}

TEST(Options, NoConsoleWhenNoneIsAskedFor) {
    EXPECT_EQ(parse_args("dtuart=/uart console=none").options.dtuart, "none");
    EXPECT_EQ(parse_args("console=none console=dtuart dtuart=/uart").options.dtuart, "/uart");
}

/// Whose `bootargs` are, where there is a Dom0 (Xen's rules).
TEST(Options, BootargsAreDom0sWhenItHasNoOthers) {
    const auto sliced = [](const std::string& chosen, const std::string& module) {
        OpenedTree opened("/dts-v1/; / { chosen { " + chosen +
                          " kernel { compatible = \"multiboot,kernel\"; " + module + " }; }; };");
        return read_options(*opened.tree, opened.arena, opened.findings).slice_ms;
    };
    const std::string bootargs = "bootargs = \"sched-slice=9\";";
    EXPECT_EQ(sliced(bootargs, ""), 5u);
    EXPECT_EQ(sliced(bootargs, "bootargs = \"quiet\";"), 9u);
    EXPECT_EQ(sliced(bootargs + "xen,dom0-bootargs = \"quiet\";", ""), 9u);
    EXPECT_EQ(sliced(bootargs + "xen,xen-bootargs = \"sched-slice=7\";", ""), 7u);
}

TEST(Options, UnknownAndWrongOnesAreWarnings) {
    EXPECT_EQ(parse_args("loglvl=all  guest_loglvl=all").rules, "opt-unknown opt-unknown");
    EXPECT_EQ(parse_args("dom0_mem=1T dom0_mem=0 dom0_mem= dom0_mem=1B dom0_max_vcpus=0").rules,
              "opt-value opt-value opt-value opt-value opt-value");
    EXPECT_EQ(parse_args("conswitch=7 bootscrub=yes on-last-off sched=credit3 console=vga").rules,
              "opt-value opt-value opt-value opt-value opt-value");
}

}  // namespace
}  // namespace isthmus::dom0less
