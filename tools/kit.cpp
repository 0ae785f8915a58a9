// SPDX-License-Identifier: Apache-2.0
#include "tools/kit.hpp"

#include <algorithm>

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

fs::path program_folder() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).parent_path();
}

/// `installed` from PREFIX, where the program is PREFIX/bin/isthmus; or `built` from the program's
/// folder.
fs::path find(const fs::path& installed, const fs::path& built) {
    const fs::path folder = program_folder();
    std::error_code error;
    for (const fs::path& path : {folder.parent_path() / installed, folder / built}) {
        if (fs::exists(path, error)) {
            return path.lexically_normal();
        }
    }
    return {};
}

fs::path boards_folder() {
    return find("share/isthmus/boards", "../../boards");
}

bool is_board(const fs::path& folder) {
    std::error_code error;
    return fs::exists(folder / "board.toml", error);
}

}  // namespace

fs::path kit_image() {
    return find("lib/isthmus/isthmus", "../arm64/isthmus");
}

std::vector<std::string> kit_boards() {
    std::vector<std::string> names;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(boards_folder(), error)) {
        if (is_board(entry.path())) {
            names.push_back(entry.path().filename().string());
        }
    }
    std::ranges::sort(names);
    return names;
}

fs::path kit_board(const fs::path& named) {
    if (is_board(named)) {
        return named;
    }
    std::vector<std::string> found;
    for (const std::string& name : kit_boards()) {
        if (name == named) {
            return boards_folder() / name;
        }
        if (!named.empty() && name.contains(named.string())) {
            found.push_back(name);
        }
    }
    return found.size() == 1 ? boards_folder() / found.front() : fs::path();
}

}  // namespace isthmus::tools
