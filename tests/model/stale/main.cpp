// SPDX-License-Identifier: Apache-2.0
// stale_model                  every scenario; exit status 1 when one finds something
// stale_model --without-each   each barrier and maintenance operation is left out in turn: prints
//                              those that nothing missed, "function operation" a line
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/model/stale/scenarios.hpp"
#include "tests/model/stale/stale_machine.hpp"

using namespace isthmus::test;

namespace {

enum class Print : bool { complaints, places };

void run_and_print(const Scenario& scenario, const std::string& left_out, Print print, int to) {
    machine().leave_out(left_out);
    scenario.run();
    std::string text;
    if (print == Print::places) {
        for (const auto& [line, place] : machine().places()) {
            text += place + "\n";
        }
    } else {
        for (const std::string& complaint : machine().complaints()) {
            text += complaint + "\n";
        }
    }
    static_cast<void>(!write(to, text.data(), text.size()));
}

/// In a process of its own, as boot happens once; also what it says when it panics.
std::string in_child(const Scenario& scenario, const std::string& left_out, Print print) {
    int ends[2];
    if (pipe(ends) != 0) {
        return "no pipe\n";
    }
    if (fork() == 0) {
        dup2(ends[1], STDERR_FILENO);
        run_and_print(scenario, left_out, print, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(got));
    }
    close(ends[0]);
    int status = 0;
    wait(&status);
    return status == 0 ? text : text + "ended with " + std::to_string(status) + "\n";
}

void print_what_nothing_misses() {
    std::map<std::string, std::vector<Scenario>> where;
    for (const Scenario& scenario : scenarios()) {
        std::istringstream places(in_child(scenario, "", Print::places));
        for (std::string place; std::getline(places, place);) {
            where[place].push_back(scenario);
        }
    }
    for (const auto& [place, scenarios_there] : where) {
        const bool is_missed = std::ranges::any_of(scenarios_there, [&](const Scenario& scenario) {
            return !in_child(scenario, place, Print::complaints).empty();
        });
        if (!is_missed) {
            std::printf("%s\n", place.substr(place.find(' ') + 1).c_str());
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    static_cast<void>(machine());
    if (count > 1 && std::strcmp(arguments[1], "--without-each") == 0) {
        print_what_nothing_misses();
        return 0;
    }
    bool is_wrong = false;
    for (const Scenario& scenario : scenarios()) {
        const std::string text = in_child(scenario, "", Print::complaints);
        std::printf("%s%s%s", text.empty() ? "" : scenario.name, text.empty() ? "" : ":\n",
                    text.c_str());
        is_wrong = is_wrong || !text.empty();
    }
    return is_wrong ? 1 : 0;
}
