// SPDX-License-Identifier: Apache-2.0
#include "tools/make/debugger.hpp"

#include <algorithm>

#include "dom0less/kernel/kernel_file.hpp"
#include "isthmus/text.hpp"
#include "tools/make/elf.hpp"
#include "tools/make/text.hpp"

namespace isthmus::tools {
namespace {

namespace fs = std::filesystem;

/// Where boot puts the first byte of the domain's kernel; nothing for one that is compressed.
std::optional<GuestAddress> kernel_load(const dom0less::DomainPlan& domain,
                                        const fs::path& kernel) {
    const auto bytes = read_file(kernel.string());
    const auto file = bytes ? dom0less::open_kernel(*bytes, bytes->size())
                            : std::unexpected(dom0less::UImageFault{});
    if (!file || file->is_gzip) {
        return std::nullopt;
    }
    const auto image = dom0less::probe_content(*file, file->content, file->size);
    const auto place =
        image ? dom0less::place_kernel(domain, *image, file->size) : fail(Error::invalid_argument);
    return place ? std::optional(place->load) : std::nullopt;
}

/// A guest's ELF file, and what is to be added to its addresses.
struct Symbols {
    fs::path file;
    u64 offset = 0;
};

/// Of the kernel itself, or of NAME.elf beside NAME.bin.
std::optional<Symbols> symbols_of(const MakeDomain& domain, const dom0less::DomainPlan& plan) {
    for (const fs::path& file : {domain.given, fs::path(domain.given).replace_extension("elf")}) {
        const auto bytes = read_file(file.string());
        const auto linked = bytes ? first_address(*bytes) : std::nullopt;
        if (!linked) {
            continue;
        }
        const auto load = kernel_load(plan, domain.kernel);
        return load ? std::optional(Symbols{file, load->raw() - *linked}) : std::nullopt;
    }
    return std::nullopt;
}

/// Words that gdb takes as one.
std::string command_name(const std::string& guest) {
    std::string name = "stop-in-" + guest;
    std::ranges::replace_if(name, [](char c) { return c == ',' || c == '+'; }, '-');
    return name;
}

}  // namespace

std::string gdb_init(const MakeConfig& config, const dom0less::Plan& plan) {
    std::string text =
        "# By isthmus make, for gdb.sh.\nset pagination off\nset confirm off\n"
        "set architecture aarch64\n";
    const fs::path own(config.hypervisor.image.string() + ".elf");
    if (fs::exists(own)) {
        text += "file " + source_quoted(own.string()) + "\n";
    }
    std::string known;
    for (usize index = 0; index < plan.domains.size(); ++index) {
        const dom0less::DomainPlan& planned = plan.domains[index];
        const auto domain = std::ranges::find(config.domains, planned.name, &MakeDomain::name);
        if (domain == config.domains.end()) {
            continue;
        }
        if (const auto symbols = symbols_of(*domain, planned)) {
            TextBuffer<32> number;
            print(number, "{x}", symbols->offset);
            const std::string line = "add-symbol-file " + source_quoted(symbols->file.string()) +
                                     " -o " + std::string(number.view()) + "\n";
            known += known.find(line) == std::string::npos ? line : "";
        }
        const std::string command = command_name(domain->name);
        // A guest's VMID is its place in the plan, counted from 1.
        TextBuffer<640> lines;
        print(lines,
              "define {}\nhbreak $arg0 if ($VTTBR_EL2 >> 48) == {}\nend\ndocument {}\n"
              "{} FUNCTION or *ADDRESS: stops where guest {}, and no other, comes there.\nend\n",
              command, index + 1, command, command, domain->name);
        known += lines.view();
    }
    return text + known;
}

std::string gdb_script() {
    return "#!/bin/sh\n"
           "# By isthmus make: gdb at this system. First, elsewhere: ./qemu.sh -gdb tcp::1234 -S\n"
           "# QEMU at another place: GDB_TARGET=HOST:PORT. More arguments go to gdb.\n"
           "exec gdb-multiarch -q -x \"$(dirname \"$0\")/gdb.init\" "
           "-ex \"target remote ${GDB_TARGET:-localhost:1234}\" \"$@\"\n";
}

}  // namespace isthmus::tools
