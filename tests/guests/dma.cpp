// SPDX-License-Identifier: Apache-2.0
// What a device of its own reaches, by QEMU's PCI device "edu", which copies between memory and 4
// KiB of its own. `role=device`: the machine's PCI host bridge is assigned to this guest
// (/passthrough/pcie: configuration space, memory window). It copies within its RAM, reads the
// region "seen" of which it has a read-only view, and tries what is to fail: a write there, and the
// bytes at `foreign=ADDRESS`, more than an event queue holds. Last it starts a copy into the region
// "last" and is over before the device, which takes 100 ms, gets to it. With `lives=N` it does all
// but that last copy N times, and asks for a reset in between. `role=peer`: may write both regions;
// nothing that it wrote may change.
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/mmio.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u32 bytes = 32;  // of each copy: each four that are refused are one line of Isthmus
constexpr u64 words = bytes / 8;  // the same
constexpr u64 written = 0x1122'3344'5566'7788;
constexpr u64 other = 0xbad0'bad0'bad0'bad0;

/// In "last": what the two tell each other.
constexpr u64 ready_at = 0;
constexpr u64 started_at = 8;
constexpr u64 lives_at = 16;  ///< the device's guest's own: how often it has begun
constexpr u64 target_at = 0x800;

alignas(64) constinit u64 source[words];
alignas(64) constinit u64 target[words];

u64 address_of(const u64* array) {
    return reinterpret_cast<u64>(array);
}

u64 region(std::string_view id) {
    const auto found = find_shared_region(tree().blob(), id);
    if (!found) {
        die("a region is missing");
    }
    return reinterpret_cast<u64>(found->bytes.data());
}

void fill(u64 address, u64 value) {
    for (u64 i = 0; i < words; ++i) {
        write64(address + i * 8, value);
    }
    dsb();
}

bool holds(u64 address, u64 value) {
    dsb();
    bool same = true;
    for (u64 i = 0; i < words; ++i) {
        same = same && read64(address + i * 8) == value;
    }
    return same;
}

bool wait_for(u64 address, u64 value) {
    const u64 end = now() + milliseconds(20'000);
    while (read64(address) != value) {
        if (now() > end) {
            return false;
        }
        relax();
    }
    return true;
}

/// PCI configuration space by ECAM: a page for each function, of bus 0 (PCI Express, 7.2.2).
constexpr u64 functions = 256;
constexpr u64 command_at = 0x04;
constexpr u32 command_memory_and_master = 0b110;
constexpr u64 bar0_at = 0x10;

/// QEMU, docs/specs/edu: registers in the first of its memory.
class Edu {
  public:
    /// Gives it the beginning of the window, where guest and bus addresses are the same.
    bool find() {
        const int node = tree().find_compatible("pci-host-ecam-generic");
        const auto config = node < 0 ? std::nullopt : tree().reg(node, 0);
        const auto window = node < 0 ? std::nullopt : tree().reg(node, 1);
        if (!config || !window) {
            return false;
        }
        constexpr u32 edu_id = 0x11e8'1234;
        for (u64 at = config->start().raw(); at < config->start().raw() + functions * page_size;
             at += page_size) {
            if (read32(at) == edu_id) {
                registers_ = window->start().raw();
                write32(at + bar0_at, static_cast<u32>(registers_));
                write32(at + command_at, command_memory_and_master);
                return true;
            }
        }
        return false;
    }

    void start(u64 from, u64 to, u64 direction, u64 count = bytes) const {
        write64(registers_ + 0x80, from);
        write64(registers_ + 0x88, to);
        write64(registers_ + 0x90, count);
        write64(registers_ + 0x98, 1 | direction);
    }
    void read(u64 memory) const { run(memory, own_memory, 0); }
    void write(u64 memory) const { run(own_memory, memory, to_memory); }
    /// All that the device has, at once.
    void flood(u64 memory) const { run(own_memory, memory, to_memory, 4096); }

    static constexpr u64 own_memory = 0x4'0000;
    static constexpr u64 to_memory = 2;

  private:
    void run(u64 from, u64 to, u64 direction, u64 count = bytes) const {
        dsb();
        start(from, to, direction, count);
        while ((read64(registers_ + 0x98) & 1) != 0) {
            relax();
        }
    }

    u64 registers_ = 0;
};

bool check(std::string_view what, bool good) {
    say("dma: {}: {}", what, good ? "ok" : "FAILED");
    return good;
}

/// From now on the device's own memory holds `other`.
void spoil(const Edu& edu) {
    fill(address_of(source), other);
    edu.read(address_of(source));
}

/// Whether the device can read what was `written` there.
bool can_read(const Edu& edu, u64 memory) {
    spoil(edu);
    edu.read(memory);
    fill(address_of(target), 0);
    edu.write(address_of(target));
    return holds(address_of(target), written);
}

/// By its device, all that it can do and all that it cannot.
bool try_all(const Edu& edu, u64 seen, u64 foreign) {
    alignas(64) static constinit u64 mine[words];
    fill(address_of(mine), written);
    bool good = check("its own memory is copied", can_read(edu, address_of(mine)));
    spoil(edu);
    edu.write(seen);
    good = check("what is read-only stays as it was", holds(seen, written)) && good;
    good = check("what is read-only is read", can_read(edu, seen)) && good;
    spoil(edu);
    edu.write(foreign);
    good = check("a machine's address is not written", holds(seen, written)) && good;
    good = check("a machine's address is not read", !can_read(edu, foreign)) && good;
    edu.flood(foreign);
    return good;
}

bool run_device() {
    const u64 seen = region("seen");
    const u64 last = region("last");
    Edu edu;
    if (!check("the device is there", edu.find()) ||
        !check("the peer is there", wait_for(last + ready_at, written))) {
        return false;
    }
    const bool good = try_all(edu, seen, tree().number_option("foreign", 0));
    const u64 life = read64(last + lives_at) + 1;
    write64(last + lives_at, life);
    if (good && life < tree().number_option("lives", 1)) {
        hvc(psci::system_reset);
    }
    spoil(edu);
    write64(last + started_at, written);
    edu.start(Edu::own_memory, last + target_at, Edu::to_memory);
    return good;
}

bool run_peer() {
    const u64 seen = region("seen");
    const u64 last = region("last");
    fill(seen, written);
    fill(last + target_at, written);
    write64(last + ready_at, written);
    if (!check("the copy was started", wait_for(last + started_at, written))) {
        return false;
    }
    wait_until(now() +
               milliseconds(1500));  // also the second in which Isthmus says no more of faults
    const bool good = check("what is read-only there is untouched", holds(seen, written));
    return check("a guest that is over writes nothing", holds(last + target_at, written)) && good;
}

}  // namespace

void guest_main() {
    enable_mmu();
    const bool is_device = tree().option("role") == "device";
    if (!(is_device ? run_device() : run_peer())) {
        say("dma: FAILED");
    } else if (!is_device) {  // the other has no time to lose
        say("dma: ok");
    }
}

}  // namespace isthmus::guest
