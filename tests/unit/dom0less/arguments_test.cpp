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
    EXPECT_FALSE(parsed.options.flight_recorder);
    EXPECT_EQ(parsed.rules, "");
}

TEST(Options, AllKnownArguments) {
    const Parsed parsed = parse_args(
        "console=dtuart dtuart=/soc/uart@0:115200 sched=null conswitch=bx bootscrub=1 "
        "on-last-off=reset flight-recorder=on");
    EXPECT_EQ(parsed.rules, "");
    EXPECT_EQ(parsed.options.on_last_off, Options::OnLastOff::reset);
    EXPECT_EQ(parsed.options.conswitch, 'b');
    EXPECT_EQ(parsed.options.dtuart, "/soc/uart@0:115200");
    EXPECT_TRUE(parsed.options.bootscrub);
    EXPECT_TRUE(parsed.options.flight_recorder);
    EXPECT_FALSE(parse_args("flight-recorder=on flight-recorder=off").options.flight_recorder);
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

TEST(Options, HowMuchIsSaid) {
    const auto levels = [](const std::string& args) {
        const Parsed parsed = parse_args(args);
        return std::string(log_level_name(parsed.options.log_level)) + " " +
               std::string(log_level_name(parsed.options.guest_log_level)) + parsed.rules;
    };
    EXPECT_EQ(levels(""), "normal normal");
    EXPECT_EQ(levels("log=quiet"), "quiet quiet");
    EXPECT_EQ(levels("log=error"), "quiet quiet");
    EXPECT_EQ(levels("log=warning"), "warning warning");
    EXPECT_EQ(levels("log=quiet log=normal"), "normal normal");
    EXPECT_EQ(levels("log=debug"), "debug debug");
    EXPECT_EQ(levels("loglvl=none"), "quiet normal");
    EXPECT_EQ(levels("guest_loglvl=error"), "normal quiet");
    EXPECT_EQ(levels("loglvl=warning guest_loglvl=info"), "warning normal");
    EXPECT_EQ(levels("loglvl=all guest_loglvl=none/debug"), "debug debug");
    EXPECT_EQ(levels("log=loud loglvl= guest_loglvl=none/loud"),
              "normal normalopt-value opt-value opt-value");
}

TEST(Options, StampsInFrontOfLines) {
    EXPECT_EQ(parse_args("").options.stamps, LogStamps::none);
    EXPECT_EQ(parse_args("console_timestamps=boot").options.stamps, LogStamps::boot);
    EXPECT_EQ(parse_args("console_timestamps=raw").options.stamps, LogStamps::raw);
    EXPECT_EQ(parse_args("console_timestamps=raw console_timestamps=none").options.stamps,
              LogStamps::none);
    const Parsed dated = parse_args("console_timestamps=date");  // nobody here knows the date
    EXPECT_EQ(dated.options.stamps, LogStamps::none);
    EXPECT_EQ(dated.rules, "opt-value");
}

TEST(Options, WhatAnOperatorMayDo) {
    using Prompt = Options::Prompt;
    const auto prompt = [](const std::string& value) {
        return parse("chosen { isthmus,operator = \"" + value + "\"; };");
    };
    EXPECT_EQ(parse("chosen { };").options.prompt, Prompt::read);
    EXPECT_EQ(prompt("off").options.prompt, Prompt::off);
    EXPECT_EQ(prompt("read").options.prompt, Prompt::read);
    EXPECT_EQ(prompt("control").options.prompt, Prompt::control);
    EXPECT_EQ(prompt("control").rules, "");
    EXPECT_EQ(prompt("all").options.prompt, Prompt::read);
    EXPECT_EQ(prompt("all").rules, "opt-value");
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
    EXPECT_EQ(parse_args("sync_console  cpufreq=none").rules, "opt-unknown opt-unknown");
    EXPECT_EQ(parse_args("dom0_mem=1T dom0_mem=0 dom0_mem= dom0_mem=1B dom0_max_vcpus=0").rules,
              "opt-value opt-value opt-value opt-value opt-value");
    EXPECT_EQ(parse_args("conswitch=7 bootscrub=yes on-last-off sched=credit3 console=vga").rules,
              "opt-value opt-value opt-value opt-value opt-value");
}

}  // namespace
}  // namespace isthmus::dom0less
