// SPDX-License-Identifier: Apache-2.0
// Any bytes as boot tree; for each domain that is planned its own tree is written. That tree is one
// for libfdt and for our reader, describes the RAM and the vCPUs that the plan says, and a buffer
// that is too small for it is an error, and is not overrun.
#include <libfdt.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dom0less/tree/guest_tree.hpp"
#include "dom0less/tree/tree_size.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
#include "isthmus_guest/isthmus_region.h"
#include "tests/fuzz/support/boot.hpp"
#include "tests/fuzz/support/tree_mutator.hpp"

namespace {

using namespace isthmus;
using fuzz::require;

bool in_one_bank(const fdt::HostDescription& machine, const GuestRange& range) {
    for (const fdt::MemoryBank& bank : machine.memory) {
        if (bank.range.start().raw() <= range.start().raw() &&
            range.end().raw() <= bank.range.end().raw()) {
            return true;
        }
    }
    return false;
}

/// Reads the guest's tree as a machine, which is what it is for the guest.
void check_content(std::span<const std::byte> blob, const dom0less::DomainPlan& domain) {
    static std::vector<std::byte>* const memory = new std::vector<std::byte>(limits::arena_bytes);
    Arena arena(*memory);
    Findings findings(arena);
    const auto tree = fdt::Tree::open(blob, arena, findings);
    require(tree.has_value());
    if (domain.is_dom0() || domain.partial_tree != nullptr) {
        return;  // it has nodes that somebody else wrote, and they may say anything
    }
    const auto machine = fdt::read_host(*tree, {}, arena, findings);
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        require(!is_private_ram(mapping) || in_one_bank(machine, mapping.guest));
    }
    require(machine.cpus.size() == domain.vcpus.size());
    for (usize i = 0; i < machine.cpus.size(); ++i) {
        require(machine.cpus[i].mpidr == domain.vcpus[i].mpidr);
    }
    require(machine.psci && machine.psci->conduit == fdt::Psci::Conduit::hvc);
}

/// Where the tree says that the region's status page is, the domain reads that of this region.
void check_status(const dom0less::Plan& plan, const dom0less::DomainPlan& domain, u32 subject,
                  const isthmus_region& found) {
    u64 planned = 0;
    for (const shm::SharedViewPlan& view : domain.views) {
        const shm::RegionPlan& region = plan.regions[view.region];
        if (region.role == shm::RegionPlan::Role::status && region.subject == subject) {
            planned = view.guest.start().raw();
            require(!view.writable && found.status_size == view.guest.size());
            require(found.parties == region.parties.size());
        }
    }
    require(found.status == planned);
}

/// A guest finds its regions by the walk that is made for it.
void check_regions(const fuzz::Boot& boot, const dom0less::DomainPlan& domain,
                   std::span<const std::byte> blob) {
    std::vector<u32> seen;  // of several views of one region the first is found
    for (const shm::SharedViewPlan& view : domain.views) {
        const shm::RegionPlan& region = boot.plan->regions[view.region];
        isthmus_region found{};
        if (region.is_system() || std::ranges::count(seen, view.region) != 0) {
            continue;
        }
        seen.push_back(view.region);
        const std::string id(region.id);
        const int status =
            region.dialect == shm::RegionPlan::Dialect::text
                ? isthmus_find_region(blob.data(), blob.size(), id.c_str(), &found)
                : isthmus_find_numbered_region(blob.data(), blob.size(), region.id_cell, &found);
        require(status == ISTHMUS_OK);
        require(found.address == view.guest.start().raw() && found.size == view.guest.size());
        require(found.offset == view.offset && found.writable == view.writable);
        require((found.presentation == ISTHMUS_XEN) ==
                (view.presentation == shm::Presentation::xen));
        require((found.presentation == ISTHMUS_PMEM) ==
                (view.presentation == shm::Presentation::pmem));
        check_status(*boot.plan, domain, view.region, found);
        require(!region.has_doorbells || found.parties == region.parties.size());
        for (u32 i = 0; region.has_doorbells && i < found.parties; ++i) {
            const u32 bell = isthmus_doorbell_to(&found, i);
            require((bell == ISTHMUS_NO_DOORBELL) == (region.parties[i] == domain.id));
            require(bell == ISTHMUS_NO_DOORBELL ||
                    (domain.doorbells[bell].peer == region.parties[i] &&
                     domain.doorbells[bell].region == view.region &&
                     domain.doorbells[bell].intid == found.interrupt));
        }
    }
}

void check_domain(const fuzz::Boot& boot, const dom0less::DomainPlan& domain) {
    static std::vector<std::byte>* const buffer =
        new std::vector<std::byte>(dom0less::guest_tree_bytes);
    const auto bytes = dom0less::write_guest_tree(*boot.plan, domain, boot.host, *buffer);
    require(bytes.has_value() && !bytes->empty());
    require(fdt_check_full(bytes->data(), bytes->size()) == 0);
    require(domain.is_dom0() || bytes->size() <= most_tree_bytes(tree_parts(domain)));
    check_content(*bytes, domain);
    if (!domain.is_dom0() && domain.partial_tree == nullptr) {
        check_regions(boot, domain, *bytes);
    }
    // Exactly as long as it may be, so that writing behind it is seen.
    for (const usize less : {usize{1}, bytes->size() / 2}) {
        std::vector<std::byte> small(bytes->size() - less);
        const auto refused = dom0less::write_guest_tree(*boot.plan, domain, boot.host, small);
        require(!refused && refused.error() == Error::out_of_memory);
    }
}

}  // namespace

ISTHMUS_FUZZ_TREES();

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input(data, size);
    fuzz::Boot boot(input);
    if (boot.tree) {
        boot.plan_all();
    }
    if (boot.plan) {
        for (const dom0less::DomainPlan& domain : boot.plan->domains) {
            check_domain(boot, domain);
        }
    }
    return 0;
}
