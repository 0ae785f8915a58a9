// SPDX-License-Identifier: Apache-2.0
// The main function of the programs of unit tests. A test leaves the machine's one state (the CPUs,
// the console, the queues of timers) as it comes to be, so each has a process of its own; but a
// program with sanitizers takes longer to start than most tests take. So it starts once for a
// suite, and splits itself for each of its tests.
//
//     core_test                       as GoogleTest has it: all in one process, with GoogleTest's
//     options core_test --suite=RestartTest   each test of the suite in a process of its own; shows
//     what those that
//                                     fail print, and last how many passed and failed
//     core_test --suites=A,B          fails where the program has a suite besides these, which
//     nothing runs
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr unsigned most_seconds = 300;  // that a test takes

/// Without the prefix of a suite with parameters.
std::string_view name_in_source(const testing::TestSuite& suite) {
    const std::string_view name = suite.name();
    return name.substr(name.rfind('/') + 1);
}

std::vector<const testing::TestSuite*> all_suites() {
    std::vector<const testing::TestSuite*> suites;
    const testing::UnitTest& program = *testing::UnitTest::GetInstance();
    for (int i = 0; i < program.total_test_suite_count(); ++i) {
        suites.push_back(program.GetTestSuite(i));
    }
    return suites;
}

/// In the new process: the one test, with all that it prints.
[[noreturn]] void run_here(const std::string& name, const std::array<int, 2>& output) {
    dup2(output[1], STDOUT_FILENO);
    dup2(output[1], STDERR_FILENO);
    close(output[0]);
    close(output[1]);
    alarm(most_seconds);
    GTEST_FLAG_SET(filter, name);
    std::exit(RUN_ALL_TESTS());
}

bool passes_alone(const std::string& name) {
    std::array<int, 2> output{};
    std::fflush(nullptr);
    if (pipe(output.data()) != 0) {
        std::perror("pipe");
        return false;
    }
    const pid_t child = fork();
    if (child == 0) {
        run_here(name, output);
    }
    close(output[1]);
    std::string printed;
    std::array<char, 4096> piece;
    for (ssize_t size = 0; (size = read(output[0], piece.data(), piece.size())) > 0;) {
        printed.append(piece.data(), static_cast<std::size_t>(size));
    }
    close(output[0]);
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        std::perror("a process for a test");
        return false;
    }
    const bool passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!passed) {
        std::fwrite(printed.data(), 1, printed.size(), stdout);
        std::printf("%s: status %d of its process\n", name.c_str(), status);
    }
    return passed;
}

int run_suite(std::string_view wanted) {
    unsigned passed = 0;
    unsigned failed = 0;
    for (const testing::TestSuite* suite : all_suites()) {
        for (int i = 0; name_in_source(*suite) == wanted && i < suite->total_test_count(); ++i) {
            const bool good =
                passes_alone(std::string(suite->name()) + "." + suite->GetTestInfo(i)->name());
            (good ? passed : failed) += 1;
        }
    }
    std::printf("%u passed, %u failed\n", passed, failed);
    return passed > 0 && failed == 0 ? 0 : 1;
}

int look_for_others(std::string_view known) {
    const std::string list = "," + std::string(known) + ",";
    int others = 0;
    for (const testing::TestSuite* suite : all_suites()) {
        if (list.find("," + std::string(name_in_source(*suite)) + ",") == std::string::npos) {
            std::printf(
                "nothing runs the suite %s: CMake looks for TEST, TEST_F and TEST_P at the "
                "beginning of a line\n",
                suite->name());
            ++others;
        }
    }
    return others == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    // A death test starts the program again, with these words and GoogleTest's own.
    const bool is_death_test = !GTEST_FLAG_GET(internal_run_death_test).empty();
    const std::string_view option = argc == 2 && !is_death_test ? argv[1] : "";
    if (option.starts_with("--suite=")) {
        return run_suite(option.substr(std::string_view("--suite=").size()));
    }
    if (option.starts_with("--suites=")) {
        return look_for_others(option.substr(std::string_view("--suites=").size()));
    }
    return RUN_ALL_TESTS();
}
