// SPDX-License-Identifier: Apache-2.0
#include "tools/make/wrap.hpp"

#include <algorithm>
#include <iostream>
#include <limits>
#include <tuple>

#include "dom0less/kernel/gzip/gunzip.hpp"
#include "dom0less/kernel/uimage.hpp"
#include "isthmus/text.hpp"
#include "tools/make/elf.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

void put_word(Bytes& bytes, usize at, u32 value) {
    for (usize i = 0; i < 4; ++i) {
        bytes[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
    }
}

u32 checksum(std::span<const std::byte> bytes) {
    dom0less::Crc32 crc;
    crc.restart();
    crc.add(bytes);
    return crc.result();
}

/// Its time is 0, so that the same files give the same.
Bytes write_uimage(const Program& program, const std::string& name) {
    constexpr std::byte linux_system{5};
    constexpr std::byte arm64{22};
    constexpr std::byte kernel{2};
    constexpr usize name_at = 32;
    constexpr usize longest_name = 31;
    Bytes bytes(dom0less::uimage_header_bytes);
    put_word(bytes, 0, dom0less::uimage_magic);
    put_word(bytes, 12, static_cast<u32>(program.bytes.size()));
    put_word(bytes, 16, static_cast<u32>(program.load));
    put_word(bytes, 20, static_cast<u32>(program.entry));
    put_word(bytes, 24, checksum(program.bytes));
    bytes[28] = linux_system;
    bytes[29] = arm64;
    bytes[30] = kernel;
    bytes[31] = dom0less::is_gzip(program.bytes) ? std::byte{1} : std::byte{0};
    std::ranges::copy(std::as_bytes(std::span(name)).first(std::min(name.size(), longest_name)),
                      bytes.begin() + name_at);
    put_word(bytes, 4, checksum(bytes));
    bytes.insert(bytes.end(), program.bytes.begin(), program.bytes.end());
    return bytes;
}

/// What is wrong with its addresses, or nothing.
std::string check_addresses(const Program& program) {
    constexpr u64 end = u64{std::numeric_limits<u32>::max()} + 1;
    if (program.load == 0) {
        return "is to be loaded to address 0, which a uImage cannot say";
    }
    if (program.load >= end || program.bytes.size() > end - program.load) {
        return "is to be loaded above 4 GiB, which a uImage cannot say";
    }
    if (program.entry < program.load || (program.entry - program.load >= program.bytes.size() &&
                                         !dom0less::is_gzip(program.bytes))) {
        return "is to be entered outside of itself";
    }
    return "";
}

/// Nothing when the file is a kernel as it is.
std::expected<std::optional<Program>, std::string> program_of(const MakeDomain& domain) {
    auto file = read_file(domain.kernel.string());
    if (!file) {
        return std::unexpected("cannot be read");
    }
    if (is_elf(*file)) {
        if (domain.load) {
            return std::unexpected("is an ELF file, which says itself where it goes");
        }
        return read_elf(*file);
    }
    if (!domain.load) {
        return std::nullopt;
    }
    if (dom0less::is_uimage(*file)) {
        return std::unexpected("is a uImage, which says itself where it goes");
    }
    return Program{*domain.load, domain.entry.value_or(*domain.load), std::move(*file)};
}

class Wrapper {
  public:
    Wrapper(MakeConfig& config, const WorkFolder& work) : config_(config), work_(work) {}

    std::expected<void, std::string> wrap() {
        for (MakeDomain& domain : config_.domains) {
            wrap(domain);
        }
        return errors_.empty() ? std::expected<void, std::string>() : std::unexpected(errors_);
    }

  private:
    /// One file at one place, for all domains that boot it.
    struct Wrapped {
        fs::path kernel;
        std::optional<u64> load;
        std::optional<u64> entry;
        fs::path file;
    };

    void wrap(MakeDomain& domain) {
        domain.given = domain.kernel;
        const auto known = std::ranges::find_if(wrapped_, [&](const Wrapped& each) {
            return std::tie(each.kernel, each.load, each.entry) ==
                   std::tie(domain.kernel, domain.load, domain.entry);
        });
        if (known != wrapped_.end()) {
            domain.kernel = known->file;
            return;
        }
        const auto program = program_of(domain);
        const std::string wrong = !program   ? program.error()
                                  : *program ? check_addresses(**program)
                                             : "";
        if (!wrong.empty()) {
            errors_ += config_.file.string() + ":" + std::to_string(domain.line) + ": " +
                       domain.kernel.string() + " " + wrong + "\n";
        } else if (*program) {
            const fs::path file = work_.file(domain.name + ".uimage");
            if (write_output(file.string(), write_uimage(**program, domain.name))) {
                wrapped_.push_back({domain.kernel, domain.load, domain.entry, file});
                domain.kernel = file;
            } else {
                errors_ += "isthmus: nothing was written\n";
            }
        }
    }

    MakeConfig& config_;
    const WorkFolder& work_;
    std::vector<Wrapped> wrapped_;
    std::string errors_;
};

}  // namespace

std::expected<void, std::string> wrap_kernels(MakeConfig& config, const WorkFolder& work) {
    return Wrapper(config, work).wrap();
}

bool write_wrapped(MakePlaces& places, const WorkFolder& work, const fs::path& folder) {
    for (PlacedModule& module : places.modules) {
        const fs::path name = module.file.filename();
        if (module.file != work.file(name.string())) {
            continue;
        }
        const auto bytes = read_file(module.file.string());
        if (!bytes || !write_output((folder / name).string(), *bytes)) {
            return false;
        }
        std::cout << (folder / name).string() << '\n';
        module.file = name;
    }
    return true;
}

}  // namespace isthmus::tools
