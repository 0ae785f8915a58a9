// SPDX-License-Identifier: Apache-2.0
#include "tools/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/files.hpp"

namespace isthmus::tools {
namespace {

std::string printed_in(const std::string& log) {
    const Bytes bytes = read_file(log).value_or(Bytes{});
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

}  // namespace

std::expected<void, std::string> run_program(std::vector<std::string> words,
                                             const std::string& log) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child = 0;
    const int error =
        posix_spawnp(&child, pointers.front(), &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return std::unexpected("cannot start " + words.front() + ": " + std::strerror(error));
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status == 0) {
        return {};
    }
    const std::string text = printed_in(log);
    return std::unexpected(text.empty() ? words.front() + " failed" : text);
}

}  // namespace isthmus::tools
