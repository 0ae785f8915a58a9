// SPDX-License-Identifier: Apache-2.0
#include "tools/make/medium.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "isthmus/text.hpp"
#include "isthmus/units.hpp"
#include "tools/make/text.hpp"
#include "tools/program.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

using Written = std::vector<fs::path>;
using Result = std::expected<Written, std::string>;

constexpr u64 sector = 512;
constexpr u64 partition_start = 1 * MiB;

u64 size_of(const fs::path& file) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    return error ? 0 : size;
}

/// A kernel that make has wrapped is named from the folder that it was written into.
fs::path file_of(const PlacedModule& module, const fs::path& folder) {
    return module.file.is_absolute() ? module.file : fs::absolute(folder / module.file);
}

/// mkimage writes the time into what it makes, unless it is told one.
std::vector<std::string> mkimage(std::initializer_list<std::string> words) {
    std::vector<std::string> all = {"env", "SOURCE_DATE_EPOCH=0", "mkimage"};
    all.insert(all.end(), words);
    return all;
}

/// An address in two cells.
std::string cells(HostAddress address) {
    TextBuffer<40> text;
    print(text, "<{x} {x}>", address.raw() >> 32, address.raw() & 0xffff'ffff);
    return std::string(text.view());
}

/// One part of a FIT image.
std::string fit_part(const std::string& name, const fs::path& file, const std::string& type,
                     HostAddress load) {
    std::string text = "        " + name + " {\n            description = " + source_quoted(name) +
                       ";\n            data = /incbin/(" + source_quoted(file.string()) +
                       ");\n            type = \"" + type +
                       "\";\n            arch = \"arm64\";\n            os = \"linux\";\n"
                       "            compression = \"none\";\n            load = " +
                       cells(load) + ";\n";
    if (type == "kernel") {
        text += "            entry = " + cells(load) + ";\n";
    }
    return text +
           "            hash-1 {\n                algo = \"sha256\";\n            };\n        };\n";
}

/// Source of a FIT image (U-Boot, doc/usage/fit/source_file_format.rst): the guests' files are its
/// loadables.
std::string fit_source(const MakeConfig& config, const MakePlaces& places, const fs::path& folder) {
    std::string images =
        fit_part("isthmus", config.hypervisor.image, "kernel", places.image.start());
    std::string loadables;
    for (const PlacedModule& module : places.modules) {
        const std::string name = "module-" + std::to_string(&module - places.modules.data() + 1);
        images += fit_part(name, file_of(module, folder), "loadable", module.range.start());
        loadables += (loadables.empty() ? "" : ", ") + source_quoted(name);
    }
    images += fit_part("tree", fs::absolute(folder / "boot.dtb"), "flat_dt", places.tree);
    return "/dts-v1/;\n\n/ {\n    description = \"Isthmus and its guests\";\n    #address-cells = "
           "<2>;\n\n"
           "    images {\n" +
           images +
           "    };\n\n    configurations {\n        default = \"system\";\n        system {\n"
           "            description = \"Isthmus and its guests\";\n            kernel = "
           "\"isthmus\";\n"
           "            fdt = \"tree\";\n" +
           (loadables.empty() ? "" : "            loadables = " + loadables + ";\n") +
           "        };\n    };\n};\n";
}

std::expected<void, std::string> copy_to(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (error) {
        return std::unexpected("cannot write " + to.string() + ": " + error.message());
    }
    return {};
}

/// boot.scr: under the name that U-Boot looks for on such a medium.
std::expected<fs::path, std::string> write_script(const std::string& source, const fs::path& script,
                                                  const WorkFolder& work) {
    const std::string file = work.file("boot.cmd");
    if (!write_output(file, std::as_bytes(std::span(source)))) {
        return std::unexpected("cannot write " + file);
    }
    const auto done = run_program(
        mkimage({"-A", "arm64", "-T", "script", "-C", "none", "-d", file, script.string()}),
        work.file("mkimage.log"));
    return done ? std::expected<fs::path, std::string>(script) : std::unexpected(done.error());
}

Result write_files(const MakeConfig& config, const MakePlaces& places, const fs::path& folder) {
    Written written = {folder / "boot.dtb", folder / "isthmus"};
    if (const auto done = copy_to(config.hypervisor.image, written.back()); !done) {
        return std::unexpected(done.error());
    }
    for (const PlacedModule& module : places.modules) {
        written.push_back(folder / medium_name(places, module));
        std::error_code ignored;
        if (fs::equivalent(file_of(module, folder), written.back(), ignored)) {
            continue;  // a wrapped kernel is there
        }
        if (const auto done = copy_to(file_of(module, folder), written.back()); !done) {
            return std::unexpected(done.error());
        }
    }
    return written;
}

Result write_fit(const MakeConfig& config, const MakePlaces& places, const WorkFolder& work,
                 const fs::path& folder) {
    const std::string source = work.file("isthmus.its");
    const std::string text = fit_source(config, places, folder);
    if (!write_output(source, std::as_bytes(std::span(text)))) {
        return std::unexpected("cannot write " + source);
    }
    const fs::path image = folder / "isthmus.itb";
    const auto done =
        run_program(mkimage({"-f", source, image.string()}), work.file("mkimage.log"));
    return done ? Result(Written{image}) : std::unexpected(done.error());
}

/// The first sector: one partition, FAT32 by logical block addresses, which firmware may boot from.
std::array<char, sector> partition_table(u64 bytes) {
    std::array<char, sector> table{};
    const auto put = [&](usize at, u64 value) {
        for (usize byte = 0; byte < 4; ++byte) {
            table[at + byte] = static_cast<char>(value >> (8 * byte));
        }
    };
    constexpr usize first = 446;
    put(first, 0xffff'fe80);      // bootable; no cylinders, heads and sectors
    put(first + 4, 0xffff'fe0c);  // FAT32 by LBA
    put(first + 8, partition_start / sector);
    put(first + 12, (bytes - partition_start) / sector);
    table[510] = '\x55';
    table[511] = '\xaa';
    return table;
}

/// A disk image with these files.
std::expected<fs::path, std::string> write_disk(const Written& files, const WorkFolder& work,
                                                const fs::path& folder) {
    u64 bytes =
        partition_start + 32 * MiB;  // for the file system's own tables, and for a little more
    for (const fs::path& file : files) {
        bytes += align_up(size_of(file), MiB);
    }
    bytes = align_up(bytes, 64 * MiB);
    fs::path disk = folder / "sd.img";
    const auto table = partition_table(bytes);
    std::ofstream out(disk, std::ios::binary | std::ios::trunc);
    out.write(table.data(), table.size());
    out.close();
    std::error_code error;
    fs::resize_file(disk, bytes, error);
    if (!out || error) {
        return std::unexpected("cannot write " + disk.string());
    }
    const std::string at = disk.string() + "@@" + std::to_string(partition_start);
    const u64 sectors = (bytes - partition_start) / sector;
    std::vector<std::string> copying = {"mcopy", "-i", at};
    for (const fs::path& file : files) {
        copying.push_back(file.string());
    }
    copying.emplace_back("::");
    for (const auto& words :
         {std::vector<std::string>{"mformat", "-i", at, "-F", "-N", "15748d05", "-T",
                                   std::to_string(sectors), "-h", "64", "-s", "32", "::"},
          copying}) {
        if (const auto done = run_program(words, work.file("mtools.log")); !done) {
            return std::unexpected(done.error());
        }
    }
    return disk;
}

}  // namespace

std::optional<Medium> medium_of(std::string_view name) {
    constexpr std::array names = {std::pair{"dir", Medium::directory},
                                  std::pair{"tftp", Medium::tftp}, std::pair{"fit", Medium::fit},
                                  std::pair{"sd", Medium::sd}};
    const auto* const found =
        std::ranges::find_if(names, [&](const auto& entry) { return name == entry.first; });
    return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::expected<HostAddress, std::string> fit_place(const MakeConfig& config,
                                                  const MakePlaces& places,
                                                  std::span<const fdt::MemoryBank> memory) {
    const auto bank = std::ranges::find_if(
        memory, [&](const fdt::MemoryBank& one) { return one.range.contains(places.image); });
    if (bank == memory.end()) {
        return std::unexpected("the machine has no RAM where Isthmus is loaded");
    }
    const HostAddress start = bank->range.start();
    HostAddress end = bank->range.end();
    if (start.raw() < 4 * GiB) {
        end = std::min(end, HostAddress(4 * GiB));
    }
    end = HostAddress(end.raw() > uboot_room ? end.raw() - uboot_room : 0);
    u64 bytes = size_of(config.hypervisor.image);
    HostAddress last = std::max(places.image.end(), places.tree + tree_room);
    for (const PlacedModule& module : places.modules) {
        bytes += module.range.size();
        if (bank->range.contains(module.range)) {
            last = std::max(last, module.range.end());
        }
    }
    const HostAddress fit(align_up(last.raw(), 2 * MiB));
    if (fit + bytes + tree_room > end) {
        TextBuffer<160> text;
        print(text,
              "U-Boot has its own place from {} to the end of RAM, and what it loads needs RAM up "
              "to {}",
              end, fit + bytes + tree_room);
        return std::unexpected(std::string(text.view()));
    }
    return fit;
}

Result write_medium(Medium medium, HostAddress fit, const MakeConfig& config,
                    const MakePlaces& places, const WorkFolder& work, const fs::path& folder) {
    auto written = medium == Medium::fit ? write_fit(config, places, work, folder)
                                         : write_files(config, places, folder);
    if (!written) {
        return written;
    }
    const std::string source = medium == Medium::fit
                                   ? uboot_fit_script(fit)
                                   : uboot_script(config, places, medium == Medium::tftp);
    const auto script = write_script(
        source, folder / (medium == Medium::tftp ? "boot.scr.uimg" : "boot.scr"), work);
    if (!script) {
        return std::unexpected(script.error());
    }
    written->push_back(*script);
    if (medium == Medium::sd) {
        const auto disk = write_disk(*written, work, folder);
        if (!disk) {
            return std::unexpected(disk.error());
        }
        written->push_back(*disk);
    }
    return written;
}

}  // namespace isthmus::tools
