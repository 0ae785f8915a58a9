// SPDX-License-Identifier: Apache-2.0
// memory_op and vcpu_op: the guest names the pages in which Isthmus tells it of events and times.
#include <algorithm>
#include <cstring>

#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/events.hpp"
#include "core/domain/domain.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/guest.hpp"

namespace isthmus::core::xen {
namespace {

constexpr i64 error_of(Error error) {
    return error == Error::out_of_memory ? enomem : einval;
}

/// A frame's number is a guest's word: it may be any.
GuestAddress address_of(u64 frame) {
    return GuestAddress(frame < (u64{1} << 52) ? frame * page_bytes
                                               : ~u64{0} & ~u64{page_bytes - 1});
}

i64 add_to_physmap(Guest& guest, const AddToPhysmap& call) {
    if (!names_self(guest, call.domain)) {
        return find_guest(static_cast<DomainId>(call.domain)) == nullptr ? esrch : eperm;
    }
    if (call.space != memory::space_shared_info) {
        return enosys;  // there are no grant tables
    }
    if (call.index != 0) {
        return einval;
    }
    const LockGuard guard(guest.lock);
    return guest.place_shared_info(address_of(call.frame));
}

i64 reservation(const Guest& guest, u64 argument) {
    return with_input<u16>(*guest.domain, argument, [&](u16 named) {
        return names_self(guest, named)
                   ? static_cast<i64>(guest.domain->plan->memory_bytes / page_bytes)
                   : eperm;
    });
}

/// RAM is the guest's for good: what it gives back stays there, unused by it, and is there when it
/// is asked for again. A kernel that finds no place for grant tables does so, and stops the machine
/// when it is refused.
i64 keep_pages(const Guest& guest, const Reservation& call) {
    if (!names_self(guest, call.domain)) {
        return eperm;
    }
    const u64 pages = guest.domain->plan->memory_bytes / page_bytes;
    constexpr u32 largest = 18;
    return call.order <= largest && call.count <= pages >> call.order ? static_cast<i64>(call.count)
                                                                      : einval;
}

/// Once for each vCPU, as on Xen; by itself, or while it is off.
i64 register_info(Vcpu& caller, Vcpu& vcpu, const RegisterVcpuInfo& call) {
    Guest& guest = *vcpu.domain->xen;
    if (call.offset > page_bytes - sizeof(VcpuInfo) || call.offset % alignof(VcpuInfo) != 0 ||
        (&caller != &vcpu && vcpu.is_on())) {
        return einval;
    }
    const LockGuard guard(guest.lock);
    return guest.place_info(vcpu.id, address_of(call.frame), call.offset);
}

i64 register_runstate(Vcpu& caller, Vcpu& vcpu, u64 address) {
    Guest& guest = *vcpu.domain->xen;
    if (address % alignof(RunstateInfo) != 0) {
        return einval;
    }
    vcpu.tells_runstate.store(0);
    {
        const LockGuard guard(guest.lock);
        RunstateArea& area = guest.vcpus[vcpu.id].runstate;
        const i64 result = guest.place_runstate(area, address);
        if (result != 0 || address == 0) {
            return result;
        }
        begin_runstate(area, &caller == &vcpu);
    }
    per_cpu(vcpu.host_cpu).tells_runstate.store(1);
    vcpu.tells_runstate.store(1);
    return 0;
}

}  // namespace

/// What the guest sees in its new page: as in the old one, or as at the start. True: there are
/// events from before there was one.
bool Guest::fill(SharedInfo& page) {
    std::memset(static_cast<void*>(&page), 0, page_bytes);
    if (shared != nullptr) {
        std::memcpy(static_cast<void*>(&page), shared, sizeof(SharedInfo));
        return false;
    }
    page.pending = early;
    early = {};
    return std::ranges::any_of(page.pending, [](u64 word) { return word != 0; });
}

i64 Guest::place_shared_info(GuestAddress address) {
    const Result<std::byte*> shown = pages.show(*domain, address);
    if (!shown) {
        return error_of(shown.error());
    }
    auto* page = object_at<SharedInfo>(*shown);
    if (page == shared) {
        pages.release(*shown);
        return 0;
    }
    const bool has_events = fill(*page);
    if (shared != nullptr) {
        pages.release(reinterpret_cast<const std::byte*>(shared));
    }
    shared = page;
    if (!vcpus[0].has_own_info) {
        vcpus[0].info = &page->first;
    }
    for (u32 vcpu = 0; has_events && vcpu < vcpus.size(); ++vcpu) {
        tell_all(vcpu);
    }
    return 0;
}

/// Once for each vCPU, as on Xen. Events that it has not seen yet go with it.
i64 Guest::place_info(u32 vcpu, GuestAddress address, u32 offset) {
    GuestVcpu& state = vcpus[vcpu];
    if (state.has_own_info) {
        return einval;
    }
    const Result<std::byte*> shown = pages.show(*domain, address);
    if (!shown) {
        return error_of(shown.error());
    }
    VcpuInfo content{};
    if (state.info != nullptr) {
        std::memcpy(&content, state.info, sizeof(content));
        content.upcall_pending = 0;  // it is told again
    }
    state.info = object_at<VcpuInfo>(*shown + offset);
    std::memcpy(state.info, &content, sizeof(content));
    state.has_own_info = true;
    tell_all(vcpu);
    return 0;
}

void Guest::forget(RunstateArea& area) {
    if (area.first != nullptr) {
        pages.release(area.first - area.offset);
    }
    if (area.second != nullptr) {
        pages.release(area.second);
    }
    area.first = nullptr;
    area.second = nullptr;
}

/// The page that a virtual address leads to now, for the guest to write.
Result<std::byte*> Guest::show_virtual(u64 address) {
    const GuestAddress at = ISTHMUS_TRY(arch::guest_translation(address, arch::GuestAccess::write));
    return pages.show(*domain, at.align_down(page_size));
}

/// The area stays where its virtual address leads at this moment: the guest's tables may change
/// later, and they are not loaded when a switch is told.
i64 Guest::place_runstate(RunstateArea& area, u64 address) {
    forget(area);
    if (address == 0) {
        return 0;
    }
    const u32 offset = static_cast<u32>(address % page_bytes);
    const u32 room = page_bytes - offset;
    const Result<std::byte*> first = show_virtual(address);
    if (!first) {
        return efault;
    }
    if (room < sizeof(RunstateInfo)) {
        const Result<std::byte*> second = show_virtual(address + room);
        if (!second) {
            pages.release(*first);
            return efault;
        }
        area.second = *second;
    }
    area.offset = offset;
    area.first = *first + offset;
    return 0;
}

i64 memory_op(Vcpu& vcpu, u32 command, u64 argument) {
    constexpr u32 command_mask = 0x3f;  // above it: where a long one goes on
    Guest& guest = *vcpu.domain->xen;
    switch (command & command_mask) {
        case memory::current_reservation:
        case memory::maximum_reservation:
            return reservation(guest, argument);
        case memory::decrease_reservation:
        case memory::populate_physmap:
            return with_input<Reservation>(*vcpu.domain, argument, [&](const Reservation& call) {
                return keep_pages(guest, call);
            });
        case memory::add_to_physmap:
            return with_input<AddToPhysmap>(*vcpu.domain, argument, [&](const AddToPhysmap& call) {
                return add_to_physmap(guest, call);
            });
        default:
            return enosys;
    }
}

i64 vcpu_op(Vcpu& vcpu, u32 command, u32 number, u64 argument) {
    Domain& domain = *vcpu.domain;
    if (number >= domain.vcpus.size()) {
        return enoent;
    }
    Vcpu& named = domain.vcpus[number];
    switch (command) {
        case vcpu_command::register_vcpu_info:
            return with_input<RegisterVcpuInfo>(
                domain, argument,
                [&](const RegisterVcpuInfo& call) { return register_info(vcpu, named, call); });
        case vcpu_command::register_runstate_memory_area:
            return with_input<u64>(domain, argument, [&](u64 address) {
                return register_runstate(vcpu, named, address);
            });
        default:
            return einval;
    }
}

i64 vm_assist(Vcpu& vcpu, u32 command, u32 type) {
    if (type != assist::runstate_update_flag || command > assist::disable) {
        return einval;
    }
    vcpu.domain->xen->writes_update_flag.store(command == assist::enable ? 1 : 0);
    return 0;
}

}  // namespace isthmus::core::xen
