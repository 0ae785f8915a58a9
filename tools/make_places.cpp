// SPDX-License-Identifier: Apache-2.0
#include "tools/make_places.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "dom0less/free_memory.hpp"
#include "isthmus/guest_layout.hpp"
#include "isthmus/text.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

constexpr u64 block = 2 * MiB;  // what a table entry of the level above pages maps
constexpr u64 tree_room = 4 * MiB;

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
        place_hypervisor();
        for (const MakeDomain& domain : config_.domains) {
            place_module(domain.kernel, domain.line);
            place_module(domain.ramdisk, domain.line);
        }
        for (const MakeRegion& region : config_.regions) {
            const u64 alignment = region.size >= block ? block : page_size;
            places_.region_hosts.push_back(take(region.size, alignment, region.line));
        }
        if (!place_in_guests(low_start(), guest_layout::ram_bank0.end())) {
            place_in_guests(high_start(), guest_layout::ram_bank1.end());
        }
        return errors_.empty() ? std::expected<MakePlaces, std::string>(std::move(places_))
                               : std::unexpected(errors_);
    }

  private:
    /// QEMU decides for itself: Isthmus 2 MiB above the start of RAM, the tree half-way up but at
    /// most 128 MiB high. With a boot loader it is ours to say.
    void place_hypervisor() {
        const u64 size = image_size(config_.hypervisor.image);
        if (config_.base.board.empty()) {
            places_.image = take(size, block, config_.hypervisor.line);
            places_.tree = take(tree_room, block, config_.hypervisor.line).start();
            return;
        }
        const HostAddress ram = host_.memory.front().range.start();
        places_.image = HostRange::from(ram + block, size).value_or(HostRange{});
        places_.tree = ram + std::min(128 * MiB, config_.base.memory / 2);
        free_.remove(*HostRange::between(ram, places_.tree + tree_room));
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
    HostRange take(u64 size, u64 alignment, Line line) {
        for (const HostRange& piece : free_.pieces()) {
            const HostAddress start(align_up(piece.start().raw(), alignment));
            const auto range = HostRange::from(start, size);
            if (range && piece.contains(*range)) {
                free_.remove(*range);
                return *range;
            }
        }
        error(line, text_of_size(size) +
                        " of RAM are wanted here, and no piece that is free has "
                        "as much");
        return {};
    }

    static std::string text_of_size(u64 size) {
        TextBuffer<64> text;
        print(text, "{}", byte_size(size));
        return std::string(text.view());
    }

    u64 largest_ram() const {
        return std::ranges::max_element(config_.domains, {}, &MakeDomain::memory)->memory;
    }
    /// Above the RAM of all domains, at an address that is easy to read.
    GuestAddress low_start() const {
        const u64 ram = std::min(largest_ram(), guest_layout::ram_bank0.size());
        return GuestAddress(align_up((guest_layout::ram_bank0.start() + ram).raw(), 256 * MiB));
    }
    GuestAddress high_start() const {
        const u64 low = guest_layout::ram_bank0.size();
        const u64 ram = largest_ram() > low ? largest_ram() - low : 0;
        return GuestAddress(align_up((guest_layout::ram_bank1.start() + ram).raw(), GiB));
    }

    /// False when they do not fit between `next` and `end`.
    bool place_in_guests(GuestAddress next, GuestAddress end) {
        places_.region_guests.clear();
        for (const MakeRegion& region : config_.regions) {
            const GuestAddress start(
                align_up(next.raw(), region.size >= block ? block : page_size));
            const auto range = GuestRange::from(start, region.size);
            if (!range || end < range->end()) {
                return false;
            }
            places_.region_guests.push_back(*range);
            next = range->end();
        }
        return true;
    }

    void error(Line line, const std::string& what) {
        errors_ += config_.file.string() + ":" + std::to_string(line) + ": " + what + "\n";
    }

    const MakeConfig& config_;
    const fdt::HostDescription& host_;
    std::vector<std::byte> memory_ = std::vector<std::byte>(256 * KiB);
    Arena arena_{memory_};
    dom0less::FreeMemory free_{arena_};
    MakePlaces places_;
    std::string errors_;
};

}  // namespace

HostRange MakePlaces::module(const fs::path& file) const {
    for (const PlacedModule& module : modules) {
        if (module.file == file) {
            return module.range;
        }
    }
    return {};
}

std::expected<MakePlaces, std::string> choose_places(const MakeConfig& config,
                                                     const fdt::HostDescription& host) {
    for (const MakeRegion& region : config.regions) {
        if (region.size >= guest_layout::address_end) {
            return std::unexpected(config.file.string() + ":" + std::to_string(region.line) +
                                   ": no guest has addresses for a region of this size\n");
        }
    }
    return Chooser(config, host).choose();
}

}  // namespace isthmus::tools
