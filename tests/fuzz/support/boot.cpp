// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/support/boot.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

#include "fdt/host_scan.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fuzz {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

Input::Input(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<std::size_t, 4> arena_sizes{limits::arena_bytes, 1 << 20, 1 << 15,
                                                     1 << 13};
    static std::byte* const memory = new std::byte[limits::arena_bytes];
    memory_ = {memory, arena_sizes[size == 0 ? 0 : data[0] % arena_sizes.size()]};
    size_ = size == 0 ? 0 : size - 1;
    blob_ = std::make_unique<std::byte[]>(size_);
    if (size_ != 0) {
        std::memcpy(blob_.get(), data + 1, size_);
    }
}

Boot::Boot(const Input& input)
    : arena(input.memory()), findings(arena), tree(fdt::Tree::open(input.blob(), arena, findings)) {
    require(tree.has_value() != findings.has_errors());
}

void Boot::plan_all() {
    options = dom0less::read_options(*tree, arena, findings);
    host = fdt::read_host(*tree, options.dtuart, arena, findings);
    config = dom0less::read_config({*tree, host, options}, arena, findings);
    const HostRange image = *HostRange::from(HostAddress(0x4020'0000), 0x10'0000);
    plan = dom0less::make_plan({host, config, options, image, {}}, arena, findings);
    require(plan.has_value() != findings.has_errors());
}

void Boot::print_findings() const {
    Discard sink;
    for (const Finding& finding : findings.items()) {
        print_finding(sink, finding);
    }
}

void Discard::write(std::string_view text) {
    for (const char c : text) {
        sum_ += static_cast<unsigned char>(c);
    }
}

}  // namespace isthmus::fuzz
