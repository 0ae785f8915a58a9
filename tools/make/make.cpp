// SPDX-License-Identifier: Apache-2.0
#include "tools/make/make.hpp"

#include <algorithm>
#include <iostream>
#include <sstream>

#include "dom0less/show/digest.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "tools/boot_tree.hpp"
#include "tools/commands.hpp"
#include "tools/make/base.hpp"
#include "tools/make/debugger.hpp"
#include "tools/make/medium.hpp"
#include "tools/make/text.hpp"
#include "tools/make/wrap.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

int fail(const std::string& what) {
    std::cerr << what << (what.ends_with('\n') ? "" : "\n");
    return exit_errors;
}

int fail_at(const MakeConfig& config, Line line, const std::string& what) {
    return fail(config.file.string() + ":" + std::to_string(line) + ": " + what);
}

/// Each with the line of the configuration that its node comes from.
void show_findings(const MakeConfig& config, const Findings& findings) {
    for (const Finding& finding : findings.items()) {
        const Line line = line_of_path(config, finding.path);
        std::cerr << config.file.string() << ':' << (line != 0 ? line : config.base.line) << ": ";
        StreamSink sink(std::cerr);
        print_finding(sink, finding);
        std::cerr << '\n';
    }
}

/// The kernels are files here, so they are looked at as at boot.
std::vector<ModuleFile> module_files(const MakePlaces& places) {
    std::vector<ModuleFile> files;
    files.reserve(places.modules.size());
    for (const PlacedModule& module : places.modules) {
        files.push_back({module.range.start(), module.file.string()});
    }
    return files;
}

/// What the command line asks for.
struct Wanted {
    fs::path folder;
    bool digests = false;
    std::optional<Medium> medium;
};

/// The tree, and what gdb is to know of it.
struct Made {
    std::string source;
    Bytes blob;
    std::string gdb;  ///< empty: not for QEMU
};

int write_all(const fs::path& folder, const MakeConfig& config, MakePlaces& places,
              const WorkFolder& work, const Made& made) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        return fail("isthmus: cannot make " + folder.string() + ": " + error.message());
    }
    const auto write = [&](const char* name, std::span<const std::byte> bytes) {
        return write_output((folder / name).string(), bytes);
    };
    if (!write_wrapped(places, work, folder) || !write("boot.dts", bytes_of(made.source)) ||
        !write("boot.dtb", made.blob) ||
        !write("boot.cmd", bytes_of(uboot_script(config, places)))) {
        return exit_errors;
    }
    std::cout << (folder / "boot.dtb").string() << '\n' << (folder / "boot.cmd").string() << '\n';
    if (made.gdb.empty()) {
        return exit_clean;
    }
    if (!write("qemu.sh", bytes_of(qemu_script(config, places))) ||
        !write("gdb.sh", bytes_of(gdb_script())) || !write("gdb.init", bytes_of(made.gdb))) {
        return exit_errors;
    }
    for (const char* script : {"qemu.sh", "gdb.sh"}) {
        fs::permissions(folder / script,
                        fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                        fs::perm_options::add, error);
        std::cout << (folder / script).string() << '\n';
    }
    return exit_clean;
}

/// The tree, what boots it, and the medium when one is wanted: which is looked at before anything
/// is written.
int write_wanted(const Wanted& wanted, const MakeConfig& config, MakePlaces& places,
                 std::span<const fdt::MemoryBank> memory, const WorkFolder& work,
                 const Made& made) {
    if (!wanted.medium) {
        return write_all(wanted.folder, config, places, work, made);
    }
    const auto fit = fit_place(config, places, memory);
    if (!fit) {
        return fail_at(config, config.base.line, fit.error());
    }
    if (const int status = write_all(wanted.folder, config, places, work, made);
        status != exit_clean) {
        return status;
    }
    const auto written = write_medium(*wanted.medium, *fit, config, places, work, wanted.folder);
    if (!written) {
        return fail("isthmus: no medium: " + written.error());
    }
    for (const fs::path& file : *written) {
        std::cout << file.string() << '\n';
    }
    return exit_clean;
}

fdt::CellCounts root_cells(const Bytes& blob) {
    std::vector<std::byte> memory(limits::arena_bytes);
    Arena arena{memory};
    Findings findings(arena);
    const auto tree = fdt::Tree::open(blob, arena, findings);
    return tree ? fdt::child_cells(tree->root()) : fdt::CellCounts{};
}

/// False: a file cannot be read, which is said.
bool add_digests(MakePlaces& places) {
    for (PlacedModule& module : places.modules) {
        const auto bytes = read_file(module.file.string());
        if (!bytes) {
            fail("isthmus: cannot read " + module.file.string());
            return false;
        }
        module.sha256 = dom0less::digest_text(dom0less::sha256_of(*bytes)).view();
    }
    return true;
}

/// Everything behind the configuration and the machine's own tree.
int make_from(const MakeConfig& config, BaseTree base_tree, const WorkFolder& work,
              const Wanted& wanted) {
    const fdt::CellCounts cells = root_cells(base_tree.blob);
    const BootTree base(std::move(base_tree.blob), {}, {});
    if (base.findings().has_errors() || base.host().memory.empty()) {
        show_findings(config, base.findings());
        return fail_at(config, config.base.line, "this base tree is not one to build on");
    }
    auto places = choose_places(config, base.host());
    if (!places) {
        return fail(places.error());
    }
    places->root_cells = cells;
    if (wanted.digests && !add_digests(*places)) {
        return exit_errors;
    }
    for (const fdt::HostCpu& cpu : base.host().cpus) {
        places->cpus.emplace_back(cpu.path);
    }
    for (const MakePool& pool : config.pools) {
        if (std::ranges::max(pool.cpus) >= places->cpus.size()) {
            return fail_at(config, pool.line,
                           "cpupool " + pool.name + ": the machine has " +
                               std::to_string(places->cpus.size()) + " CPUs");
        }
    }
    const std::string source = base_tree.source + tree_text(config, *places);
    const std::string source_file = work.file("boot.dts");
    if (!write_output(source_file, bytes_of(source))) {
        return exit_errors;
    }
    auto blob = read_tree(source_file);
    if (!blob) {
        return fail_at(config, config.base.line, "dtc: " + blob.error());
    }
    Made made{.source = source, .blob = *blob, .gdb = {}};
    const BootTree tree(std::move(*blob), {places->image, places->tree}, module_files(*places));
    show_findings(config, tree.findings());
    for (const std::string& error : tree.module_errors()) {
        fail("isthmus: " + error);
    }
    if (tree.findings().has_errors() || !tree.module_errors().empty()) {
        return fail("isthmus: nothing was written");
    }
    if (config.base.board && config.base.board->has_qemu) {
        made.gdb = gdb_init(config, *tree.plan());
    }
    return write_wanted(wanted, config, *places, base.host().memory, work, made);
}

}  // namespace

int make(const Arguments& arguments) {
    const fs::path file = arguments.operands.front();
    Wanted wanted{.folder = arguments.output.empty() ? file.stem() : fs::path(arguments.output),
                  .digests = arguments.digests,
                  .medium = medium_of(arguments.medium)};
    if (!arguments.medium.empty() && !wanted.medium) {
        fail("isthmus: --medium is dir, tftp, fit or sd; this is \"" + arguments.medium + "\"");
        return exit_usage;
    }
    auto config = read_make_config(file, {arguments.board, arguments.choices});
    if (!config) {
        return fail(config.error());
    }
    const WorkFolder work;
    if (!work.is_there()) {
        return fail("isthmus: cannot make a temporary folder");
    }
    if (const auto wrapped = wrap_kernels(*config, work); !wrapped) {
        return fail(wrapped.error());
    }
    auto base = read_base(*config, work);
    if (!base) {
        return fail_at(*config, config->base.line, base.error());
    }
    return make_from(*config, std::move(*base), work, wanted);
}

}  // namespace isthmus::tools
