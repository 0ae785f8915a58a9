// SPDX-License-Identifier: Apache-2.0
// All that two guests with event channels can see of them, and what they, and Isthmus, may do. The
// lowest ports only: the code under test takes the lowest that is free.
#pragma once

#include <array>
#include <cstring>

#include "isthmus/types.hpp"

namespace isthmus::model::ports {

inline constexpr usize side_count = 2;
inline constexpr usize port_count = 5;  ///< 1 is the tree's channel between the two
inline constexpr usize vcpu_count = 2;
inline constexpr u8 static_port = 1, nobody = 0xff;

struct End {
    enum Kind : u8 { closed, unbound, interdomain, bound_ipi, bound_virq };

    u8 kind = closed;
    u8 is_static = 0;
    u8 peer = nobody;
    u8 peer_port = 0;
    u8 vcpu = 0;
    u8 virq = 0;
    u8 pending = 0;
    u8 masked = 0;
};

/// What a vCPU has been told.
struct Told {
    u8 word = 0;
    u8 flag = 0;
    u8 interrupt = 0;
};

struct Side {
    std::array<End, port_count> ends{};
    std::array<Told, vcpu_count> told{};
    u8 has_pages = 0;
    u8 is_over = 0;
    u8 console_port = 0;  ///< that VIRQ_CONSOLE is bound to
    u8 has_infos = 0;     ///< its vCPUs have registered their vcpu_infos
};

struct View {
    std::array<Side, side_count> sides{};

    bool operator==(const View& other) const {
        return std::memcmp(this, &other, sizeof(View)) == 0;
    }
};
static_assert(std::has_unique_object_representations_v<View>);

enum class Do : u8 {
    alloc,  ///< other: the domain that may bind
    bind,   ///< to `port` of domain `other`
    ipi,    ///< other: the vCPU
    virq,   ///< port: the interrupt; other: the vCPU
    close,
    send,
    move,  ///< bind_vcpu; other: the vCPU
    mask,  ///< a store of the guest's
    unmask,
    look,   ///< of vCPU `other`: it takes all that is pending and not masked
    pages,  ///< shared_info and all vcpu_infos are named
    reset,
    end,      ///< the domain stops
    restart,  ///< it is built again
    type,     ///< VIRQ_CONSOLE
    count
};

struct Action {
    Do what = Do::count;
    u8 side = 0;
    u8 port = 0;
    u8 other = 0;
};

struct Answer {
    i64 result = 0;
    u32 port = 0;

    bool operator==(const Answer&) const = default;
};

}  // namespace isthmus::model::ports
