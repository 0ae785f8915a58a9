// SPDX-License-Identifier: Apache-2.0
// Parts of the plan's JSON that stand in files of their own.
#pragma once

#include <optional>
#include <string_view>

#include "dom0less/plan/plan.hpp"
#include "tools/json.hpp"

namespace isthmus::tools {

template <class Space>
void write_range(JsonWriter& json, std::string_view name, Range<Space> what) {
    json.key(name);
    json.begin_array();
    json.value(what.start().raw());
    json.value(what.end().raw());
    json.end_array();
}

void write_number_or_null(JsonWriter& json, std::string_view name, const std::optional<u32>& value);

/// Its RAM, its CPUs, what firmware keeps of it, and the registers that Isthmus keeps.
void write_machine(JsonWriter& json, const fdt::HostDescription& host);
/// What a domain has besides memory and CPUs: the interrupt controller, the UART, interrupts, and
/// devices of the machine with the streams by which SMMUs know them.
void write_devices(JsonWriter& json, const dom0less::DomainPlan& domain,
                   const fdt::HostDescription& host);
/// The nodes of devices that Dom0 has not.
void write_not_for_dom0(JsonWriter& json, const dom0less::Plan& plan);

}  // namespace isthmus::tools
