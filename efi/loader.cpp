// SPDX-License-Identifier: Apache-2.0
#include "efi/loader.hpp"

#include <cstring>

#include "dom0less/memory/arena_place.hpp"
#include "fdt/words.hpp"

namespace isthmus::efi {
namespace {

using fdt::LoaderTree;

constexpr std::string_view config_file = "isthmus.cfg";
constexpr std::string_view tree_file = "isthmus.dtb";
constexpr u64 largest_text = 64 * KiB;
constexpr u64 largest_tree = 2 * MiB;
/// What the loader adds to a tree at most: places, RAM, and a node for each range that is kept.
constexpr u64 room_for_places = 64 * KiB;
constexpr u64 room_for_memory = 64 * KiB;

class Loader {
  public:
    explicit Loader(Firmware& firmware) : firmware_(firmware) {}

    std::optional<Prepared> run() {
        if (!read_config() || !open_tree() || !load_modules()) {
            return std::nullopt;
        }
        const auto image = copy_image();
        const auto room = image ? place(tree_bytes_.size() + room_for_memory) : std::nullopt;
        return room ? leave(*image, *room) : std::nullopt;
    }

  private:
    /// A line on the console. False, so that a step can end with it.
    template <class... Args>
    bool say(std::string_view format, const Args&... args) {
        firmware_.console().write("Isthmus: ");
        print(firmware_.console(), format, args...);
        firmware_.console().write("\n");
        return false;
    }

    /// All of a file that has to be there.
    std::optional<std::span<std::byte>> read_file(std::string_view name, u64 most) {
        const auto file = open_file(name, most);
        if (!file) {
            return std::nullopt;
        }
        const auto buffer = firmware_.allocate(file->bytes);
        if (!buffer) {
            firmware_.close(*file);
            say("no memory for file {} of {} bytes", name, file->bytes);
            return std::nullopt;
        }
        if (!firmware_.read(*file, *buffer)) {
            say("file {} cannot be read", name);
            return std::nullopt;
        }
        return buffer->first(file->bytes);
    }
    std::optional<OpenFile> open_file(std::string_view name, u64 most) {
        const auto file = firmware_.open(name);
        if (!file) {
            const bool is_missing = file.error() == Error::not_found;
            say("file {} {}: {}", fdt::printable(name),
                is_missing ? "is not there" : "cannot be opened",
                firmware_.has_files()
                    ? "it has to lie beside the file of Isthmus, or be named from the root with / "
                      "in front"
                    : "firmware gave no file system; Isthmus has to be started from a disk that "
                      "firmware can read (GRUB: by chainloader)");
            return std::nullopt;
        }
        if (file->bytes > most) {
            firmware_.close(*file);
            say("file {} has {} bytes, more than {}", name, file->bytes, byte_size(most));
            return std::nullopt;
        }
        return *file;
    }
    bool is_there(std::string_view name) {
        const auto file = firmware_.open(name);
        if (file) {
            firmware_.close(*file);
        }
        return file.has_value();
    }

    bool read_config() {
        if (!is_there(config_file)) {
            return true;
        }
        const auto text = read_file(config_file, largest_text);
        if (!text) {
            return false;
        }
        const auto config =
            efi::read_config({reinterpret_cast<const char*>(text->data()), text->size()});
        if (!config) {
            const ConfigError& error = config.error();
            return say("{}, line {}: {}: {}; mend it and start again", config_file, error.line,
                       fdt::printable(error.text), error.what);
        }
        config_ = *config;
        return true;
    }

    /// The tree as it is given, with its overlays.
    bool open_tree() {
        const std::string_view file =
            config_.tree.empty() && is_there(tree_file) ? tree_file : config_.tree;
        std::span<const std::byte> given = firmware_.configured_tree();
        if (!file.empty()) {
            const auto read = read_file(file, largest_tree);
            if (!read) {
                return false;
            }
            given = *read;
        }
        const std::string_view source = file.empty() ? "firmware's tree" : file;
        if (given.empty() && file.empty()) {
            return say(
                "firmware has no device tree for it: put one beside it as {} (firmware that "
                "offers ACPI or a tree may have to be told: QEMU needs -machine acpi=off)",
                tree_file);
        }
        say("boot tree: {}", source);
        return copy_tree(given, source) && apply_overlays() && name_files();
    }

    bool copy_tree(std::span<const std::byte> given, std::string_view source) {
        u64 bytes = given.size() + room_for_places;
        for (const std::string_view overlay : config_.overlays) {
            const auto file = read_file(overlay, largest_tree);
            if (!file || !overlays_.push_back(*file)) {
                return false;
            }
            bytes += 2 * file->size();  // its node names and texts come to those of the tree
        }
        const auto buffer = firmware_.allocate(bytes);
        if (!buffer) {
            return say("no memory for a tree of {} bytes", bytes);
        }
        tree_bytes_ = *buffer;
        const auto opened = LoaderTree::open(given, tree_bytes_);
        if (!opened) {
            return say("{} is no flattened device tree, or a damaged one", source);
        }
        tree_ = *opened;
        return true;
    }
    bool apply_overlays() {
        for (usize i = 0; i < overlays_.size(); ++i) {
            if (!tree_->apply_overlay(overlays_[i])) {
                return say(
                    "overlay {} cannot be applied: is it made by dtc -@, and has the tree "
                    "what it refers to (labels need a tree made by dtc -@)?",
                    config_.overlays[i]);
            }
        }
        return true;
    }
    bool name_files() {
        for (const ModuleFile& module : config_.modules) {
            if (!tree_->name_file(module.node, module.file)) {
                return say("{}: the tree has no node {} for file {}", config_file, module.node,
                           module.file);
            }
        }
        return true;
    }

    bool load_modules() {
        while (const auto module = tree_->waiting_module()) {
            if (!load_module(*module)) {
                return false;
            }
        }
        return true;
    }
    bool load_module(const fdt::FileModule& module) {
        std::array<char, 256> path{};
        const std::string_view node = tree_->path_of(module.node, path);
        const auto file = open_file(module.file, limits::module_bytes);
        if (!file) {
            return say("it is the module {}", fdt::printable(node));
        }
        const auto room = place(file->bytes);
        if (!room) {
            firmware_.close(*file);
            return say("it was for {}", fdt::printable(node));
        }
        if (!firmware_.read(*file, *room)) {
            return say("file {} cannot be read", fdt::printable(module.file));
        }
        const HostRange range = range_of(room->first(file->bytes));
        say("{}: {} at {}", fdt::printable(node), fdt::printable(module.file), range);
        if (!tree_->set_reg(module.node, range)) {  // the tree moves, and module.file with it
            return say("{}: the #address-cells and #size-cells of its parent cannot hold that",
                       fdt::printable(node));
        }
        return true;
    }

    static HostRange range_of(std::span<const std::byte> bytes) {
        return *HostRange::from(HostAddress(reinterpret_cast<u64>(bytes.data())), bytes.size());
    }

    /// Memory at a multiple of 2 MiB where the tree has nothing, neither a guest's RAM nor a region
    /// nor a module.
    std::optional<std::span<std::byte>> place(u64 bytes) {
        if (scratch_.empty()) {
            const auto buffer = firmware_.allocate(tree_bytes_.size() + room_for_memory);
            scratch_ = buffer ? *buffer : std::span<std::byte>();
        }
        const auto map = firmware_.memory_map();
        const auto whole = map ? with_memory(*map, scratch_) : std::nullopt;
        if (!whole) {
            say("memory of the machine is not to be had from firmware");
            return std::nullopt;
        }
        const HostRange found = dom0less::find_free(*whole, memory_.in_use.items(), bytes);
        const auto room = found.empty() ? fail(Error::out_of_memory)
                                        : firmware_.allocate(found.size(), found.start());
        if (!room) {
            say("no {} bytes of RAM are free, neither firmware's nor named in the tree", bytes);
            return std::nullopt;
        }
        return *room;
    }

    /// The tree with RAM and what firmware keeps of it, written to `buffer`. Asks firmware for
    /// nothing.
    std::optional<std::span<std::byte>> with_memory(const MemoryMap& map,
                                                    std::span<std::byte> buffer) {
        memory_ = FirmwareMemory();
        kept_ = Ranges();
        read_memory_map(map, memory_);
        auto tree = LoaderTree::open(tree_bytes_, buffer);
        if (!tree || (!tree->has_memory() && !tree->add_memory(memory_.ram.items()))) {
            return std::nullopt;
        }
        find_kept(buffer, memory_, kept_);
        if (!tree->reserve(kept_.items())) {
            return std::nullopt;
        }
        const auto whole = tree->finish();
        return whole ? std::optional(*whole) : std::nullopt;
    }

    /// To where it can run: at a multiple of 2 MiB.
    std::optional<HostRange> copy_image() {
        const std::span<const std::byte> image = firmware_.image();
        const auto room = place(image.size());
        if (!room) {
            return std::nullopt;
        }
        std::memcpy(room->data(), image.data(), image.size());
        return range_of(room->first(image.size()));
    }

    /// From the last words on firmware's console to the end of boot services.
    std::optional<Prepared> leave(HostRange image, std::span<std::byte> room) {
        auto map = firmware_.memory_map();
        auto tree = map ? with_memory(*map, room) : std::nullopt;
        if (!tree) {
            say("the boot tree has no room for what firmware keeps of RAM: are #address-cells of "
                "/ and /reserved-memory 2?");
            return std::nullopt;
        }
        if (!config_.save.empty() && !firmware_.write(config_.save, *tree)) {
            say("file {} cannot be written", config_.save);
            return std::nullopt;
        }
        for (const HostRange& range : kept_.items()) {
            say("firmware keeps {}", range);
        }
        say("leaves firmware; what follows is on the console that the tree names");
        firmware_.close_files();
        // What was done since, and firmware's own doing, may have changed the map.
        constexpr unsigned most_tries = 8;
        for (unsigned i = 0; i < most_tries; ++i) {
            map = firmware_.memory_map();
            tree = map ? with_memory(*map, room) : std::nullopt;
            if (tree && firmware_.exit(*map)) {
                return Prepared{image, range_of(*tree)};
            }
        }
        return std::nullopt;
    }

    Firmware& firmware_;
    Config config_;
    StaticVector<std::span<std::byte>, Config::most_overlays> overlays_;
    std::optional<LoaderTree> tree_;  ///< all but what is said of memory
    std::span<std::byte> tree_bytes_;
    std::span<std::byte> scratch_;  ///< for the same with memory
    FirmwareMemory memory_;
    Ranges kept_;
};

}  // namespace

std::optional<Prepared> prepare(Firmware& firmware) {
    Loader loader(firmware);
    auto prepared = loader.run();
    if (!prepared) {
        firmware.release();
    }
    return prepared;
}

}  // namespace isthmus::efi
