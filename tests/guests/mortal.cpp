// SPDX-License-Identifier: Apache-2.0
// Ends in the way that its command line says, and counts its lives in a region that keeps its bytes
// over a restart: id= names it, end= is reset, reset2, crash, or panic, lives= is how often it
// lives. In each life all of its memory must be as at the first start.
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"

namespace isthmus::guest {
namespace {

constexpr u32 untouched = 0x600d'f00d;
u32 data = untouched;
u32 cleared;

/// In the middle of RAM, where neither image nor tree lies.
u64* spare_word() {
    const auto bank = tree().memory(0);
    return reinterpret_cast<u64*>(bank->start().raw() + bank->size() / 2);
}

bool is_fresh() {
    return *const_cast<volatile u32*>(&data) == untouched &&
           *const_cast<volatile u32*>(&cleared) == 0 && *spare_word() == 0;
}

[[noreturn]] void end(std::string_view how) {
    if (how == "reset") {
        hvc(psci::system_reset);
    } else if (how == "reset2") {
        hvc(psci::system_reset2, 0);
    } else if (how == "panic") {
        constexpr u64 panic_device = 0x2203'0000;
        *reinterpret_cast<volatile u8*>(panic_device) = 1;
    }
    die("mortal: FAILED, it lives on");
}

}  // namespace

void guest_main() {
    const auto region = find_shared_region(tree().blob(), tree().option("id"));
    if (!region) {
        die("mortal: FAILED, no region of that id");
    }
    auto& lives = *static_cast<volatile u32*>(static_cast<void*>(region->bytes.data()));
    const u32 life = lives + 1;
    lives = life;
    say("mortal: life {} {}", life, is_fresh() ? "fresh" : "FAILED");
    data = 0;
    cleared = 1;
    *spare_word() = 1;
    if (life < tree().number_option("lives", 1)) {
        end(tree().option("end"));
    }
    say("mortal: ok");
}

}  // namespace isthmus::guest
