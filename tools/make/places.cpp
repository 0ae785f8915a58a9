// SPDX-License-Identifier: Apache-2.0
#include "tools/make/places.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "dom0less/memory/free_memory.hpp"
#include "isthmus/text.hpp"
#include "tools/make/guest_places.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

/// The size in memory, of an arm64 Image (Linux, Documentation/arm64/booting.rst): bytes 16 to 23.
u64 image_size(const fs::path& file) {
    std::array<char, 64> head{};
    std::ifstream(file, std::ios::binary).read(head.data(), head.size());
    u64 size = 0;
    std::memcpy(&size, head.data() + 16, sizeof(size));
    const bool is_image = std::memcmp(head.data() + 56, "ARM\x64", 4) == 0;
    return std::max<u64>(is_image ? size : 0, fs::file_size(file));
}

class Chooser {
  public:
    Chooser(const MakeConfig& config, const fdt::HostDescription& host)
        : config_(config), host_(host) {
        for (const fdt::MemoryBank& bank : host.memory) {
            free_.add(bank.range);
        }
        for (const fdt::ReservedRange& range : host.reserved) {
            free_.remove(range.range);
        }
    }

    std::expected<MakePlaces, std::string> choose() {
        if (is_kernel_start()) {
            place_where_qemu_does();
        }
        keep_given();
        if (!is_kernel_start()) {
            place_hypervisor();
        }
        for (const MakeDomain& domain : config_.domains) {
            place_module(domain.kernel, domain.line);
            place_module(domain.ramdisk, domain.line);
        }
        for (const MakeRegion& region : config_.regions) {
            const u64 alignment = region.size >= block ? block : page_size;
            places_.regions.push_back({region_host(region, alignment), {}});
        }
        for (const MakeDomain& domain : config_.domains) {
            places_.static_memory.push_back(static_memory(domain));
        }
        place_in_guests(config_, places_.regions, errors_);
        return errors_.empty() ? std::expected<MakePlaces, std::string>(std::move(places_))
                               : std::unexpected(errors_);
    }

  private:
    bool is_kernel_start() const {
        return config_.base.board && config_.base.board->is_kernel_start;
    }

    /// QEMU's -kernel decides for itself: Isthmus 2 MiB above the start of RAM, the tree half-way
    /// up but at most 128 MiB high.
    void place_where_qemu_does() {
        const HostAddress ram = host_.memory.front().range.start();
        const u64 memory = config_.base.board->memory();
        const u64 half = memory != 0 ? memory / 2 : host_.memory.front().range.size() / 2;
        places_.image = HostRange::from(ram + block, image_size(config_.hypervisor.image))
                            .value_or(HostRange{});
        places_.tree = ram + std::min(128 * MiB, half);
        qemu_tree_ = HostRange::from(places_.tree, tree_room).value_or(HostRange{});
        qemu_area_ = HostRange::between(ram, qemu_tree_.end()).value_or(HostRange{});
    }

    /// With a boot loader it is ours to say. Address 0 is left alone.
    void place_hypervisor() {
        const Line line = config_.hypervisor.line;
        const HostAddress ram =
            free_.pieces().empty() ? HostAddress{} : free_.pieces().front().start();
        if (ram == HostAddress{}) {
            free_.remove(HostRange::from(ram, block).value_or(HostRange{}));
        }
        places_.image = take(image_size(config_.hypervisor.image), block, line);
        places_.tree = take(tree_room, block, line).start();
        if (config_.base.board && config_.base.board->has_qemu) {
            places_.entry = take(page_size, block, line).start();
        }
    }

    /// What has its address from the configuration is nobody else's.
    void keep_given() {
        const auto keep = [&](const HostRange& range, Line line) {
            if (range.overlaps(qemu_tree_)) {
                error(line, "a host range given here is where QEMU puts the boot tree: " +
                                text_of(qemu_tree_));
            }
            free_.remove(range);
        };
        for (const HostRange& range : config_.hypervisor.static_heap) {
            keep(range, config_.hypervisor.line);
        }
        for (const MakeDomain& domain : config_.domains) {
            for (const HostRange& range : domain.static_memory) {
                keep(range, domain.line);
            }
        }
        for (const MakeRegion& region : config_.regions) {
            const auto range = HostRange::from(region.host.value_or(HostAddress{}), region.size);
            if (!range) {
                error(region.line, "the host range wraps around");
            } else if (region.host) {
                keep(*range, region.line);
            }
        }
        free_.remove(qemu_area_);
    }

    HostRange region_host(const MakeRegion& region, u64 alignment) {
        if (region.is_chosen_at_boot) {
            return {};
        }
        return region.host ? HostRange::from(*region.host, region.size).value_or(HostRange{})
                           : take(region.size, alignment, region.line);
    }

    /// In one piece when there is one, aligned so that large blocks map it.
    std::vector<HostRange> static_memory(const MakeDomain& domain) {
        if (!domain.is_static || !domain.static_memory.empty()) {
            return domain.static_memory;
        }
        for (const u64 alignment : {GiB, block}) {
            const auto piece =
                domain.memory >= alignment ? try_take(domain.memory, alignment) : std::nullopt;
            if (piece) {
                return {*piece};
            }
        }
        std::vector<HostRange> pieces;
        for (u64 left = domain.memory; left != 0; left -= pieces.back().size()) {
            pieces.push_back(free_.take_low(left));
            if (pieces.back().empty()) {
                no_room(domain.memory, domain.line);
                return {};
            }
        }
        return pieces;
    }

    void place_module(const fs::path& file, Line line) {
        const auto is_same = [&](const PlacedModule& module) { return module.file == file; };
        if (file.empty() || std::ranges::any_of(places_.modules, is_same)) {
            return;
        }
        const u64 size = fs::file_size(file);
        if (size == 0) {
            error(line, file.string() + " is empty");
            return;
        }
        places_.modules.push_back({file, take(size, block, line)});
    }

    /// The lowest free range.
    std::optional<HostRange> try_take(u64 size, u64 alignment) {
        for (const HostRange& piece : free_.pieces()) {
            const HostAddress start(align_up(piece.start().raw(), alignment));
            const auto range = HostRange::from(start, size);
            if (range && piece.contains(*range)) {
                free_.remove(*range);
                return range;
            }
        }
        return std::nullopt;
    }

    HostRange take(u64 size, u64 alignment, Line line) {
        const auto range = try_take(size, alignment);
        if (!range) {
            no_room(size, line);
        }
        return range.value_or(HostRange{});
    }

    void no_room(u64 size, Line line) {
        error(line, text_of(byte_size(size)) +
                        " of RAM are wanted here, and no piece that is free has "
                        "as much");
    }

    template <class T>
    static std::string text_of(const T& value) {
        TextBuffer<64> text;
        print(text, "{}", value);
        return std::string(text.view());
    }

    void error(Line line, const std::string& what) {
        errors_ += config_.file.string() + ":" + std::to_string(line) + ": " + what + "\n";
    }

    const MakeConfig& config_;
    const fdt::HostDescription& host_;
    std::vector<std::byte> memory_ = std::vector<std::byte>(256 * KiB);
    Arena arena_{memory_};
    dom0less::FreeMemory free_{arena_};
    HostRange qemu_tree_;
    HostRange qemu_area_;  // what QEMU keeps: nothing is chosen in there
    MakePlaces places_;
    std::string errors_;
};

}  // namespace

const PlacedModule& MakePlaces::module(const fs::path& file) const {
    static const PlacedModule none;
    for (const PlacedModule& module : modules) {
        if (module.file == file) {
            return module;
        }
    }
    return none;
}

std::expected<MakePlaces, std::string> choose_places(const MakeConfig& config,
                                                     const fdt::HostDescription& host) {
    return Chooser(config, host).choose();
}

}  // namespace isthmus::tools
