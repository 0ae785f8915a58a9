// SPDX-License-Identifier: Apache-2.0
// Any bytes as boot tree, read and planned. Whatever the tree was, a plan covers the machine's RAM
// exactly, keeps domains apart except for their regions, and is the same when it is made again.
#include <algorithm>
#include <string>
#include <vector>

#include "dom0less/show/plan_text.hpp"
#include "isthmus/finding.hpp"
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
};

/// A GICv2's virtual CPU interface, which all guests share and which is no RAM.
bool is_cpu_interface(const fdt::HostDescription& host, const dom0less::DomainPlan& domain,
                      const dom0less::MappingPlan& mapping) {
    return host.gic && host.gic->version == 2 && mapping.guest == domain.gic.cpu_interface &&
           mapping.host == host.gic->vcpu_interface.start() &&
           mapping.guest.size() == host.gic->vcpu_interface.size();
}

/// A domain's partial tree asks for these pages.
bool is_assigned(const dom0less::DomainPlan& domain, HostRange page) {
    for (const dom0less::DevicePlan& device : domain.devices) {
        for (const dom0less::DeviceWindowPlan& window : device.windows) {
            if (HostRange::from(window.host, window.guest.size())->contains(page)) {
                return true;
            }
        }
    }
    return false;
}

/// Registers, or what is reserved in the machine and Dom0's, are neither RAM that somebody has, nor
/// registers that Isthmus keeps.
void check_no_ram(const fuzz::Boot& boot, const dom0less::DomainPlan& domain,
                  const dom0less::MappingPlan& mapping) {
    const HostRange host = *HostRange::from(mapping.host, mapping.guest.size());
    const bool is_device = mm::is_device(mapping.type);
    require(is_device || (mapping.type == mm::MappingType::reserved_rw && domain.is_dom0()));
    for (const fdt::MemoryBank& bank : boot.host.memory) {
        require(!is_device || !bank.range.overlaps(host));
    }
    for (const dom0less::HostUsePlan& use : boot.plan->host_map) {
        require(!use.range.overlaps(host) || use.use == dom0less::HostUse::reserved);
    }
    if (is_cpu_interface(boot.host, domain, mapping)) {
        return;
    }
    for (const dom0less::HostDevice& device : boot.config.devices) {
        require(!device.is_own || !device.touches(host));
    }
    for (u64 at = 0; !domain.is_dom0() && at < host.size() && at < 64 * page_size;
         at += page_size) {
        require(is_assigned(domain, *HostRange::from(host.start() + at, page_size)));
    }
}

void check_guest_map(const fuzz::Boot& boot, const dom0less::DomainPlan& domain,
                     std::vector<Seen>& all, std::vector<Seen>& devices) {
    u64 last = 0;
    u64 ram = 0;
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        require(!mapping.guest.empty() && mapping.guest.start().raw() >= last);
        last = mapping.guest.end().raw();
        const u64 host = mapping.host.raw();
        require(host % page_size == 0 && mapping.guest.size() % page_size == 0);
        if (!mapping.region && !is_private_ram(mapping)) {
            check_no_ram(boot, domain, mapping);
            if (!is_cpu_interface(boot.host, domain, mapping)) {
                devices.push_back({host, host + mapping.guest.size(), domain.id, {}});
            }
            continue;
        }
        ram += mapping.region ? 0 : mapping.guest.size();
        all.push_back({host, host + mapping.guest.size(), domain.id, mapping.region});
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

/// Nobody's registers are another's.
void check_devices_apart(std::vector<Seen> devices) {
    std::sort(devices.begin(), devices.end(),
              [](const Seen& a, const Seen& b) { return a.start < b.start; });
    for (std::size_t i = 1; i < devices.size(); ++i) {
        // One domain may see a page in two places.
        require(devices[i].start >= devices[i - 1].end ||
                devices[i].domain == devices[i - 1].domain);
    }
}

/// A line of the machine has one user.
void check_lines_apart(const dom0less::Plan& plan) {
    std::vector<u32> lines;
    for (const dom0less::DomainPlan& domain : plan.domains) {
        for (const dom0less::InterruptRoutePlan& route : domain.interrupts) {
            if (route.is_device_line()) {
                require(route.virtual_intid - fdt::first_spi < domain.gic.spis);
                lines.push_back(*route.host_intid);
            }
        }
    }
    std::sort(lines.begin(), lines.end());
    require(std::adjacent_find(lines.begin(), lines.end()) == lines.end());
}

/// Who is said to have the pages of a mapping has them in the host map too.
void check_owned(const dom0less::Plan& plan, const Seen& seen) {
    for (const dom0less::HostUsePlan& use : plan.host_map) {
        if (use.range.start().raw() >= seen.end || use.range.end().raw() <= seen.start) {
            continue;
        }
        if (seen.region) {
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
    std::vector<Seen> devices;
    for (const dom0less::DomainPlan& domain : plan.domains) {
        check_guest_map(boot, domain, all, devices);
    }
    check_apart(all);
    check_devices_apart(devices);
    check_lines_apart(plan);
    for (const Seen& seen : all) {
        check_owned(plan, seen);
    }
    Text text;
    dom0less::print_plan(text, plan, boot.host);
    dom0less::print_host_map(text, plan);
    for (const char c : text.text()) {
        require(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    }
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
