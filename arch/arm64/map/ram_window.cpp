// SPDX-License-Identifier: Apache-2.0
// A look at a piece of a guest's RAM, which Isthmus's map does not show while guests run: each CPU
// has a page of address space for that, filled for as long as a window lives. Only the CPU itself
// uses its window, so nobody else has to forget it, and no lock is needed.
#include <cstring>

#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/map/el2_descriptor.hpp"
#include "arch/arm64/map/el2_map.hpp"
#include "arch/arm64/map/layout.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/panic.hpp"
#include "mm/table_geometry.hpp"

namespace isthmus::arch {
namespace {

/// Of every cache that there is.
constexpr u64 shortest_line = 16;

// The window at `window`, which `entry` describes, shows a page, and then nothing. Both are of the
// calling CPU.

[[gnu::always_inline]] inline void show(u64* entry, HostAddress page, El2Access access) {
    __atomic_store_n(entry, El2Format::leaf(page, mm::last_level, {El2Memory::normal_wb, access}),
                     __ATOMIC_RELAXED);
    dsb_ishst();
    isb();
}

[[gnu::always_inline]] inline void hide(u64* entry, u64 window) {
    __atomic_store_n(entry, 0, __ATOMIC_RELAXED);
    dsb_ishst();
    tlbi_vae2(window);
    dsb_ish();
    isb();
}

class RamWindow {
  public:
    RamWindow(HostAddress address, usize size, El2Access access)
        : entry_(window_entries() + cpu_index()),
          window_(window_base + cpu_index() * page_size),
          offset_(address - address.align_down(page_size)),
          size_(size) {
        check(size <= page_size - offset_, "a look past a page's end");
        show(entry_, address.align_down(page_size), access);
        clean();
    }
    ~RamWindow() { hide(entry_, window_); }
    RamWindow(const RamWindow&) = delete;
    RamWindow& operator=(const RamWindow&) = delete;

    template <class T>
    T* as() const {
        return reinterpret_cast<T*>(window_ + offset_);
    }
    /// A guest whose caches are off reads and writes past them: a line of an earlier look must not
    /// answer, and what is written must reach memory.
    void clean() const {
        for (u64 at = align_down(offset_, shortest_line); at < offset_ + size_;
             at += shortest_line) {
            dc_civac(window_ + at);
        }
        dsb_ish();
    }

  private:
    u64* entry_;
    u64 window_;
    u64 offset_;
    u64 size_;
};

}  // namespace

u32 peek_word(HostAddress address) {
    check(address.is_aligned(sizeof(u32)), "a look at half a word");
    // Without a RamWindow all stays in registers: a hypercall's argument comes this way.
    u64* const entry = window_entries() + cpu_index();
    const u64 window = window_base + cpu_index() * page_size;
    const HostAddress page = address.align_down(page_size);
    const u64 at = window + (address - page);
    show(entry, page, El2Access::read_only);
    dc_civac(at);
    dsb_ish();
    const u32 word = *reinterpret_cast<const volatile u32*>(at);
    hide(entry, window);
    return word;
}

void peek(HostAddress address, std::span<std::byte> bytes) {
    const RamWindow window(address, bytes.size(), El2Access::read_only);
    std::memcpy(bytes.data(), window.as<std::byte>(), bytes.size());
}

void poke(HostAddress address, std::span<const std::byte> bytes) {
    const RamWindow window(address, bytes.size(), El2Access::read_write);
    std::memcpy(window.as<std::byte>(), bytes.data(), bytes.size());
    window.clean();
}

}  // namespace isthmus::arch
