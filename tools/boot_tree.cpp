// SPDX-License-Identifier: Apache-2.0
#include "tools/boot_tree.hpp"

#include <fstream>
#include <iterator>

#include "fdt/host_scan.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::tools {

BootTree::BootTree(std::vector<std::byte> blob, HostRange image)
    : blob_(std::move(blob)),
      memory_(std::make_unique<std::byte[]>(limits::arena_bytes)),
      arena_(std::span(memory_.get(), limits::arena_bytes)),
      findings_(arena_) {
    const auto tree = fdt::Tree::open(blob_, arena_, findings_);
    if (!tree) {
        return;
    }
    options_ = dom0less::read_options(*tree, arena_, findings_);
    host_ = fdt::read_host(*tree, options_.dtuart, arena_, findings_);
    config_ = dom0less::read_config(*tree, arena_, findings_);
    plan_ = dom0less::make_plan({host_, config_, options_, image, {}}, arena_, findings_);
}

std::optional<std::vector<std::byte>> read_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) {
        return std::nullopt;
    }
    const auto bytes = std::as_bytes(std::span(text));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
}

}  // namespace isthmus::tools
