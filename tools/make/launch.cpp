// SPDX-License-Identifier: Apache-2.0
// How a made tree is booted: in QEMU, and by U-Boot.
#include <algorithm>
#include <array>

#include "isthmus/text.hpp"
#include "isthmus/units.hpp"
#include "tools/make/text.hpp"

namespace isthmus::tools {
namespace {

constexpr const char* from_its_own_disk = "load ${devtype} ${devnum}:${distro_bootpart} ";
constexpr const char* tree_stays = "setenv fdt_high 0xffffffffffffffff\n";

std::string hex(HostAddress address) {
    TextBuffer<32> text;
    print(text, "{}", address);
    return std::string(text.view());
}

/// One word of a shell command.
std::string shell_word(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

/// A file's name inside an option of QEMU, where a comma ends the value.
std::string option_value(const std::string& text) {
    std::string out;
    for (const char c : text) {
        out += c == ',' ? ",," : std::string(1, c);
    }
    return out;
}

void add_file(std::vector<std::string>& words, HostAddress address, const std::string& file) {
    words.insert(words.end(), {"-device", "loader,force-raw=on,addr=" + hex(address) +
                                              ",file=" + option_value(file)});
}

std::vector<std::string> kernel_words(const MakeConfig& config) {
    return {"-dtb", "boot.dtb", "-kernel", config.hypervisor.image.string()};
}

/// Nothing is left to QEMU: it loads the files, and its first CPU starts with a few instructions
/// that hand over as a boot loader does. Here for boards whose /memory -kernel would spoil.
std::vector<std::string> entry_words(const MakeConfig& config, const MakePlaces& places) {
    constexpr u64 to_tree = 0x5800'0080;   // ldr x0, .+16
    constexpr u64 to_image = 0x5800'00a4;  // ldr x4, .+20
    constexpr u64 clear_x1 = 0xd280'0001;  // mov x1, #0
    constexpr u64 jump = 0xd61f'0080;      // br x4
    const std::array values = {to_tree | to_image << 32, clear_x1 | jump << 32, places.tree.raw(),
                               places.image.start().raw()};
    std::vector<std::string> words;
    add_file(words, places.image.start(), config.hypervisor.image.string());
    add_file(words, places.tree, "boot.dtb");
    HostAddress at = places.entry;
    for (const u64 value : values) {
        words.insert(words.end(), {"-device", "loader,addr=" + hex(at) + ",data=" +
                                                  hex(HostAddress(value)) + ",data-len=8"});
        at = at + sizeof(value);
    }
    words.insert(words.end(), {"-device", "loader,cpu-num=0,addr=" + hex(places.entry)});
    return words;
}

/// Without what means something to U-Boot's shell, or to mkimage.
std::string safe_name(const std::filesystem::path& file) {
    std::string name = file.filename().string();
    for (char& c : name) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_plain = is_letter || (c >= '0' && c <= '9');
        c = is_plain || c == '.' || c == '-' || c == '_' || c == '+' ? c : '_';
    }
    return name;
}

}  // namespace

std::string medium_name(const MakePlaces& places, const PlacedModule& module) {
    std::string name = safe_name(module.file);
    const auto is_same = [&](const PlacedModule& other) { return safe_name(other.file) == name; };
    if (std::ranges::count_if(places.modules, is_same) == 1 && name != "isthmus") {
        return name;
    }
    const auto number = &module - places.modules.data();
    return std::to_string(number + 1) + "-" + name;
}

std::string qemu_script(const MakeConfig& config, const MakePlaces& places) {
    std::string text =
        "#!/bin/sh\n# By isthmus make: boots boot.dtb in QEMU. More arguments go to QEMU.\n"
        "cd \"$(dirname \"$0\")\" || exit 1\nexec qemu-system-aarch64";
    const MakeBoard& board = *config.base.board;
    std::vector<std::string> words = board.qemu_words();
    const std::vector<std::string> start =
        board.is_kernel_start ? kernel_words(config) : entry_words(config, places);
    words.insert(words.end(), start.begin(), start.end());
    for (const PlacedModule& module : places.modules) {
        add_file(words, module.range.start(), module.file.string());
    }
    for (const std::string& word : words) {
        text += " " + (word.starts_with('-') ? "\\\n    " + word : shell_word(word));
    }
    return text + " \\\n    \"$@\"\n";
}

std::string uboot_script(const MakeConfig& config, const MakePlaces& places, bool by_tftp) {
    std::string text =
        "# By isthmus make. Into what U-Boot reads:\n"
        "#   mkimage -A arm64 -T script -C none -d boot.cmd boot.scr\n"
        "# Beside boot.scr it looks for boot.dtb and these files:\n";
    std::string loads;
    const std::string load = by_tftp ? "tftpboot " : from_its_own_disk;
    const std::string folder = by_tftp ? " " : " ${prefix}";
    const auto add = [&](HostAddress address, const std::string& name, const std::string& file) {
        text += file.empty() ? "" : "#   " + name + ": " + file + "\n";
        loads += load + hex(address) + folder + name + " || exit\n";
    };
    add(places.image.start(), "isthmus", config.hypervisor.image.string());
    for (const PlacedModule& module : places.modules) {
        add(module.range.start(), medium_name(places, module), module.file.string());
    }
    add(places.tree, "boot.dtb", "");
    return text + loads + tree_stays + "booti " + hex(places.image.start()) + " - " +
           hex(places.tree) + "\n";
}

std::string uboot_fit_script(HostAddress at) {
    return "# By isthmus make.\n" + std::string(from_its_own_disk) + hex(at) +
           " ${prefix}isthmus.itb || exit\n" + tree_stays + "bootm " + hex(at) + "\n";
}

}  // namespace isthmus::tools
