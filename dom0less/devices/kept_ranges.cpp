// SPDX-License-Identifier: Apache-2.0
#include "dom0less/devices/kept_ranges.hpp"

#include "dom0less/plan/rules.hpp"
#include "dom0less/read/host_nodes.hpp"
#include "fdt/device.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {
namespace {

class Check {
  public:
    Check(const PlanInput& input, Findings& findings)
        : input_(input), host_(input.host), findings_(findings) {}

    void run() {
        visit_driven(host_, [&](const KeptRange& driven) {
            check_memory(driven);
            check_others(driven);
            ++number_;
        });
        if (host_.gic && host_.gic->version == 2 && !host_.gic->vcpu_interface.empty()) {
            check_guests_interface({host_.gic->vcpu_interface,
                                    "the virtual CPU interface, which guests reach,",
                                    host_.gic->path});
        }
    }

  private:
    void report(const KeptRange& one, std::string_view what, HostRange range,
                std::string_view path) {
        findings_.add_other(rules::device_overlap, one.path, "reg", path, "{} {} lies over {} {}",
                            one.what, one.range, what, range);
    }

    void check_memory(const KeptRange& one) {
        for (const fdt::MemoryBank& bank : host_.memory) {
            if (one.touches(bank.range)) {
                report(one, "RAM", bank.range, bank.path);
            }
        }
    }

    /// Each against those before it.
    void check_others(const KeptRange& one) {
        u32 number = 0;
        visit_driven(host_, [&](const KeptRange& other) {
            // Byte by byte: Isthmus may find two of its devices in one page.
            if (number++ < number_ && other.range.overlaps(one.range)) {
                report(one, other.what, other.range, other.path);
            }
        });
    }

    /// It is mapped, so whole pages count.
    void check_guests_interface(const KeptRange& interface) {
        check_memory(interface);
        visit_driven(host_, [&](const KeptRange& driven) {
            if (driven.touches(interface.range)) {
                report(interface, driven.what, driven.range, driven.path);
            }
        });
        const fdt::Tree& tree = *input_.config.tree;
        for (u32 number = 1; number < tree.node_count(); ++number) {
            const fdt::Node node = tree.node(number);
            if (is_no_device(node) || !fdt::is_present(node) || is_driven(node.path())) {
                continue;
            }
            if (const auto window = fdt::window_in(node, interface.range)) {
                report(interface, "registers", *window, node.path());
            }
        }
    }

    bool is_driven(std::string_view path) const {
        bool found = path == host_.gic->path;
        visit_driven(host_, [&](const KeptRange& driven) { found = found || driven.path == path; });
        return found;
    }

    const PlanInput& input_;
    const fdt::HostDescription& host_;
    Findings& findings_;
    u32 number_ = 0;
};

}  // namespace

void check_machine_registers(const PlanInput& input, Findings& findings) {
    Check(input, findings).run();
}

}  // namespace isthmus::dom0less
