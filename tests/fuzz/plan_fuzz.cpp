// SPDX-License-Identifier: Apache-2.0
// Any bytes as boot tree, read and planned. Whatever the tree was, a plan covers the machine's RAM
// exactly, keeps domains apart save for their regions, and is the same when it is made again.
#include <algorithm>
#include <string>
#include <vector>

#include "dom0less/plan_text.hpp"
#include "tests/fuzz/support/boot.hpp"
#include "tests/fuzz/support/tree_mutator.hpp"

namespace {

using namespace isthmus;
using fuzz::require;

class Text final : public TextSink {
  public:
    void write(std::string_view text) override { text_ += text; }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

/// The map must cover the RAM of the machine exactly.
void check_host_map(const dom0less::Plan& plan, const fdt::HostDescription& host) {
    std::size_t next = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        HostAddress cursor = bank.range.start();
        while (cursor < bank.range.end()) {
            require(next < plan.host_map.size() && plan.host_map[next].range.start() == cursor);
            require(plan.host_map[next].range.end() > cursor);
            cursor = plan.host_map[next++].range.end();
        }
        require(cursor == bank.range.end());
    }
    require(next == plan.host_map.size());
}

/// One mapping, seen from the host.
struct Seen {
    u64 start = 0;
    u64 end = 0;
    DomainId domain = DomainId::none;
    std::optional<u32> region;
    mm::MappingType type = mm::MappingType::ram_rw;
};

/// Registers that Isthmus keeps.
std::vector<HostRange> kept_registers(const fdt::HostDescription& host) {
    std::vector<HostRange> kept = {host.gic->distributor, host.gic->cpu_interface,
                                   host.gic->hypervisor_interface};
    kept.insert(kept.end(), host.gic->redistributors.begin(), host.gic->redistributors.end());
    if (host.console) {
        kept.push_back(host.console->registers);
    }
    return kept;
}

/// A GICv2's virtual CPU interface, which all guests share. True when it is that.
bool check_cpu_interface(const fdt::HostDescription& host, const dom0less::DomainPlan& domain,
                         const dom0less::MappingPlan& mapping) {
    if (host.gic->version != 2 || mapping.guest != domain.gic.cpu_interface) {
        return false;
    }
    require(mapping.host == host.gic->vcpu_interface.start());
    require(mapping.guest.size() == host.gic->vcpu_interface.size());
    for (const fdt::MemoryBank& bank : host.memory) {
        require(!bank.range.overlaps(host.gic->vcpu_interface));
    }
    return true;
}

/// What a domain has of the machine's own: no device is RAM, nor one that Isthmus keeps; reserved
/// memory is Dom0's alone.
void check_passed_through(const fdt::HostDescription& host, const dom0less::DomainPlan& domain,
                          const dom0less::MappingPlan& mapping) {
    const HostRange pages = *HostRange::from(mapping.host, mapping.guest.size());
    if (mapping.type == mm::MappingType::reserved_rw) {
        require(domain.is_dom0());
        return;
    }
    require(mapping.type == mm::MappingType::device);
    for (const fdt::MemoryBank& bank : host.memory) {
        require(!bank.range.overlaps(pages));
    }
    for (const HostRange& kept : kept_registers(host)) {
        require(kept.empty() || !kept.overlaps(pages));
    }
}

void check_guest_map(const fdt::HostDescription& machine, const dom0less::DomainPlan& domain,
                     std::vector<Seen>& all) {
    u64 last = 0;
    u64 ram = 0;
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        require(!mapping.guest.empty() && mapping.guest.start().raw() >= last);
        last = mapping.guest.end().raw();
        const u64 host = mapping.host.raw();
        require(host % page_size == 0 && mapping.guest.size() % page_size == 0);
        if (check_cpu_interface(machine, domain, mapping)) {
            continue;
        }
        const bool is_own = mapping.region || is_private_ram(mapping);
        if (!is_own) {
            check_passed_through(machine, domain, mapping);
        }
        ram += is_private_ram(mapping) ? mapping.guest.size() : 0;
        all.push_back({host, host + mapping.guest.size(), domain.id, mapping.region, mapping.type});
    }
    require(ram == domain.memory_bytes);
}

/// Host pages that are seen twice are those of one region.
void check_apart(std::vector<Seen> all) {
    std::sort(all.begin(), all.end(),
              [](const Seen& a, const Seen& b) { return a.start < b.start; });
    Seen highest;
    for (const Seen& seen : all) {
        if (seen.start < highest.end) {
            require(seen.region.has_value() && seen.region == highest.region);
        }
        if (seen.end > highest.end) {
            highest = seen;
        }
    }
}

/// Who is said to have the pages of a mapping has them in the host map too.
void check_owned(const dom0less::Plan& plan, const Seen& seen) {
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (use.range.start().raw() >= seen.end || use.range.end().raw() <= seen.start) {
            continue;
        }
        if (seen.type == mm::MappingType::reserved_rw) {
            require(use.use == dom0less::HostUse::reserved ||
                    use.use == dom0less::HostUse::memreserve);
        } else if (seen.region) {
            require(use.use == dom0less::HostUse::shared && use.region == *seen.region);
            require(use.owner == plan.regions[*seen.region].owner);
        } else {
            require(use.use == dom0less::HostUse::domain_ram && use.owner == seen.domain);
        }
    }
}

std::string check_plan(const fuzz::Boot& boot) {
    const dom0less::Plan& plan = *boot.plan;
    check_host_map(plan, boot.host);
    std::vector<Seen> all;
    for (const dom0less::DomainPlan& domain : plan.domains) {
        check_guest_map(boot.host, domain, all);
    }
    check_apart(all);
    for (const Seen& seen : all) {
        check_owned(plan, seen);
    }
    Text text;
    dom0less::print_plan(text, plan, boot.host);
    dom0less::print_host_map(text, plan);
    return text.text();
}

}  // namespace

ISTHMUS_FUZZ_TREES();

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Input input(data, size);
    std::string first;
    {
        fuzz::Boot boot(input);
        if (!boot.tree) {
            boot.print_findings();
            return 0;
        }
        boot.plan_all();
        boot.print_findings();
        if (!boot.plan) {
            return 0;
        }
        first = check_plan(boot);
    }
    fuzz::Boot again(input);
    again.plan_all();
    require(again.plan && check_plan(again) == first);
    return 0;
}
