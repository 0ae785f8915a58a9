// SPDX-License-Identifier: Apache-2.0
#include "dom0less/memory/host_claims.hpp"

#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"
#include "shm/rules.hpp"

namespace isthmus::dom0less {
namespace {

using Kind = HostClaim::Kind;

std::string_view describe(Kind kind) {
    switch (kind) {
        case Kind::image:
            return "the image of Isthmus";
        case Kind::boot_tree:
            return "the boot tree";
        case Kind::arena:
            return "the memory that Isthmus plans in";
        case Kind::reserved:
            return "reserved memory";
        case Kind::static_heap:
            return "the static heap";
        case Kind::module:
            return "module";
        case Kind::static_mem:
            return "static RAM";
        case Kind::shared:
            return "shared region";
    }
    return {};
}

std::string_view property_of(Kind kind) {
    switch (kind) {
        case Kind::static_heap:
            return "xen,static-heap";
        case Kind::static_mem:
            return "xen,static-mem";
        case Kind::shared:
            return "xen,shared-mem";
        default:
            return "reg";
    }
}

class Collector {
  public:
    explicit Collector(Arena& arena) : claims_(arena) {}

    void add(HostRange range, Kind kind, u32 index, std::string_view path) {
        if (range.empty()) {
            return;
        }
        usize position = claims_.size();
        while (position > 0 && range.start() < claims_[position - 1].range.start()) {
            --position;
        }
        claims_.insert(position, {range, kind, index, next_order_++, path});
    }
    std::span<const HostClaim> items() const { return claims_.items(); }

  private:
    ArenaVector<HostClaim> claims_;
    u32 next_order_ = 0;
};

void collect_domain(const DomainConfig& domain, u32 index, Collector& claims) {
    if (domain.kernel) {
        claims.add(domain.kernel->host, Kind::module, index, domain.kernel->path);
    }
    if (domain.ramdisk) {
        claims.add(domain.ramdisk->host, Kind::module, index, domain.ramdisk->path);
    }
    if (domain.device_tree && !domain.is_dom0()) {  // Dom0's is refused
        claims.add(domain.device_tree->host, Kind::module, index, domain.device_tree->path);
    }
    for (const HostRange& range : domain.static_mem) {
        claims.add(range, Kind::static_mem, index, domain.path);
    }
}

/// The rule that an overlap breaks, seen from the named claim; nullptr when it breaks none.
const Rule* overlap_rule(const HostClaim& named, const HostClaim& other) {
    switch (named.kind) {
        case Kind::shared:
            return other.kind == Kind::shared && other.range == named.range
                       ? &shm::rules::alias
                       : &shm::rules::host_overlap;
        case Kind::static_mem:
            return &rules::static_mem_overlap;
        case Kind::module:
            return other.kind == Kind::module && other.range == named.range
                       ? nullptr
                       : &rules::module_overlap;
        case Kind::static_heap:
            // The heap simply leaves out where Isthmus and the tree lie.
            return other.kind == Kind::reserved || other.kind == Kind::static_heap
                       ? &rules::static_heap
                       : nullptr;
        default:
            return nullptr;
    }
}

void judge(const HostClaim& left, const HostClaim& right, Findings& findings) {
    const bool left_is_named =
        left.kind != right.kind ? left.kind > right.kind : left.order > right.order;
    const HostClaim& named = left_is_named ? left : right;
    const HostClaim& other = left_is_named ? right : left;
    const Rule* rule = overlap_rule(named, other);
    if (rule == nullptr) {
        return;
    }
    findings.add_other(
        *rule, named.path, property_of(named.kind), other.path,
        other.path.empty() ? "host {} overlaps {} {}" : "host {} overlaps {} {} of {}", named.range,
        describe(other.kind), other.range, other.path);
}

const Rule* memreserve_rule(Kind kind) {
    switch (kind) {
        case Kind::static_mem:
            return &rules::static_mem_memreserve;
        case Kind::shared:
            return &shm::rules::host_memreserve;
        default:
            return nullptr;  // the heap leaves it out; modules are what boot loaders reserve
    }
}

const Rule* ram_rule(Kind kind) {
    switch (kind) {
        case Kind::static_heap:
            return &rules::static_heap;
        case Kind::static_mem:
            return &rules::static_mem_range;
        case Kind::shared:
            return &shm::rules::host_not_ram;
        default:
            return nullptr;
    }
}

bool is_in_ram(const HostRange& range, const fdt::HostDescription& host) {
    for (const fdt::MemoryBank& bank : host.memory) {
        if (bank.range.contains(range)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::span<const HostClaim> collect_claims(const PlanInput& input,
                                          std::span<const shm::RegionDraft> regions, Arena& arena) {
    Collector claims(arena);
    claims.add(input.image, Kind::image, 0, {});
    claims.add(input.boot_tree, Kind::boot_tree, 0, {});
    claims.add(input.arena, Kind::arena, 0, {});
    for (const fdt::ReservedRange& reserved : input.host.reserved) {
        if (reserved.kind == fdt::ReservedRange::Kind::reserved_memory) {
            claims.add(reserved.range, Kind::reserved, 0, reserved.path);
        }
    }
    for (const HostRange& range : input.config.static_heap) {
        claims.add(range, Kind::static_heap, 0, "/chosen");
    }
    for (usize i = 0; i < input.config.domains.size(); ++i) {
        collect_domain(input.config.domains[i], static_cast<u32>(i), claims);
    }
    for (usize i = 0; i < regions.size(); ++i) {
        if (regions[i].host) {
            claims.add(*HostRange::from(*regions[i].host, regions[i].size), Kind::shared,
                       static_cast<u32>(i), regions[i].path);
        }
    }
    return claims.items();
}

void check_claim_overlaps(std::span<const HostClaim> claims, Findings& findings) {
    for (usize i = 0; i < claims.size(); ++i) {
        for (usize j = i + 1; j < claims.size() && claims[j].range.start() < claims[i].range.end();
             ++j) {
            judge(claims[i], claims[j], findings);
        }
    }
}

void check_claims_in_ram(std::span<const HostClaim> claims, const fdt::HostDescription& host,
                         Findings& findings) {
    for (const HostClaim& claim : claims) {
        const Rule* rule = ram_rule(claim.kind);
        if (rule != nullptr && !host.memory.empty() && !is_in_ram(claim.range, host)) {
            findings.add(*rule, claim.path, property_of(claim.kind),
                         "host {} is not wholly inside the machine's RAM", claim.range);
        }
    }
}

void check_claims_memreserve(std::span<const HostClaim> claims, const fdt::HostDescription& host,
                             Findings& findings) {
    for (const HostClaim& claim : claims) {
        const Rule* rule = memreserve_rule(claim.kind);
        for (usize i = 0; rule != nullptr && i < host.reserved.size(); ++i) {
            const fdt::ReservedRange& reserved = host.reserved[i];
            if (reserved.kind == fdt::ReservedRange::Kind::memreserve &&
                reserved.range.overlaps(claim.range)) {
                findings.add_other(*rule, claim.path, property_of(claim.kind), reserved.path,
                                   "host {} is given out, though it overlaps {}, which firmware "
                                   "reserves by a /memreserve/ entry",
                                   claim.range, reserved.range);
                rule = nullptr;  // one finding each
            }
        }
    }
}

}  // namespace isthmus::dom0less
