// SPDX-License-Identifier: Apache-2.0
// The interrupt controller from the guest's side. Each test prints "gictest: NAME ok" or FAILED,
// the last line says how many failed.
#include <array>

#include "gictest/recorder.hpp"
#include "gictest/tests.hpp"
#include "runtime/exceptions.hpp"
#include "runtime/mmu.hpp"
#include "runtime/runtime.hpp"

namespace isthmus::guest {
namespace gictest {
namespace {

struct Test {
    std::string_view name;
    bool (*run)();
};

constexpr std::array tests{
    Test{"identification", identification},
    Test{"sgi-self", sgi_to_self},
    Test{"disable-enable", disable_enable},
    Test{"disable-pending", disable_pending},
    Test{"disable-active", disable_active},
    Test{"clear-pending", clear_pending},
    Test{"clear-active", clear_active},
    Test{"pending-and-active", pending_and_active},
    Test{"spurious", spurious},
    Test{"split-end", split_end},
    Test{"priority-bits", priority_bits},
    Test{"priority-mask", priority_mask},
    Test{"priority-order", priority_order},
    Test{"preemption", preemption},
    Test{"more-than-list-registers", more_than_list_registers},
    Test{"timer", timer},
    Test{"timer-follows-its-line", timer_follows_its_line},
    Test{"uart-level", uart_level},
    Test{"uart-stays-up", uart_stays_up},
};

constexpr std::array tests_of_two{
    Test{"sgi-other", sgi_other},
    Test{"sgi-filters", sgi_filters},
    Test{"sgi-two-senders", sgi_two_senders},
    Test{"route-change", route_change},
    Test{"route-pending", route_pending},
    Test{"second-private", second_vcpu_private},
};

constexpr std::array behaviours{
    Behaviour{.version = 2, .senders = 2, .names_sender = true},
    Behaviour{.version = 3, .senders = 1, .names_sender = false},
};

constinit u32 failed = 0;

void show(std::string_view where, const Recorder& log) {
    for (u32 i = 0; i < log.count; ++i) {
        say("gictest: {} CPU, interrupt {} was {x}", where, i, u32{log.taken[i]});
    }
}

void run(const Test& test) {
    begin();
    const bool passed = test.run();
    say("gictest: {} {}", test.name, passed ? "ok" : "FAILED");
    if (!passed) {
        ++failed;
        show("first", seen);
        show("second", seen_by_other);
    }
}

}  // namespace

const Behaviour& expected() {
    return behaviours[gic.version() == 2 ? 0 : 1];
}

}  // namespace gictest

void guest_main() {
    using namespace gictest;
    enable_mmu();
    if (!gic.open()) {
        say("gictest: FAILED: no interrupt controller in the tree");
        return;
    }
    set_irq_handler(handle_interrupt);
    gic.open_cpu();
    say("gictest: GICv{}", gic.version());
    for (const Test& test : tests) {
        run(test);
    }
    if (!tree().cpu(1)) {
        say("gictest: no second CPU");
    } else if (start_second()) {
        for (const Test& test : tests_of_two) {
            run(test);
        }
    } else {
        ++failed;
        say("gictest: the second CPU FAILED to start");
    }
    say(failed == 0 ? "gictest: all ok" : "gictest: {} FAILED", failed);
}

}  // namespace isthmus::guest
