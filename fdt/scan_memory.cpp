// SPDX-License-Identifier: Apache-2.0
// RAM: `device_type = "memory"` nodes (Devicetree specification, 3.4), in any number and order.
#include "fdt/cells.hpp"
#include "fdt/rules.hpp"
#include "fdt/scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::fdt {
namespace {

/// RAM behind it has no place in Isthmus's own map.
constexpr u64 ram_end = u64{1} << limits::host_address_bits;

bool is_memory(const Node& node) {
    return node.text("device_type") == "memory" && node.is_enabled();
}

void insert_sorted(ArenaVector<MemoryBank>& banks, const MemoryBank& bank) {
    usize position = banks.size();
    while (position > 0 && bank.range.start() < banks[position - 1].range.start()) {
        --position;
    }
    banks.insert(position, bank);
}

void read_bank(const Node& node, RegEntry entry, ArenaVector<MemoryBank>& banks,
               Findings& findings) {
    const auto range = HostRange::from(HostAddress(entry.address), entry.size);
    if (!range || range->end().raw() > ram_end) {
        findings.add(rules::memory_reg, node.path(), "reg",
                     "address {x} with size {x} reaches beyond {} bits", entry.address, entry.size,
                     limits::host_address_bits);
        return;
    }
    // Firmware fills unused entries with size 0.
    if (!range->empty()) {
        insert_sorted(banks, {*range, node.path()});
    }
}

/// Joins neighbours that touch or overlap, so that the largest blocks can be used across them.
void merge(ArenaVector<MemoryBank>& banks, Findings& findings) {
    usize last = 0;
    for (usize i = 1; i < banks.size(); ++i) {
        MemoryBank& below = banks[last];
        const MemoryBank& bank = banks[i];
        if (below.range.end() < bank.range.start()) {
            banks[++last] = bank;
            continue;
        }
        if (below.range.overlaps(bank.range)) {
            findings.add_other(rules::ram_overlap, bank.path, "reg", below.path,
                               "RAM {} overlaps RAM {} of {}; taken as one", bank.range,
                               below.range, below.path);
        }
        if (below.range.end() < bank.range.end()) {
            below.range = *HostRange::between(below.range.start(), bank.range.end());
        }
    }
    while (banks.size() > last + 1) {
        banks.erase(banks.size() - 1);
    }
}

void check_total(std::span<const MemoryBank> banks, Findings& findings) {
    u64 sum = 0;
    for (const MemoryBank& bank : banks) {
        sum += bank.range.size();
        if (sum > limits::ram_bytes) {
            findings.add(rules::memory_limit, bank.path, "reg",
                         "with RAM {} there are more than {} of it", bank.range,
                         byte_size(limits::ram_bytes));
            return;
        }
    }
}

}  // namespace

std::span<const MemoryBank> scan_memory(const Tree& tree, Arena& arena, Findings& findings) {
    ArenaVector<MemoryBank> banks(arena);
    for (const Node node : tree.root().children()) {
        if (!is_memory(node)) {
            continue;
        }
        const auto count = reg_count(node);
        if (!count) {
            findings.add(rules::memory_reg, node.path(), "reg",
                         "absent, or no whole number of addresses and sizes");
            continue;
        }
        for (usize i = 0; i < *count; ++i) {
            read_bank(node, reg_entry(node, i), banks, findings);
        }
    }
    if (banks.size() > limits::memory_banks) {
        findings.add(rules::memory_limit, banks[0].path, "reg",
                     "{} RAM ranges, at most {} are read", banks.size(), limits::memory_banks);
        return {};
    }
    merge(banks, findings);
    for (usize i = banks.size(); i > 0; --i) {
        banks[i - 1].range = banks[i - 1].range.inner_aligned(page_size);
        if (banks[i - 1].range.empty()) {
            banks.erase(i - 1);
        }
    }
    check_total(banks.items(), findings);
    if (banks.empty()) {
        findings.add(rules::no_ram, "/", {}, "no memory node describes a page of RAM");
    }
    return banks.items();
}

}  // namespace isthmus::fdt
