// SPDX-License-Identifier: Apache-2.0
// The tree, and the memory that it speaks of.
#include "facts/facts.hpp"
#include "runtime/mmio.hpp"

namespace isthmus::guest::facts {
namespace {

u64 word(u64 address) {
    return read32(address) & 0;  // whether there is something, not what
}

/// Windows that a guest of Xen's has, or that Xen keeps free (Xen, public/arch-arm.h).
struct Window {
    std::string_view name;
    u64 start;
};
constexpr Window windows[] = {
    {"nothing", 0x1000},
    {"virtio-mmio", 0x0200'0000},
    {"its", 0x0308'0000},
    {"ecam", 0x1000'0000},
    {"pci-memory", 0x2300'0000},
    {"grants", 0x3800'0000},
    {"special-pages", 0x3900'0000},
    {"last-of-40-bits", 0xff'ffff'f000},
};

}  // namespace

void tree_facts() {
    const auto* bytes = static_cast<const u8*>(tree().blob());
    for (u32 at = 0; at < tree().size(); at += 32) {
        TextBuffer<64> line;
        for (u32 i = at; i < tree().size() && i < at + 32; ++i) {
            constexpr std::string_view digits = "0123456789abcdef";
            line.write({&digits[bytes[i] >> 4], 1});
            line.write({&digits[bytes[i] & 0xf], 1});
        }
        say("tree {}", line.view());
    }
    fact("tree", "alignment", reinterpret_cast<u64>(bytes) & 7);
}

void memory_facts() {
    u64 sum = 0;
    for (u32 index = 0; const auto bank = tree().memory(index); ++index) {
        TextBuffer<24> name;
        print(name, "bank{}", index);
        fact(name.view(), "start", bank->start().raw());
        fact(name.view(), "size", bank->size());
        fact_of(name.view(), "first", [&] { return word(bank->start().raw()); });
        fact_of(name.view(), "last", [&] { return word(bank->end().raw() - 4); });
        fact_of(name.view(), "behind", [&] { return word(bank->end().raw()); });
        sum += bank->size();
    }
    fact("memory", "sum", sum);
    for (const Window& window : windows) {
        fact_of("window", window.name, [&] { return word(window.start); });
    }
}

}  // namespace isthmus::guest::facts
