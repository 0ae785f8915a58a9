// SPDX-License-Identifier: Apache-2.0
// plan_archive ARCHIVE: the twin of the image of that name, on the developer's machine.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "tests/twin/plan_archive.hpp"

namespace {

class Output final : public isthmus::TextSink {
  public:
    void write(std::string_view text) override { std::cout << text; }
};

}  // namespace

int main(int count, char** words) {
    std::ifstream file(count == 2 ? words[1] : "", std::ios::binary);
    if (!file) {
        std::cerr << "usage: plan_archive ARCHIVE\n";
        return 64;
    }
    // std::string's memory comes from operator new, which aligns to 16.
    const std::string archive{std::istreambuf_iterator<char>(file), {}};
    Output out;
    alignas(64) static std::byte room[isthmus::twin::room_bytes];
    isthmus::twin::plan_archive(std::as_bytes(std::span(archive)), room, out);
    return std::cout.flush() ? 0 : 1;
}
