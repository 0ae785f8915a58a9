// SPDX-License-Identifier: Apache-2.0
// Any bytes as what the EFI loader finds on a disk. As a configuration: what is accepted lies
// inside the text. As a tree: every module that waits for a file gets a place, RAM and what
// firmware keeps are written, and Tree::open and libfdt accept what comes out.
#include <libfdt.h>

#include <vector>

#include "efi/config.hpp"
#include "efi/memory.hpp"
#include "fdt/loader_tree.hpp"
#include "tests/fuzz/support/boot.hpp"
#include "tests/fuzz/support/tree_mutator.hpp"

namespace {

using namespace isthmus;
using fuzz::require;

alignas(8) std::byte room[256 * 1024];

bool is_inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void read_config(std::string_view text) {
    const auto config = efi::read_config(text);
    if (!config) {
        require(config.error().line != 0 && !config.error().what.empty());
        require(is_inside(config.error().text, text));
        return;
    }
    require(is_inside(config->tree, text) && is_inside(config->save, text));
    for (const efi::ModuleFile& module : config->modules) {
        require(module.node.front() == '/' && !module.file.empty());
        require(is_inside(module.node, text) && is_inside(module.file, text));
    }
}

/// Every module a page further than the last.
bool place_modules(fdt::LoaderTree& tree) {
    HostAddress next(0x4000'0000);
    for (usize i = 0; const auto module = tree.waiting_module(); ++i) {
        require(i < sizeof(room) / 4);
        if (!tree.set_reg(module->node, *HostRange::from(next, page_size))) {
            return false;
        }
        next += page_size;
    }
    return true;
}

void complete(std::span<const std::byte> blob, bool has_overlay) {
    auto tree = fdt::LoaderTree::open(blob, room);
    if (!tree) {
        return;
    }
    const HostRange ram[] = {*HostRange::from(HostAddress(0x4000'0000), 64 * MiB)};
    if (has_overlay) {
        std::vector<std::byte> overlay(blob.begin(), blob.end());
        if (!tree->apply_overlay(overlay)) {
            return;
        }
    }
    static_cast<void>(tree->name_file("/chosen/module", "file"));
    if (!place_modules(*tree) || (!tree->has_memory() && !tree->add_memory(ram))) {
        return;
    }
    efi::FirmwareMemory memory;
    efi::Ranges kept;
    efi::find_kept(room, memory, kept);
    if (!tree->reserve(kept.items())) {
        return;
    }
    const auto whole = tree->finish();
    require(whole.has_value() && fdt_check_full(whole->data(), whole->size()) == 0);
    require(!tree->waiting_module());
}

}  // namespace

ISTHMUS_FUZZ_TREES();

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read_config({reinterpret_cast<const char*>(data), size});
    if (size != 0) {
        const fuzz::Input input(data, size);
        complete(input.blob(), (data[0] & 1) != 0);
    }
    return 0;
}
