// SPDX-License-Identifier: Apache-2.0
#include "tests/twin/plan_archive.hpp"

#include <array>
#include <cstring>

#include "dom0less/memory/arena_place.hpp"
#include "dom0less/planner.hpp"
#include "dom0less/read/arguments.hpp"
#include "dom0less/show/digest.hpp"
#include "dom0less/show/plan_text.hpp"
#include "dom0less/tree/guest_tree.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/bits.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "isthmus/panic.hpp"

namespace isthmus::twin {
namespace {

struct Memory {
    std::span<std::byte> arena;
    std::span<std::byte> tree;
};

/// What else but the tree a plan depends on.
struct Setting {
    usize arena_bytes = limits::arena_bytes;
    HostRange image;
};

std::array<Setting, 6> settings() {
    const HostRange image = *HostRange::from(HostAddress(0x4020'0000), 1 * MiB);
    return {{{}, {.image = image}, {1 * MiB, {}}, {256 * KiB, {}}, {32 * KiB, {}}, {8 * KiB, {}}}};
}

/// As the archive has it.
struct Header {
    u64 length = 0;
    u64 settings = 0;
};

class HashSink final : public TextSink {
  public:
    void write(std::string_view text) override {
        for (const char c : text) {
            hash_.add(static_cast<u8>(c));
        }
    }
    TextBuffer<64> finish() { return dom0less::digest_text(hash_.finish()); }

  private:
    dom0less::Sha256 hash_;
};

TextBuffer<64> hash_of(std::span<const std::byte> bytes) {
    HashSink hash;
    hash.write({static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()});
    return hash.finish();
}

void show_findings(const Findings& findings, TextSink& out) {
    for (const Finding& finding : findings.items()) {
        print_finding(out, finding);
        out.write("\n");
    }
    print(out, "{} errors, {} warnings, {} dropped\n", findings.errors(), findings.warnings(),
          findings.dropped());
}

void show_plan(const dom0less::Plan& plan, const dom0less::Digest& digest,
               const fdt::HostDescription& host, const Memory& memory, TextSink& out) {
    print(out, "plan digest {}\n", dom0less::digest_text(digest).view());
    HashSink text;
    dom0less::print_plan(text, plan, host);
    dom0less::print_host_map(text, plan);
    print(out, "as text {}\n", text.finish().view());
    for (const dom0less::DomainPlan& domain : plan.domains) {
        const auto tree = dom0less::write_guest_tree(plan, domain, host, memory.tree);
        check(tree.has_value(), "a guest's tree does not fit");
        print(out, "tree of {}: {} bytes {}\n", domain.name, tree->size(), hash_of(*tree).view());
    }
}

/// The steps of core/boot/boot.cpp and tools/boot_tree.cpp.
void plan_tree(std::span<const std::byte> blob, const Setting& setting, const Memory& memory,
               TextSink& out) {
    Arena arena(memory.arena.first(setting.arena_bytes));
    Findings findings(arena);
    const dom0less::ArenaPlace place = dom0less::find_arena(blob, setting.image, {});
    dom0less::check_arena_place(place, findings);
    const auto tree = fdt::Tree::open(blob, arena, findings);
    if (!tree) {
        show_findings(findings, out);
        return;
    }
    const dom0less::Options options = dom0less::read_options(*tree, arena, findings);
    const fdt::HostDescription host = fdt::read_host(*tree, options.dtuart, arena, findings);
    const dom0less::SystemConfig config =
        dom0less::read_config({*tree, host, options}, arena, findings);
    const auto plan = dom0less::make_plan({host, config, options, setting.image, {}, place.range},
                                          arena, findings);
    dom0less::Digest digest{};
    if (plan) {
        digest = dom0less::digest_plan(*plan);
        dom0less::check_digest(*tree, digest, arena, findings);
    }
    show_findings(findings, out);
    if (plan) {
        show_plan(*plan, digest, host, memory, out);
    }
}

void plan_in_settings(std::span<const std::byte> blob, u64 number, u64 wanted, const Memory& memory,
                      TextSink& out) {
    const auto all = settings();
    for (usize i = 0; i < all.size(); ++i) {
        if ((wanted & bit(static_cast<unsigned>(i))) != 0) {
            print(out, "tree {} setting {}\n", number, i);
            plan_tree(blob, all[i], memory, out);
        }
    }
}

}  // namespace

void plan_archive(std::span<const std::byte> archive, std::span<std::byte> room, TextSink& out) {
    const Memory memory{room.first(limits::arena_bytes),
                        room.subspan(limits::arena_bytes, dom0less::guest_tree_bytes)};
    for (u64 number = 0;; ++number) {
        Header header;
        check(archive.size() >= sizeof(header), "the archive has no end");
        std::memcpy(&header, archive.data(), sizeof(header));
        if (header.length == 0) {
            print(out, "end of {} trees\n", number);
            return;
        }
        const usize padded = sizeof(header) + align_up(header.length, sizeof(header));
        check(padded <= archive.size(), "the archive is cut off");
        plan_in_settings(archive.subspan(sizeof(header), header.length), number, header.settings,
                         memory, out);
        archive = archive.subspan(padded);
    }
}

}  // namespace isthmus::twin
