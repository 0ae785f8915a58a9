// SPDX-License-Identifier: Apache-2.0
#include "tools/plan/domain_text.hpp"

#include "dom0less/show/plan_text_health.hpp"
#include "tools/plan_names.hpp"

namespace isthmus::tools {
namespace {

using dom0less::DomainPlan;

constexpr std::string_view rights(mm::MappingType type) {
    if (mm::is_executable(type)) {
        return "rwx";
    }
    return mm::is_writable(type) ? "rw-" : "r--";
}

void print_image(TextSink& sink, std::string_view what, GuestRange place,
                 const dom0less::ModulePlan& module) {
    print(sink, "  {-10} {} from {} ({})\n", what, place, module.host, module.path);
    if (!module.sha256.empty()) {
        print(sink, "  {-10} sha256 {}\n", "", module.sha256);
    }
}

void print_images(TextSink& sink, const DomainPlan& domain) {
    print_image(sink, "kernel", domain.kernel_window, domain.kernel);
    if (domain.ramdisk) {
        print_image(sink, "ramdisk", domain.ramdisk_target, *domain.ramdisk);
    }
    if (domain.partial_tree != nullptr) {
        print(sink, "  tree       {} nodes of it are given\n", domain.partial_tree->node_count());
    }
    print(sink, "  tree       {}\n", domain.tree_target);
    print(sink, "  bootargs   {}\n", domain.bootargs.empty() ? "-" : domain.bootargs);
}

void print_interrupts(TextSink& sink, const DomainPlan& domain) {
    for (const dom0less::InterruptRoutePlan& route : domain.interrupts) {
        print(sink, "  interrupt  {} for {}, ", route.virtual_intid, route.device);
        if (route.host_intid) {
            print(sink, "from the machine's {}{}\n", *route.host_intid,
                  route.edge ? ", edge-triggered" : "");
        } else {
            sink.write("made by Isthmus\n");
        }
    }
}

std::string_view what_is(const DomainPlan& domain, const dom0less::MappingPlan& mapping) {
    if (is_private_ram(mapping)) {
        return "its own RAM";
    }
    if (mapping.type == mm::MappingType::reserved_rw) {
        return "reserved memory";
    }
    return mapping.guest == domain.gic.cpu_interface ? "the GIC's CPU interface" : "devices";
}

void print_devices(TextSink& sink, const DomainPlan& domain) {
    for (const dom0less::DevicePlan& device : domain.devices) {
        print(sink, "  device     {}\n", device.path.empty() ? "registers alone" : device.path);
        if (!device.asked_by.empty()) {
            print(sink, "             asked for by {}\n", device.asked_by);
        }
        for (const dom0less::DeviceWindowPlan& window : device.windows) {
            const HostRange host = *HostRange::from(window.host, window.guest.size());
            print(sink, "             {-23} at host {}\n", window.guest, host);
        }
    }
}

void print_streams(TextSink& sink, const DomainPlan& domain, const fdt::HostDescription& host) {
    for (const fdt::StreamRange& range : domain.streams) {
        print(sink, "  streams    {x}-{x} of {}\n", range.first, range.first + (range.count - 1),
              host.smmus[range.smmu].path);
    }
}

void print_mappings(TextSink& sink, const dom0less::Plan& plan, const DomainPlan& domain) {
    for (const dom0less::MappingPlan& mapping : domain.mappings) {
        const HostRange host = *HostRange::from(mapping.host, mapping.guest.size());
        print(sink, "  memory     {-23} {} at host {-23} ", mapping.guest, rights(mapping.type),
              host);
        if (!mapping.region) {
            print(sink, "{}\n", what_is(domain, mapping));
            continue;
        }
        const shm::RegionPlan& region = plan.regions[*mapping.region];
        print(sink, "region {}, {}\n", region.id,
              mm::is_foreign(mapping.type) ? "borrowed" : "owned");
    }
}

void print_views(TextSink& sink, const dom0less::Plan& plan, const DomainPlan& domain) {
    for (const shm::SharedViewPlan& view : domain.views) {
        print(sink, "  view       {-23} {} of region {} from {x}, ", view.guest,
              view.writable ? "rw-" : "r--", plan.regions[view.region].id, view.offset);
        print(sink, "{}, shown as {}{} ({})\n", view.is_owner ? "owned" : "borrowed",
              name_of(view.presentation),
              view.clear_on_restart ? ", cleared when it is restarted" : "", view.path);
        for (usize i = 0; i < view.event_ports.size(); ++i) {
            if (view.event_ports[i] != 0) {
                print(sink, "             rings party {} by port {}\n", i, view.event_ports[i]);
            }
        }
    }
}

void print_gic(TextSink& sink, const dom0less::GuestGicPlan& gic) {
    print(sink, "  GICv{}      {}, {} SPIs", gic.version, gic.distributor, gic.spis);
    if (!gic.redistributors.empty()) {
        print(sink, ", redistributors {}", gic.redistributors);
    }
    if (!gic.cpu_interface.empty()) {
        print(sink, ", CPU interface {}", gic.cpu_interface);
    }
    sink.write("\n");
}

void print_emulated(TextSink& sink, const DomainPlan& domain) {
    for (const dom0less::EmulatedDevicePlan& device : domain.emulated) {
        print(sink, "  emulated   {} {}", device.name, device.number);
        for (const GuestRange& frame : device.registers) {
            print(sink, ", {}", frame);
        }
        for (const u32 intid : device.interrupts) {
            print(sink, ", interrupt {}", intid);
        }
        print(sink, " ({})\n", name_of(device.kind));
    }
}

std::string_view name_in(const dom0less::Plan& plan, DomainId id) {
    const DomainPlan* domain = dom0less::find_domain(plan, id);
    return domain != nullptr ? domain->name : std::string_view("-");
}

void print_xen(TextSink& sink, const dom0less::Plan& plan, const DomainPlan& domain) {
    const dom0less::XenPlan& xen = domain.xen;
    if (xen.interface != dom0less::XenInterface::none) {
        print(sink, "  Xen        hypercalls");
        if (xen.interface == dom0less::XenInterface::node) {
            print(sink, ", hypervisor node with {}", xen.grants);
        }
        if (xen.console_port != 0) {
            print(sink, ", console at {}, port {}", xen.console, xen.console_port);
        }
        sink.write("\n");
    }
    for (const dom0less::ChannelEndPlan& end : xen.channels) {
        print(sink, "  channel    port {} to port {} of {} ({})\n", end.port, end.peer_port,
              name_in(plan, end.peer), end.path);
    }
}

void print_doorbells(TextSink& sink, const dom0less::Plan& plan, const DomainPlan& domain) {
    for (usize i = 0; i < domain.doorbells.size(); ++i) {
        const dom0less::DoorbellPlan& bell = domain.doorbells[i];
        print(
            sink,
            "  doorbell   {} to {} (its {}) in region {}, interrupt {}, rings to one that is off ",
            i, name_in(plan, bell.peer), bell.peer_bell, plan.regions[bell.region].id, bell.intid);
        sink.write(bell.keep_when_off ? "are kept\n" : "are dropped\n");
    }
}

void print_end(TextSink& sink, const DomainPlan& domain) {
    for (usize i = 0; i < dom0less::end_causes; ++i) {
        const auto cause = static_cast<dom0less::EndCause>(i);
        print(sink, "  ends       by {}: {}\n", dom0less::cause_names[i],
              name_of(domain.health.answer(cause)));
    }
    dom0less::HealthPlan usual = domain.health;  // the answers stand above
    usual.restart_count = 0;
    usual.restart_seconds = 0;
    usual.on_restart_limit = dom0less::EndAnswer::stop;
    usual.group = {};
    usual.can_restart = true;
    if (domain.health != usual) {
        sink.write("             ");
        dom0less::print_health(sink, domain.health, usual);
        sink.write("\n");
    }
}

}  // namespace

void print_domain(TextSink& sink, const dom0less::Plan& plan, const DomainPlan& domain,
                  const fdt::HostDescription& host) {
    print(sink, "d{} {}, {}{} ({})\n", static_cast<u32>(domain.id), domain.name,
          byte_size(domain.memory_bytes), domain.direct_map ? ", direct-mapped" : "", domain.path);
    for (const dom0less::VcpuPlan& vcpu : domain.vcpus) {
        print(sink, "  vCPU {-5} MPIDR {x} on CPU {} ({})\n", vcpu.id, vcpu.mpidr, vcpu.host_cpu,
              host.cpus[vcpu.host_cpu].path);
    }
    print_images(sink, domain);
    print_mappings(sink, plan, domain);
    print_views(sink, plan, domain);
    print_devices(sink, domain);
    print_streams(sink, domain, host);
    print_gic(sink, domain.gic);
    print_emulated(sink, domain);
    print_xen(sink, plan, domain);
    print_doorbells(sink, plan, domain);
    print_end(sink, domain);
    print_interrupts(sink, domain);
}

}  // namespace isthmus::tools
