// SPDX-License-Identifier: Apache-2.0
// A hostile guest of Xen's interface on the booted fake machine: it calls anything, with any
// registers, writes anything into its RAM meanwhile, and its tables lead some of its addresses
// nowhere; an honest neighbour has channels to it, and time passes. Isthmus never panics, each call
// ends, and nothing of the neighbour's changes but events and ports of the channels between the
// two; of a third guest, nothing.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "core/entry_points.hpp"
#include "tests/unit/core/xen_fixture.hpp"

namespace isthmus {
namespace {

using core::Domain;
using core::xen::Port;
using test::fake;
using test::XenSide;

constexpr u64 tried_bytes = 64 * page_size;    // of the hostile guest's RAM
constexpr u64 watched_bytes = 16 * page_size;  // of each other guest's
constexpr u32 evil_port = 5, good_port = 7;

class Script {
  public:
    explicit Script(u32 seed) : random_(seed) {}
    u8 byte() { return static_cast<u8>(random_() >> 8); }
    u64 word(unsigned bytes = 8) {
        u64 value = 0;
        for (unsigned i = 0; i < bytes; ++i) {
            value = value << 8 | byte();
        }
        return value;
    }

  private:
    std::minstd_rand random_;
};

/// Once a program: the fake heap gives nothing back.
struct World {
    XenSide good{2, {.port = good_port, .peer = DomainId{1}, .peer_port = evil_port, .path = {}}};
    XenSide evil{
        0, {.port = evil_port, .peer = DomainId{3}, .peer_port = good_port, .path = {}}, true};
    HostAddress third;

    World() {
        core::xen::connect_channels(evil.guest.domain);
        core::xen::connect_channels(good.guest.domain);
        for (const dom0less::MappingPlan& mapping : core::domains()[1].plan->mappings) {
            if (mm::MappingType::ram_rw == mapping.type && third.raw() == 0) {
                third = mapping.host;
            }
        }
    }
};

World& world() {
    static World it;
    return it;
}

/// As after a restart.
void begin(XenSide& side) {
    Domain& domain = side.guest.domain;
    core::xen::end_guest(domain);
    while (core::xen::forget_page(domain)) {
    }
    while (core::xen::reset_guest(domain)) {
    }
    std::memset(fake().ram(side.host), 0, tried_bytes);
    domain.state.store(Domain::State::running);
    domain.stop_reason.store(core::StopReason::none);
    domain.vgic.reset_all();
}

/// A pointer as a guest gives it: mostly into its RAM, also to its edges, across them, or nowhere.
u64 pointer(Script& script, const XenSide& side) {
    const u8 kind = script.byte();
    if (kind < 160) {
        return side.ram + 0x100 + kind % 4;
    }
    if (kind < 224) {
        return side.ram + script.word(3) % tried_bytes;
    }
    return kind < 240 ? side.ram + (kind % 8 + 1) * page_size - kind % 7 : script.word();
}

u64 argument(Script& script, const XenSide& side) {
    const u8 kind = script.byte();
    return kind < 128 ? kind % 16 : kind < 240 ? pointer(script, side) : script.word();
}

/// Structures are made of small numbers, numbers of domains, frames and addresses of its RAM.
void write_words(Script& script, XenSide& side) {
    u64 at = script.byte() < 128 ? 0x100 : script.word(3) % (tried_bytes - 256);
    for (unsigned left = script.byte() % 8 + 1; left > 0; --left, at += 4) {
        const u8 kind = script.byte();
        u32 value = kind % 16;
        if (kind >= 192) {
            value = static_cast<u32>(script.word(4));
        } else if (kind >= 160) {
            value = core::xen::domid_self;
        } else if (kind >= 128) {
            value = static_cast<u32>(side.ram / page_size + kind % 64);
        } else if (kind >= 96) {
            value = static_cast<u32>(side.ram + kind % 64 * 0x200);
        }
        // Where Isthmus sees the page, the guest and it look at the same memory.
        for (unsigned byte = 0; byte < 4; ++byte) {
            *side.seen(at + byte) = static_cast<std::byte>(value >> (8 * byte));
        }
    }
}

void call(Script& script, XenSide& side) {
    using namespace core::xen;
    constexpr u64 calls[] = {call::event_channel_op,
                             call::event_channel_op,
                             call::sched_op,
                             call::memory_op,
                             call::vcpu_op,
                             call::hvm_op,
                             call::console_io,
                             call::xen_version,
                             call::vm_assist,
                             20,
                             0x1000};
    const u8 which = script.byte();
    const u64 number = calls[which % std::size(calls)];
    const u64 x0 = which < 240 ? script.byte() % 16 : script.word();
    // Text of any length is taken, a piece at a time: that is the caller's own time.
    const u64 any = argument(script, side);
    const u64 x1 = number == call::console_io ? any % 0x1000 : any;
    const u64 x2 = argument(script, side);
    side.pieces = 0;
    side.call(number, x0, x1, x2, which % 2);
    EXPECT_LE(side.pieces, 4096u);
    for (usize vcpu = 0; vcpu < 2; ++vcpu) {
        core::Vgic::wake(*side.guest.vcpu(vcpu).vgic);
    }
    side.guest.domain.state.store(Domain::State::running);
    side.guest.domain.stop_reason.store(core::StopReason::none);
}

/// What the hostile guest must not change.
struct Others {
    std::vector<std::byte> good, third;
    std::vector<Port> ports;
    core::StopReason reason{};

    bool operator==(const Others&) const = default;
};

Others others() {
    World& w = world();
    Others seen;
    const auto pages = [](HostAddress at) {
        const std::byte* bytes = fake().ram(at);
        return std::vector<std::byte>(bytes, bytes + watched_bytes);
    };
    seen.good = pages(w.good.host);
    seen.third = pages(w.third);
    const core::xen::Guest& guest = *w.good.guest.domain.xen;
    for (u32 number = 0; number < 64; ++number) {
        Port port = guest.ports[number].load();
        const bool may_change =
            !port.is_static && port.peer == DomainId{1} &&
            (port.state == Port::State::unbound || port.state == Port::State::interdomain);
        seen.ports.push_back(may_change ? Port() : port);
    }
    seen.reason = w.good.guest.domain.stop_reason.load();
    return seen;
}

/// Words of the neighbour's pages that Isthmus shows: events of channels with the other, and those
/// tell only vCPU 0's.
bool are_events(XenSide& good) {
    const core::xen::SharedInfo& shared = good.shared();
    const core::xen::Guest& guest = *good.guest.domain.xen;
    for (u32 number = 0; number < core::xen::port_limit; ++number) {
        const bool is_set = (shared.pending[number / 64] >> (number % 64) & 1) != 0;
        const Port port = guest.ports[number].load();
        if (is_set && (port.state == Port::State::free || port.peer != DomainId{1})) {
            return false;
        }
    }
    for (const u64 word : shared.mask) {
        if (word != 0) {
            return false;
        }
    }
    return true;
}

void act_honestly(Script& script, XenSide& good) {
    using namespace core::xen;
    const u8 what = script.byte();
    const u32 port = script.byte() % 16;
    switch (what % 5) {
        case 0:
            good.event(evtchn::alloc_unbound, AllocUnbound{.domain = domid_self, .remote = 1});
            break;
        case 1:
            good.event(evtchn::bind_interdomain, BindInterdomain{.remote = 1, .remote_port = port});
            break;
        case 2:
            good.event(evtchn::close, port);
            break;
        case 3:
            good.send(port);
            break;
        default:
            good.look();
            break;
    }
}

void pass(u64 ticks) {
    fake().now += ticks;
    for (usize cpu = 0; cpu < fake().cpus.size(); ++cpu) {
        fake().cpu = cpu;
        if (fake().here().deadline <= fake().now) {
            core::on_deadline(core::this_cpu());
        }
    }
    fake().cpu = 0;
}

/// False: it was the neighbour who acted.
bool act(Script& script) {
    World& w = world();
    const u8 what = script.byte();
    if (what < 24) {
        // Its tables end there. The neighbour's never do.
        fake().unmapped_from = w.evil.ram + script.byte() * 256u;
        fake().read_only_from = w.evil.ram + script.byte() * 256u;
        call(script, w.evil);
        fake().unmapped_from = ~u64{0};
        fake().read_only_from = ~u64{0};
    } else if (what < 96) {
        write_words(script, w.evil);
    } else if (what < 224) {
        call(script, w.evil);
    } else if (what < 232) {
        pass(script.word(2));
    } else {
        act_honestly(script, w.good);
        return false;
    }
    return true;
}

TEST(XenCalls, AHostileGuestChangesNothingOfOthers) {
    constexpr u32 lives = 30;
    constexpr unsigned actions = 100;
    test::booted();
    World& w = world();
    for (u32 seed = 1; seed <= lives; ++seed) {
        Script script(seed);
        begin(w.evil);
        begin(w.good);
        w.good.open_events();
        for (unsigned i = 0; i < actions; ++i) {
            const Others before = others();
            const bool is_hostile = act(script);
            ASSERT_TRUE(!is_hostile || before == others()) << seed << " at " << i;
            ASSERT_TRUE(are_events(w.good)) << seed << " at " << i;
            fake().take_output();
        }
    }
}

}  // namespace
}  // namespace isthmus
