// SPDX-License-Identifier: Apache-2.0
#include "tools/make/elf.hpp"

#include <elf.h>
#include <algorithm>
#include <cstring>

#include "isthmus/text.hpp"
#include "isthmus/units.hpp"

namespace isthmus::tools {
namespace {

/// What lies between two segments becomes part of a file.
constexpr u64 longest_program = 1 * GiB;

std::string hex(u64 value) {
    TextBuffer<32> text;
    print(text, "{x}", value);
    return std::string(text.view());
}

/// Copied: a file may have it at any offset.
template <class T>
std::optional<T> structure_at(std::span<const std::byte> file, u64 offset) {
    T value{};
    if (offset > file.size() || file.size() - offset < sizeof value) {
        return std::nullopt;
    }
    std::memcpy(&value, file.data() + offset, sizeof value);
    return value;
}

/// What is wrong with it, or nothing.
std::string check_header(const Elf64_Ehdr& header) {
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_machine != EM_AARCH64) {
        return "is an ELF file, but not of a little-endian program for AArch64";
    }
    if (header.e_type != ET_EXEC) {
        return "is an ELF file that is not linked to an address (-static, -no-pie): give the Image "
               "or the raw program made of it";
    }
    return header.e_phentsize == sizeof(Elf64_Phdr) ? "" : "is an ELF file with no program headers";
}

std::string check_segment(const Elf64_Phdr& segment, usize file_size) {
    if (segment.p_offset > file_size || file_size - segment.p_offset < segment.p_filesz) {
        return "is an ELF file that is cut short";
    }
    if (segment.p_filesz > segment.p_memsz || segment.p_paddr + segment.p_memsz < segment.p_paddr ||
        segment.p_vaddr + segment.p_memsz < segment.p_vaddr) {
        return "is an ELF file whose segment at " + hex(segment.p_paddr) + " has no such size";
    }
    return "";
}

using Segments = std::vector<Elf64_Phdr>;

/// Those that are loaded, sorted.
std::expected<Segments, std::string> read_segments(std::span<const std::byte> file,
                                                   const Elf64_Ehdr& header) {
    Segments segments;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        const auto segment =
            structure_at<Elf64_Phdr>(file, header.e_phoff + u64{i} * sizeof(Elf64_Phdr));
        if (!segment) {
            return std::unexpected("is an ELF file that is cut short");
        }
        if (segment->p_type != PT_LOAD || segment->p_memsz == 0) {
            continue;
        }
        if (std::string wrong = check_segment(*segment, file.size()); !wrong.empty()) {
            return std::unexpected(std::move(wrong));
        }
        segments.push_back(*segment);
    }
    if (segments.empty()) {
        return std::unexpected("is an ELF file with nothing to load");
    }
    std::ranges::sort(segments, {}, &Elf64_Phdr::p_paddr);
    for (usize i = 1; i < segments.size(); ++i) {
        if (segments[i].p_paddr - segments[i - 1].p_paddr < segments[i - 1].p_memsz) {
            return std::unexpected("is an ELF file with two segments at " +
                                   hex(segments[i].p_paddr));
        }
    }
    return segments;
}

/// The header has it as a virtual address; the guest starts with its MMU off.
std::optional<u64> physical_entry(const Segments& segments, u64 entry) {
    for (const Elf64_Phdr& segment : segments) {
        if (entry >= segment.p_vaddr && entry - segment.p_vaddr < segment.p_memsz) {
            return entry - segment.p_vaddr + segment.p_paddr;
        }
    }
    return std::nullopt;
}

}  // namespace

bool is_elf(std::span<const std::byte> file) {
    return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

std::optional<u64> first_address(std::span<const std::byte> file) {
    const auto header = structure_at<Elf64_Ehdr>(file, 0);
    if (!header || !is_elf(file) || header->e_phentsize != sizeof(Elf64_Phdr)) {
        return std::nullopt;
    }
    const auto segments = read_segments(file, *header);
    return segments ? std::optional(segments->front().p_paddr) : std::nullopt;
}

std::expected<Program, std::string> read_elf(std::span<const std::byte> file) {
    const auto header = structure_at<Elf64_Ehdr>(file, 0);
    if (!header) {
        return std::unexpected("is an ELF file that is cut short");
    }
    if (std::string wrong = check_header(*header); !wrong.empty()) {
        return std::unexpected(std::move(wrong));
    }
    const auto segments = read_segments(file, *header);
    if (!segments) {
        return std::unexpected(segments.error());
    }
    const auto entry = physical_entry(*segments, header->e_entry);
    if (!entry) {
        return std::unexpected("is an ELF file that is entered at " + hex(header->e_entry) +
                               ", where it loads nothing");
    }
    Program program;
    program.load = segments->front().p_paddr;
    program.entry = *entry;
    const u64 size = segments->back().p_paddr + segments->back().p_memsz - program.load;
    if (size > longest_program) {
        return std::unexpected("is an ELF file whose segments reach from " + hex(program.load) +
                               " to " + hex(program.load + size));
    }
    program.bytes.resize(size);
    for (const Elf64_Phdr& segment : *segments) {
        std::memcpy(program.bytes.data() + (segment.p_paddr - program.load),
                    file.data() + segment.p_offset, segment.p_filesz);
    }
    return program;
}

}  // namespace isthmus::tools
