// SPDX-License-Identifier: Apache-2.0
#include "tests/model/ports/reference.hpp"

namespace isthmus::model::ports {
namespace {

constexpr i64 invalid = -22, exists = -17;
constexpr u8 console_virq = 2;

void tell(Side& side, u8 vcpu) {
    Told& told = side.told[vcpu];
    if (told.word != 0) {
        return;
    }
    told.word = 1;
    if (told.flag == 0) {
        told.flag = 1;
        told.interrupt = 1;
    }
}

void event(Side& side, u8 port) {
    End& end = side.ends[port];
    if (side.is_over != 0 || end.pending != 0) {
        return;
    }
    end.pending = 1;
    if (side.has_pages != 0 && end.masked == 0) {
        tell(side, end.vcpu);
    }
}

Answer take(Side& side, End end) {
    for (u8 port = 1; port < port_count; ++port) {
        End& there = side.ends[port];
        if (there.kind == End::closed) {
            end.pending = there.pending;
            end.masked = there.masked;
            there = end;
            return {0, port};
        }
    }
    return {-28, 0};
}

Answer bind(View& view, Action action) {
    Side& far_side = view.sides[action.other];
    const End far = far_side.ends[action.port];
    if (far.kind != End::unbound || far.peer != action.side) {
        return {invalid, 0};
    }
    Side& side = view.sides[action.side];
    const Answer taken =
        take(side, {.kind = End::interdomain, .peer = action.other, .peer_port = action.port});
    End& end = far_side.ends[action.port];
    end.kind = End::interdomain;
    end.peer_port = static_cast<u8>(taken.port);
    event(side, static_cast<u8>(taken.port));
    return taken;
}

Answer bind_virq(Side& side, Action action) {
    for (const End& end : side.ends) {
        if (end.kind == End::bound_virq && end.virq == action.port &&
            (action.port == console_virq || end.vcpu == action.other)) {
            return {exists, 0};
        }
    }
    const Answer taken =
        take(side, {.kind = End::bound_virq, .vcpu = action.other, .virq = action.port});
    if (action.port == console_virq && action.side == 0) {  // Dom0
        side.console_port = static_cast<u8>(taken.port);
    }
    return taken;
}

Answer close(View& view, u8 number, u8 port) {
    Side& side = view.sides[number];
    End& end = side.ends[port];
    if (end.kind == End::closed) {
        return {invalid, 0};
    }
    if (end.is_static != 0) {
        return {};
    }
    const End was = end;
    end = {.masked = end.masked};
    if (side.console_port == port) {
        side.console_port = 0;
    }
    if (was.kind == End::interdomain) {
        End& far = view.sides[was.peer].ends[was.peer_port];
        far.kind = End::unbound;
        far.peer_port = 0;
    }
    return {};
}

Answer send(View& view, Action action) {
    const End& end = view.sides[action.side].ends[action.port];
    switch (end.kind) {
        case End::interdomain:
            event(view.sides[end.peer], end.peer_port);
            return {};
        case End::bound_ipi:
            event(view.sides[action.side], action.port);
            return {};
        case End::unbound:
            return {};
        default:
            return {invalid, 0};
    }
}

Answer move(Side& side, Action action) {
    End& end = side.ends[action.port];
    if (end.kind == End::closed || end.kind == End::bound_ipi ||
        (end.kind == End::bound_virq && end.virq != console_virq)) {
        return {invalid, 0};
    }
    end.vcpu = action.other;
    return {};
}

Answer unmask(Side& side, u8 port) {
    End& end = side.ends[port];
    if (end.masked != 0) {
        end.masked = 0;
        if (end.pending != 0) {
            tell(side, end.vcpu);
        }
    }
    return {};
}

void look(Side& side, u8 vcpu) {
    Told& told = side.told[vcpu];
    if (told.word != 0) {
        for (End& end : side.ends) {
            end.pending = end.masked != 0 ? end.pending : u8{0};
        }
    }
    told = {};
}

void end_domain(Side& side) {
    for (End& end : side.ends) {
        end.pending = side.has_pages != 0 ? u8{0} : end.pending;  // what was in them
        end.masked = 0;
    }
    side.is_over = 1;
    side.has_pages = 0;
    side.told = {};
}

void begin_again(Side& side) {
    for (End& end : side.ends) {
        end.pending = 0;
    }
    side.ends[static_port].vcpu = 0;
    side.is_over = 0;
    side.has_infos = 0;
}

}  // namespace

unsigned steps_of(Action action) {
    switch (action.what) {
        case Do::reset:
            return port_count;
        case Do::restart:
            return port_count + 1;
        default:
            return 1;
    }
}

Answer refer(View& view, Action action, unsigned step) {
    Side& side = view.sides[action.side];
    switch (action.what) {
        case Do::alloc:
            return take(side, {.kind = End::unbound, .peer = action.other});
        case Do::bind:
            return bind(view, action);
        case Do::ipi:
            return take(side, {.kind = End::bound_ipi, .vcpu = action.other});
        case Do::virq:
            return bind_virq(side, action);
        case Do::close:
            return close(view, action.side, action.port);
        case Do::send:
            return send(view, action);
        case Do::move:
            return move(side, action);
        case Do::mask:
            side.ends[action.port].masked = 1;
            return {};
        case Do::unmask:
            return unmask(side, action.port);
        case Do::look:
            look(side, action.other);
            return {};
        case Do::pages:
            side.has_pages = 1;
            side.has_infos = 1;
            side.told.fill({.word = 1, .flag = 1, .interrupt = 1});
            return {};
        case Do::end:
            end_domain(side);
            return {};
        case Do::reset:
        case Do::restart:
            if (step < port_count) {
                close(view, action.side, static_cast<u8>(step));
            } else {
                begin_again(side);
            }
            return {};
        case Do::type:
            if (side.console_port != 0) {
                event(side, side.console_port);
            }
            return {};
        case Do::count:
            break;
    }
    return {};
}

bool is_possible(const View& view, Action action, unsigned most) {
    const Side& side = view.sides[action.side];
    unsigned open = 0;
    for (const End& end : side.ends) {
        open += end.kind != End::closed && end.is_static == 0 ? 1u : 0u;
    }
    switch (action.what) {
        case Do::restart:
            return side.is_over != 0;
        case Do::type:
            return true;
        case Do::alloc:
        case Do::bind:
        case Do::ipi:
        case Do::virq:
            return side.is_over == 0 && open < most;
        case Do::mask:
        case Do::unmask:
        case Do::look:
            return side.is_over == 0 && side.has_pages != 0;
        case Do::pages:
            return side.is_over == 0 && side.has_pages == 0;
        default:
            return side.is_over == 0;
    }
}

const char* broken_rule(const View& view) {
    for (u8 number = 0; number < side_count; ++number) {
        const Side& side = view.sides[number];
        bool is_told = side.has_pages == 0;
        for (const Told& told : side.told) {
            is_told = is_told || (told.word != 0 && told.flag != 0 && told.interrupt != 0);
        }
        for (u8 port = 0; port < port_count; ++port) {
            const End& end = side.ends[port];
            if (end.kind == End::interdomain) {
                const End& far = view.sides[end.peer].ends[end.peer_port];
                if (far.kind != End::interdomain || far.peer != number || far.peer_port != port) {
                    return "a channel leads to a port that does not lead back";
                }
            }
            if (end.kind == End::closed && end.pending != 0) {
                return "something is pending at a closed port";
            }
            if (end.pending != 0 && end.masked == 0 && !is_told) {
                return "nobody is told of what is pending";
            }
            if ((port == static_port) != (end.is_static != 0)) {
                return "the tree's channel has gone";
            }
        }
    }
    return nullptr;
}

}  // namespace isthmus::model::ports
