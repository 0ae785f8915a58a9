// SPDX-License-Identifier: Apache-2.0
// Any bytes as boot tree; for each domain that is planned its own tree is written. That tree is one
// for libfdt and for our reader, describes the RAM and the vCPUs that the plan says, and a buffer
// that is too small for it is an error, and is not overrun.
#include <libfdt.h>

#include <vector>

#include "dom0less/tree/guest_tree.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/finding.hpp"
#include "isthmus/limits.hpp"
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

void check_domain(const fuzz::Boot& boot, const dom0less::DomainPlan& domain) {
    static std::vector<std::byte>* const buffer =
        new std::vector<std::byte>(dom0less::guest_tree_bytes);
    const auto bytes = dom0less::write_guest_tree(*boot.plan, domain, boot.host, *buffer);
    require(bytes.has_value() && !bytes->empty());
    require(fdt_check_full(bytes->data(), bytes->size()) == 0);
    check_content(*bytes, domain);
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
