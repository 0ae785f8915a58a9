// SPDX-License-Identifier: Apache-2.0
// How a made tree is booted: in QEMU, and by U-Boot.
#include <algorithm>

#include "isthmus/text.hpp"
#include "isthmus/units.hpp"
#include "tools/make_text.hpp"

namespace isthmus::tools {
namespace {

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

/// What a file is called on the boot medium: two that have one name in different folders get
/// numbers.
std::string medium_name(const MakePlaces& places, const PlacedModule& module) {
    std::string name = module.file.filename().string();
    const auto is_same = [&](const PlacedModule& other) {
        return other.file.filename() == module.file.filename();
    };
    if (std::ranges::count_if(places.modules, is_same) == 1 && name != "isthmus") {
        return name;
    }
    const auto number = &module - places.modules.data();
    return std::to_string(number + 1) + "-" + name;
}

}  // namespace

std::vector<std::string> machine_words(const MakeBase& base) {
    return {"-machine",
            "virt,virtualization=on,dtb-randomness=off,gic-version=" + std::to_string(base.gic),
            "-cpu",
            base.cpu,
            "-smp",
            std::to_string(base.cpus),
            "-m",
            std::to_string(base.memory / MiB) + "M"};
}

std::string qemu_script(const MakeConfig& config, const MakePlaces& places) {
    std::string text =
        "#!/bin/sh\n# By isthmus make: boots boot.dtb in QEMU. More arguments go to QEMU.\n"
        "cd \"$(dirname \"$0\")\" || exit 1\nexec qemu-system-aarch64";
    for (const std::string& word : machine_words(config.base)) {
        text += " " + (word.starts_with('-') ? "\\\n    " + word : shell_word(word));
    }
    text +=
        " \\\n    -display none -monitor none -nic none -no-reboot"
        " \\\n    -chardev stdio,id=console,signal=off -serial chardev:console"
        " \\\n    -dtb boot.dtb -kernel " +
        shell_word(config.hypervisor.image.string());
    for (const PlacedModule& module : places.modules) {
        text += " \\\n    -device " +
                shell_word("loader,force-raw=on,addr=" + hex(module.range.start()) +
                           ",file=" + option_value(module.file.string()));
    }
    return text + " \\\n    \"$@\"\n";
}

std::string uboot_script(const MakeConfig& config, const MakePlaces& places) {
    std::string text =
        "# By isthmus make. Into what U-Boot reads:\n"
        "#   mkimage -A arm64 -T script -C none -d boot.cmd boot.scr\n"
        "# Beside boot.scr it looks for boot.dtb and these files:\n";
    std::string loads;
    const std::string load = "load ${devtype} ${devnum}:${distro_bootpart} ";
    const auto add = [&](HostAddress address, const std::string& name, const std::string& file) {
        text += file.empty() ? "" : "#   " + name + ": " + file + "\n";
        loads += load + hex(address) + " ${prefix}" + name + " || exit\n";
    };
    add(places.image.start(), "isthmus", config.hypervisor.image.string());
    for (const PlacedModule& module : places.modules) {
        add(module.range.start(), medium_name(places, module), module.file.string());
    }
    add(places.tree, "boot.dtb", "");
    return text + loads + "setenv fdt_high 0xffffffffffffffff\nbooti " + hex(places.image.start()) +
           " - " + hex(places.tree) + "\n";
}

}  // namespace isthmus::tools
