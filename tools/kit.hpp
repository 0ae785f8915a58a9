// SPDX-License-Identifier: Apache-2.0
// What comes with the program: boards, and the hypervisor. It is found from where the program lies,
// so an installed kit may be moved as a whole.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace isthmus::tools {

/// The hypervisor's image: PREFIX/lib/isthmus/isthmus of a kit, build/arm64/isthmus beside the
/// program in a source tree. Empty: there is none.
std::filesystem::path kit_image();

/// The names of the boards that come with the program, sorted: folders of
/// PREFIX/share/isthmus/boards, or of a source tree's boards.
std::vector<std::string> kit_boards();

/// A board's folder. `named`: the folder, or the name of a board that comes with the program, or a
/// part of one that no other has. Empty: there is none.
std::filesystem::path kit_board(const std::filesystem::path& named);

}  // namespace isthmus::tools
