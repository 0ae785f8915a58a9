// SPDX-License-Identifier: Apache-2.0
#include "tools/make_base.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tools/make_text.hpp"

namespace isthmus::tools {
namespace {

constexpr const char* qemu = "qemu-system-aarch64";

/// Runs a program with both outputs in the file `log`. The error is a sentence.
std::expected<void, std::string> run(std::vector<std::string> words, const std::string& log) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT, 0600);
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
    const Bytes said = read_file(log).value_or(Bytes{});
    return std::unexpected(std::string(reinterpret_cast<const char*>(said.data()), said.size()));
}

}  // namespace

WorkFolder::WorkFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "isthmus-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) {
        path_ = name;
    }
}

WorkFolder::~WorkFolder() {
    std::error_code ignored;
    if (is_there()) {
        std::filesystem::remove_all(path_, ignored);
    }
}

std::expected<Bytes, std::string> read_base(const MakeBase& base, const WorkFolder& folder) {
    if (base.board.empty()) {
        return read_tree(base.tree.string());
    }
    const std::string blob = folder.file("base.dtb");
    std::vector<std::string> words = machine_words(base);
    words.insert(words.begin(), qemu);
    words[2] += ",dumpdtb=" + blob;
    words.insert(words.end(), {"-display", "none", "-nic", "none"});
    if (const auto done = run(words, folder.file("qemu.log")); !done) {
        return std::unexpected(done.error());
    }
    return read_tree(blob);
}

}  // namespace isthmus::tools
