// SPDX-License-Identifier: Apache-2.0
#include "core/boot/inject.hpp"

#include "core/arm/xen/guest.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/smmu.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {
namespace {

constexpr bool injects = ISTHMUS_FAULT_INJECTION != 0;
constexpr GuestAddress unused{0x6000'0000};  // guest address that no test's tree uses

/// The descriptor that translates an address of the domain.
u64& find_descriptor(const Domain& domain, GuestAddress address) {
    const mm::TableGeometry geometry = domain.map->table().geometry();
    HostAddress table = domain.map->table().root();
    for (unsigned level = geometry.start_level;; ++level) {
        const u64 index = (address.raw() >> mm::entry_shift(level)) % geometry.entries(level);
        u64& entry = arch::host_object<u64>(table)[index];
        if (!arch::Stage2Format::is_table(entry, level)) {
            return entry;
        }
        table = arch::Stage2Format::address(entry);
    }
}

HostAddress ram_of(const Domain& domain) {
    for (const dom0less::MappingPlan& mapping : domain.plan->mappings) {
        if (is_private_ram(mapping)) {
            return mapping.host;
        }
    }
    return HostAddress();
}

GuestRange first_page(const Domain& domain) {
    return *GuestRange::from(domain.plan->mappings[0].guest.start(), page_size);
}

/// A page of the first region that the domain sees.
GuestRange shared_page(const Domain& domain) {
    return *GuestRange::from(domain.plan->views[0].guest.start(), page_size);
}

Result<void> unmap(Domain& domain, GuestRange range) {
    return domain.map->unmap(range, ReleasePages());
}

/// The domain's first stream is the peer's.
Result<void> give_stream(const Domain& domain, const Domain& peer) {
    if (domain.plan->streams.empty()) {
        return fail(Error::not_found);
    }
    const fdt::StreamRange& range = domain.plan->streams[0];
    const arch::StreamIds stream{range.first, 1};
    ISTHMUS_TRY(arch::detach_streams(range.smmu, stream));
    return arch::attach_streams(range.smmu, stream, peer.control);
}

/// The domain's first event channel leads to the peer's next port.
Result<void> turn_channel(const Domain& domain) {
    if (domain.plan->xen.channels.empty()) {
        return fail(Error::not_found);
    }
    xen::AtomicPort& word = domain.xen->ports[domain.plan->xen.channels[0].port];
    xen::Port port = word.load();
    ++port.peer_port;
    word.store(port);
    return {};
}

[[maybe_unused]] Result<void> spoil(std::string_view kind, Domain& victim, Domain& peer) {
    if (kind == "extra-mapping") {
        return victim.map->map_ram(*GuestRange::from(unused, page_size), ram_of(peer),
                                   mm::MappingType::ram_rw);
    }
    if (kind == "missing-mapping") {
        return unmap(victim, first_page(victim));
    }
    if (kind == "wrong-host") {
        ISTHMUS_TRY(unmap(victim, first_page(victim)));
        return victim.map->map_ram(first_page(victim), ram_of(peer), mm::MappingType::ram_rw);
    }
    if (kind == "wrong-type") {
        u64& entry = find_descriptor(victim, shared_page(victim).start());
        entry = arch::Stage2Format::leaf(arch::Stage2Format::address(entry), mm::last_level,
                                         mm::MappingType::ram_rw);
        return {};
    }
    if (kind == "wrong-rights") {
        find_descriptor(victim, shared_page(victim).start()) &= ~arch::stage2::Xn::mask;
        return {};
    }
    if (kind == "page-owner") {
        frames().lookup(ram_of(victim))->set_word(frames().lookup(ram_of(peer))->word());
        return {};
    }
    if (kind == "page-count") {
        return mm::get_page(*frames().lookup(ram_of(victim)), victim.plan->id);
    }
    if (kind == "own-map") {
        return arch::map_host(*HostRange::from(ram_of(victim), page_size),
                              arch::HostAccess::read_only);
    }
    if (kind == "guest-control") {
        victim.control = peer.control;
        return {};
    }
    if (kind == "channel-end") {
        return turn_channel(victim);
    }
    if (kind == "stream-entry") {
        return give_stream(victim, peer);
    }
    return fail(Error::not_found);
}

}  // namespace

void inject_fault(std::string_view kind) {
    if (kind.empty()) {
        return;
    }
    if constexpr (!injects) {
        log("inject={}: this build injects no faults", kind);
    } else if (domains().size() < 2 || !spoil(kind, domains()[0], domains()[1])) {
        log("inject={}: not possible", kind);
    }
}

}  // namespace isthmus::core
