// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/support/boot.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "dom0less/memory/arena_place.hpp"
#include "dom0less/read/arguments.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fuzz {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

std::size_t boot_tree_length(std::span<const std::uint8_t> trees) {
    const auto cell = [&](std::size_t at) {
        std::size_t value = 0;
        for (std::size_t i = at; i < at + 4; ++i) {
            value = value << 8 | trees[i];
        }
        return value;
    };
    constexpr std::size_t magic = 0xd00d'feed;
    constexpr std::size_t head = 8;
    if (trees.size() < 2 * head || cell(0) != magic) {
        return trees.size();
    }
    const std::size_t length = cell(4);
    const bool has_second = length <= trees.size() - head && cell(length) == magic;
    return has_second ? length : trees.size();
}

namespace {

std::unique_ptr<std::byte[]> copy_of(std::span<const std::uint8_t> bytes) {
    auto copy = std::make_unique<std::byte[]>(bytes.size());
    if (!bytes.empty()) {
        std::memcpy(copy.get(), bytes.data(), bytes.size());
    }
    return copy;
}

}  // namespace

Input::Input(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<std::size_t, 4> arena_sizes{limits::arena_bytes, 1 << 20, 1 << 15,
                                                     1 << 13};
    static std::byte* const memory = new std::byte[limits::arena_bytes];
    memory_ = {memory, arena_sizes[size == 0 ? 0 : data[0] % arena_sizes.size()]};
    const std::span<const std::uint8_t> trees =
        size == 0 ? std::span<const std::uint8_t>() : std::span(data + 1, size - 1);
    size_ = boot_tree_length(trees);
    blob_ = copy_of(trees.first(size_));
    module_size_ = trees.size() - size_;
    module_ = copy_of(trees.subspan(size_));
}

std::span<const std::byte> Modules::copy(HostRange module, usize most, Arena& into) {
    const usize size = std::min<u64>({bytes_.size(), module.size(), most});
    const std::span<u64> copy = into.allocate<u64>(align_up(size, 8) / 8);
    if (copy.empty()) {
        return {};
    }
    std::memcpy(copy.data(), bytes_.data(), size);
    return std::as_bytes(copy).first(size);
}

bool Boot::is_free(HostRange range) const {
    bool is_ram = false;
    for (const fdt::MemoryBank& bank : host.memory) {
        is_ram = is_ram || bank.range.contains(range);
    }
    const auto is_apart = [&](HostRange other) { return !other.overlaps(range); };
    for (const fdt::ReservedRange& reserved : host.reserved) {
        is_ram = is_ram && is_apart(reserved.range);
    }
    for (const dom0less::DomainConfig& domain : config.domains) {
        for (const auto& module : {domain.kernel, domain.ramdisk, domain.device_tree}) {
            is_ram = is_ram && (!module || is_apart(module->host));
        }
        for (const HostRange& mine : domain.static_mem) {
            is_ram = is_ram && is_apart(mine);
        }
        for (const shm::NodeConfig& node : domain.shared) {
            is_ram = is_ram && (!node.host || is_apart(*HostRange::from(*node.host, node.size)));
        }
    }
    return is_ram;
}

Boot::Boot(const Input& input)
    : blob(input.blob()),
      modules(input.module()),
      arena(input.memory()),
      findings(arena),
      tree(fdt::Tree::open(input.blob(), arena, findings)) {
    require(tree.has_value() != findings.has_errors());
}

void Boot::plan_all() {
    options = dom0less::read_options(*tree, arena, findings);
    host = fdt::read_host(*tree, options.dtuart, arena, findings);
    config = dom0less::read_config({*tree, host, options, &modules}, arena, findings);
    const HostRange image = *HostRange::from(HostAddress(0x4020'0000), 0x10'0000);
    const dom0less::ArenaPlace place = dom0less::find_arena(blob, image, {});
    dom0less::check_arena_place(place, findings);
    plan = dom0less::make_plan({host, config, options, image, {}, place.range}, arena, findings);
    require(place.range.empty() || arena.exhausted() || host.memory.empty() ||
            is_free(place.range));
    require(plan.has_value() != findings.has_errors());
}

/// Whatever a tree holds, the terminal obeys none of it.
class OneLine final : public TextSink {
  public:
    void write(std::string_view text) override {
        for (const char c : text) {
            const auto code = static_cast<unsigned char>(c);
            require(code >= 0x20 && code != 0x7f);
        }
    }
};

void Boot::print_findings() const {
    OneLine sink;
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
