// SPDX-License-Identifier: Apache-2.0
// Devices of the machine that guests have, in the report's maps and in a table.
#pragma once

#include <ostream>
#include <vector>

#include "dom0less/plan/plan.hpp"
#include "tools/report/draw.hpp"

namespace isthmus::tools {

/// The domain sees the machine's own registers there; not the GIC's CPU interface, which all have.
bool is_device(const dom0less::DomainPlan& domain, const dom0less::MappingPlan& mapping);

/// A box of a guest's map, or with `at_host` of the machine's.
Box device_box(const dom0less::DomainPlan& domain, const dom0less::MappingPlan& mapping,
               bool at_host);

/// Dom0 of a large board has more windows than a map can show: of more than a few, those with
/// nothing else between them become one box, and so do stretches of reserved memory. Sorts.
void merge_devices(std::vector<Box>& boxes);

/// Nothing when no domain has a device.
void write_device_table(std::ostream& page, const dom0less::Plan& plan);
/// Nothing when no domain has a device behind an SMMU.
void write_stream_table(std::ostream& page, const dom0less::Plan& plan,
                        const fdt::HostDescription& host);

}  // namespace isthmus::tools
