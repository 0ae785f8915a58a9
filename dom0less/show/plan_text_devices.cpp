// SPDX-License-Identifier: Apache-2.0
#include "dom0less/show/plan_text_devices.hpp"

namespace isthmus::dom0less {
namespace {

/// "34,35 edge" of the lines that are this device's; "-" for none.
void print_lines(TextSink& sink, const DomainPlan& domain, const DevicePlan& device) {
    TextBuffer<256> list;
    for (const InterruptRoutePlan& route : domain.interrupts) {
        if (route.is_device_line() && route.device == device.path) {
            print(list, list.view().empty() ? "{}" : ",{}", *route.host_intid);
            list.write(route.edge ? " edge" : "");
        }
    }
    print(sink, "{-17} ", list.view().empty() ? "-" : list.view());
}

void print_window(TextSink& sink, const DeviceWindowPlan& window) {
    const bool same = window.guest.start().raw() == window.host.raw();
    print(sink, "{-25} ", window.guest);
    if (same) {
        print(sink, "{-13} ", "same");
    } else {
        print(sink, "{-13} ", window.host);
    }
}

void print_device(TextSink& sink, const DomainPlan& domain, const DevicePlan& device) {
    print(sink, "{-16} ", domain.name);
    if (device.windows.empty()) {
        print(sink, "{-25} {-13} ", "-", "-");
    } else {
        print_window(sink, device.windows[0]);
    }
    print_lines(sink, domain, device);
    print(sink, "{}\n", device.path.empty() ? "registers alone" : device.path);
    for (usize i = 1; i < device.windows.size(); ++i) {
        print(sink, "{-16} ", "");
        print_window(sink, device.windows[i]);
        sink.write("\n");
    }
    print(sink, "{-16} asked for by {}{}\n", "", device.asked_by,
          device.is_forced ? ", though nothing holds back its DMA" : "");
}

/// All but those of Dom0.
usize count_assigned(const Plan& plan) {
    usize count = 0;
    for (const DomainPlan& domain : plan.domains) {
        count += domain.is_dom0() ? 0 : domain.devices.size();
    }
    return count;
}

void print_summary(TextSink& sink, const DomainPlan& domain) {
    u64 registers = 0;
    u64 reserved = 0;
    for (const MappingPlan& mapping : domain.mappings) {
        if (is_passed_through(domain, mapping)) {
            const bool is_reserved = mapping.type == mm::MappingType::reserved_rw;
            (is_reserved ? reserved : registers) += mapping.guest.size() / page_size;
        }
    }
    usize lines = 0;
    for (const InterruptRoutePlan& route : domain.interrupts) {
        lines += usize{route.is_device_line()};
    }
    print(sink, "{} has {} devices: {} pages of registers, {} interrupt lines", domain.name,
          domain.devices.size(), registers, lines);
    print(sink, reserved == 0 ? "\n" : "; {} pages of reserved memory\n", reserved);
}

/// Why stage 2 does not force guests' memory to be cached; nothing where it may.
void print_caching(TextSink& sink, const Plan& plan) {
    if (!guests_choose_caching(plan)) {
        return;
    }
    for (const DomainPlan& domain : plan.domains) {
        for (const DevicePlan& device : domain.devices) {
            if (!device.is_coherent) {
                print(sink, "guests decide what is cached: {} is not dma-coherent\n",
                      device.path.empty() ? "a device of " : device.path,
                      device.path.empty() ? domain.name : std::string_view());
                return;
            }
        }
    }
    sink.write("guests decide what is cached: Dom0 has reserved memory\n");
}

}  // namespace

bool is_passed_through(const DomainPlan& domain, const MappingPlan& mapping) {
    return mapping.type == mm::MappingType::reserved_rw ||
           (mm::is_device(mapping.type) && mapping.guest != domain.gic.cpu_interface);
}

void print_devices(TextSink& sink, const Plan& plan) {
    if (count_assigned(plan) != 0) {
        print(sink, "{-16} {-25} {-13} {-17} {}\n", "device of", "guest", "at host", "interrupts",
              "device");
    }
    for (const DomainPlan& domain : plan.domains) {
        for (usize i = 0; !domain.is_dom0() && i < domain.devices.size(); ++i) {
            print_device(sink, domain, domain.devices[i]);
        }
    }
    for (const DomainPlan& domain : plan.domains) {
        if (domain.is_dom0()) {
            print_summary(sink, domain);
        }
    }
    print_caching(sink, plan);
}

}  // namespace isthmus::dom0less
