// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/digest.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/show/canonical_form.hpp"
#include "fdt/words.hpp"

namespace isthmus::dom0less {
namespace {

// What lists hold.
void put(CanonicalForm& form, const MappingPlan& mapping);
void put(CanonicalForm& form, const VcpuPlan& vcpu);
void put(CanonicalForm& form, const shm::SharedViewPlan& view);
void put(CanonicalForm& form, const InterruptRoutePlan& route);
void put(CanonicalForm& form, const DeviceWindowPlan& window);
void put(CanonicalForm& form, const DevicePlan& device);
void put(CanonicalForm& form, const fdt::StreamRange& range);
void put(CanonicalForm& form, const DomainPlan& domain);
void put(CanonicalForm& form, const CpuPoolPlan& pool);
void put(CanonicalForm& form, const shm::RegionPlan& region);
void put(CanonicalForm& form, DomainId id);
void put(CanonicalForm& form, HostRange range);
void put(CanonicalForm& form, u32 number);

template <class T>
void put_list(CanonicalForm& form, std::span<const T> list) {
    form.put(u64{list.size()});
    for (const T& item : list) {
        put(form, item);
    }
}

void put(CanonicalForm& form, const Options& options) {
    form.put(u64{static_cast<u8>(options.on_last_off)});
    form.put(options.dtuart);
    form.put(u64{static_cast<u8>(options.conswitch)});
    form.put(u64{options.release_stopped});
    form.put(options.inject);
    form.put(u64{options.quiet});
    form.put(u64{static_cast<u8>(options.guest_output)});
    form.put(u64{options.bootscrub});
    form.put(u64{static_cast<u8>(options.scheduler)});
    form.put(u64{options.slice_ms});
}

void put(CanonicalForm& form, const MappingPlan& mapping) {
    form.put(mapping.guest);
    form.put(mapping.host.raw());
    form.put(u64{static_cast<u8>(mapping.type)});
    if (form.put_presence(mapping.region)) {
        form.put(u64{*mapping.region});
    }
}

void put(CanonicalForm& form, const VcpuPlan& vcpu) {
    form.put(u64{vcpu.id});
    form.put(vcpu.mpidr);
    form.put(u64{vcpu.host_cpu});
}

void put(CanonicalForm& form, const shm::SharedViewPlan& view) {
    form.put(u64{view.region});
    form.put(view.guest);
    form.put(view.offset);
    form.put(u64{view.writable});
    form.put(u64{view.is_owner});
    form.put(u64{static_cast<u8>(view.presentation)});
    form.put(view.path);
}

void put(CanonicalForm& form, const DeviceWindowPlan& window) {
    form.put(window.guest);
    form.put(window.host.raw());
}

void put(CanonicalForm& form, const fdt::StreamRange& range) {
    form.put(u64{range.smmu});
    form.put(u64{range.first});
    form.put(u64{range.count});
}

void put(CanonicalForm& form, const DevicePlan& device) {
    form.put(device.path);
    form.put(device.asked_by);
    put_list(form, device.windows);
    form.put(u64{device.is_forced});
    form.put(u64{device.is_behind_smmu});
    form.put(u64{device.is_coherent});
}

void put(CanonicalForm& form, const InterruptRoutePlan& route) {
    form.put(u64{route.virtual_intid});
    if (form.put_presence(route.host_intid)) {
        form.put(u64{*route.host_intid});
    }
    form.put(route.device);
    form.put(u64{route.edge});
}

void put(CanonicalForm& form, DomainId id) {
    form.put(id);
}
void put(CanonicalForm& form, HostRange range) {
    form.put(range);
}

void put(CanonicalForm& form, const ModulePlan& module) {
    form.put(module.host);
    form.put(module.path);
}

void put(CanonicalForm& form, const GuestGicPlan& gic) {
    form.put(u64{gic.version});
    form.put(gic.distributor);
    form.put(gic.redistributors);
    form.put(gic.cpu_interface);
    form.put(u64{gic.spis});
}

/// A partial tree becomes part of the guest's own, so all of it counts.
void put_tree(CanonicalForm& form, const fdt::Tree* tree) {
    const usize nodes = tree != nullptr ? tree->node_count() : 0;
    form.put(u64{nodes});
    for (usize i = 0; i < nodes; ++i) {
        const fdt::Node node = tree->node(i);
        form.put(u64{node.parent().number()});
        form.put(node.name());
        form.put(u64{node.properties().size()});
        for (const fdt::Property& property : node.properties()) {
            form.put(property.name);
            form.put(property.value);
        }
    }
}

void put(CanonicalForm& form, const DomainPlan& domain) {
    form.put(domain.id);
    form.put(domain.name);
    form.put(domain.path);
    form.put(domain.memory_bytes);
    form.put(u64{domain.direct_map});
    form.put(u64{domain.pool});
    form.put(u64{domain.priority});
    put_list(form, domain.mappings);
    put_list(form, domain.vcpus);
    put_list(form, domain.views);
    put_list(form, domain.interrupts);
    put_list(form, domain.devices);
    put_list(form, domain.streams);
    put(form, domain.gic);
    if (form.put_presence(domain.uart)) {
        form.put(domain.uart->registers);
        form.put(u64{domain.uart->intid});
    }
    put(form, domain.kernel);
    if (form.put_presence(domain.ramdisk)) {
        put(form, *domain.ramdisk);
    }
    form.put(domain.bootargs);
    form.put(domain.kernel_window);
    form.put(domain.ramdisk_target);
    form.put(domain.tree_target);
    put_tree(form, domain.partial_tree);
}

void put(CanonicalForm& form, u32 number) {
    form.put(u64{number});
}

void put(CanonicalForm& form, const CpuPoolPlan& pool) {
    form.put(u64{static_cast<u8>(pool.scheduler)});
    put_list(form, pool.cpus);
    form.put(pool.path);
}

void put(CanonicalForm& form, const shm::RegionPlan& region) {
    form.put(u64{static_cast<u8>(region.dialect)});
    form.put(region.id);
    form.put(u64{region.id_cell});
    form.put(region.owner);
    form.put(region.size);
    put_list(form, region.host);
    put_list(form, region.borrowers);
    form.put(u64{region.references_per_page});
    form.put(region.path);
}

/// RAM that no guest reaches is left out: it depends on where the boot loader put things.
bool is_reachable(const HostUsePlan& entry) {
    return entry.use == HostUse::domain_ram || entry.use == HostUse::shared;
}

void put_host_map(CanonicalForm& form, std::span<const HostUsePlan> host_map) {
    for (const HostUsePlan& entry : host_map) {
        if (is_reachable(entry)) {
            form.put(u64{1});
            form.put(entry.range);
            form.put(u64{static_cast<u8>(entry.use)});
            form.put(entry.owner);
            form.put(u64{entry.region});
            form.put(u64{entry.is_static});
            form.put(entry.path);
        }
    }
    form.put(u64{0});
}

}  // namespace

Digest digest_plan(const Plan& plan) {
    CanonicalForm form;
    form.put("isthmus plan 3");
    put(form, plan.options);
    put_list(form, plan.domains);
    put_list(form, plan.regions);
    put_list(form, plan.pools);
    put_list(form, plan.not_for_dom0);
    put_host_map(form, plan.host_map);
    return form.finish();
}

TextBuffer<64> digest_text(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    TextBuffer<64> text;
    for (const u8 byte : digest) {
        const std::array<char, 2> pair = {digits[byte >> 4], digits[byte & 15]};
        text.write({pair.data(), pair.size()});
    }
    return text;
}

void check_digest(const fdt::Tree& tree, const Digest& digest, Arena& arena, Findings& findings) {
    constexpr std::string_view name = "isthmus,plan-digest";
    const auto chosen = tree.root().child("chosen");
    if (!chosen || !chosen->has(name)) {
        return;
    }
    const std::string_view wanted = chosen->text(name);
    const auto text = digest_text(digest);
    if (wanted != text.view()) {
        findings.add(rules::plan_digest, chosen->path(), name,
                     "the plan of this tree is {}, not {}: something has changed since it was "
                     "signed off",
                     arena.copy(text.view()), wanted.empty() ? "a text" : fdt::printable(wanted));
    }
}

}  // namespace isthmus::dom0less
