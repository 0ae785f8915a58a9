// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/support/opened_tree.hpp"

#include <unistd.h>

#include "isthmus/finding.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

namespace isthmus::test {
namespace {

std::string slurp(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void spill(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

std::string as_string(const Blob& blob) {
    return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

/// For whoever wants to plan the trees of these tests elsewhere (tests/corpus/suite_trees.py): each
/// is written to this folder, once.
void keep(const Blob& blob) {
    const char* folder = std::getenv("ISTHMUS_KEEP_TREES");
    if (folder != nullptr) {
        const std::string text = as_string(blob);
        const std::size_t number = std::hash<std::string>{}(text);
        spill(std::filesystem::path(folder) / (std::to_string(number) + ".dtb"), text);
    }
}

/// A directory for one run of dtc.
class Scratch {
  public:
    Scratch() {
        std::string name = std::filesystem::temp_directory_path() / "isthmus-dts-XXXXXX";
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary directory");
        }
        path_ = name;
    }
    ~Scratch() { std::filesystem::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::filesystem::path file(const char* name) const { return path_ / name; }
    /// dtc's exit status; what it said is in file "log".
    int dtc(const std::string& arguments) const {
        const std::string path = path_.string();
        return std::system(("cd '" + path + "' && dtc " + arguments + " in > out 2> log").c_str());
    }

  private:
    std::filesystem::path path_;
};

}  // namespace

Blob compile_dts(const std::string& source) {
    const Scratch scratch;
    spill(scratch.file("in"), source);
    if (scratch.dtc("-q -I dts -O dtb") != 0) {
        throw std::runtime_error("dtc: " + slurp(scratch.file("log")) + source);
    }
    const std::string text = slurp(scratch.file("out"));
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

std::string dtc_complaints(const Blob& blob) {
    const Scratch scratch;
    spill(scratch.file("in"), as_string(blob));
    const int status = scratch.dtc("-I dtb -O dts");
    return slurp(scratch.file("log")) + (status == 0 ? "" : "dtc failed");
}

std::string decompile(const Blob& blob) {
    const Scratch scratch;
    spill(scratch.file("in"), as_string(blob));
    scratch.dtc("-q -I dtb -O dts");
    return slurp(scratch.file("out"));
}

Blob write_tree(const std::function<void(fdt::TreeWriter&)>& fill) {
    Blob buffer(1 << 20);
    fdt::TreeWriter writer(buffer);
    fill(writer);
    const auto bytes = writer.finish();
    if (!bytes) {
        throw std::runtime_error("the tree could not be written");
    }
    buffer.resize(bytes->size());
    return buffer;
}

std::string to_text(const Finding& finding) {
    TextBuffer<2048> line;
    print_finding(line, finding);
    return std::string(line.view());
}

OpenedTree::OpenedTree(Blob bytes, std::size_t arena_bytes)
    : blob(std::move(bytes)), memory(arena_bytes), arena(memory), findings(arena) {
    keep(blob);
    tree = fdt::Tree::open(blob, arena, findings);
}

std::string OpenedTree::rules() const {
    std::string text;
    for (const Finding& finding : findings.items()) {
        // Whoever asks for names alone still has every word of the message read: AddressSanitizer
        // then sees one that its reader has let go.
        static_cast<void>(to_text(finding));
        text += (text.empty() ? "" : " ") + std::string(finding.rule->name);
    }
    return text;
}

std::string OpenedTree::lines() const {
    std::string text;
    for (const Finding& finding : findings.items()) {
        text += to_text(finding) + "\n";
    }
    return text;
}

bool OpenedTree::has_rule(std::string_view name) const {
    for (const Finding& finding : findings.items()) {
        if (finding.rule->name == name) {
            return true;
        }
    }
    return false;
}

}  // namespace isthmus::test
