// SPDX-License-Identifier: Apache-2.0
#include "tools/make/base.hpp"

#include <cstdlib>

#include "tools/program.hpp"

namespace isthmus::tools {
namespace {

constexpr const char* qemu_program = "qemu-system-aarch64";

std::string text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// QEMU's own tree. It is given Isthmus, because some boards have no PSCI without a kernel.
std::expected<Bytes, std::string> qemu_tree(const MakeConfig& config, const WorkFolder& folder) {
    const std::string blob = folder.file("base.dtb");
    std::vector<std::string> words = config.base.board->qemu_words();
    words.insert(words.begin(), qemu_program);
    words.insert(words.end(),
                 {"-machine", "dumpdtb=" + blob, "-kernel", config.hypervisor.image.string()});
    if (const auto done = run_program(words, folder.file("qemu.log")); !done) {
        return std::unexpected(done.error());
    }
    return read_tree(blob);
}

/// What dtc says of the lines below has this file's name, and counts from 1.
std::string line_mark(const std::string& file) {
    std::string quoted;
    for (const char c : file) {
        quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return "# 1 \"" + quoted + "\"\n";
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

std::expected<BaseTree, std::string> read_base(const MakeConfig& config, const WorkFolder& folder) {
    const MakeBase& base = config.base;
    auto blob = base.tree.empty() ? qemu_tree(config, folder) : read_tree(base.tree.string());
    if (!blob) {
        return std::unexpected(blob.error());
    }
    const auto source = decompile(*blob);
    if (!source) {
        return std::unexpected(source.error());
    }
    BaseTree tree{text_of(*source), std::move(*blob)};
    std::string marked = tree.source;
    for (const auto& overlay : {base.board ? base.board->overlay : "", base.overlay}) {
        if (!overlay.empty()) {
            const std::string text = text_of(read_file(overlay.string()).value_or(Bytes{}));
            tree.source += text;
            marked += "\n" + line_mark(overlay.string()) + text;
        }
    }
    if (tree.source.size() != source->size()) {
        const std::string file = folder.file("base.dts");
        write_output(file, std::as_bytes(std::span(marked)));
        blob = read_tree(file);
        if (!blob) {
            return std::unexpected("with the overlay: " + blob.error());
        }
        tree.blob = std::move(*blob);
    }
    return tree;
}

}  // namespace isthmus::tools
