// SPDX-License-Identifier: Apache-2.0
// The enumerators of a plan by name, as its JSON has them.
#pragma once

#include <array>
#include <string_view>

#include "dom0less/emulated/kind.hpp"
#include "dom0less/plan/plan.hpp"

namespace isthmus::tools {

/// `names` in the order of the enumeration, from 0.
template <usize N, class T>
constexpr std::string_view pick(const std::array<std::string_view, N>& names, T enumerator) {
    return names[static_cast<usize>(enumerator)];
}

constexpr std::string_view name_of(dom0less::HostUse use) {
    constexpr std::array<std::string_view, 10> names = {
        "isthmus",    "boot_tree", "module", "reserved", "memreserve",
        "domain_ram", "shared",    "heap",   "unused",   "arena"};
    return pick(names, use);
}
constexpr std::string_view name_of(mm::MappingType type) {
    constexpr std::array<std::string_view, 9> names = {"",           "ram_rw",      "ram_ro",
                                                       "shared_rw",  "device",      "foreign_rw",
                                                       "foreign_ro", "reserved_rw", "device_nc"};
    return pick(names, type);
}
constexpr std::string_view name_of(shm::Presentation presentation) {
    constexpr std::array<std::string_view, 3> names = {"reserved", "xen", "pmem"};
    return pick(names, presentation);
}
constexpr std::string_view name_of(shm::RegionPlan::Dialect dialect) {
    constexpr std::array<std::string_view, 2> names = {"text", "cell"};
    return pick(names, dialect);
}
constexpr std::string_view name_of(shm::RegionPlan::Role role) {
    constexpr std::array<std::string_view, 3> names = {"shared", "status", "statistics"};
    return pick(names, role);
}
constexpr std::string_view name_of(dom0less::Options::OnLastOff what) {
    constexpr std::array<std::string_view, 3> names = {"halt", "poweroff", "reset"};
    return pick(names, what);
}
inline std::string_view name_of(dom0less::Options::Scheduler scheduler) {
    return dom0less::scheduler_name(scheduler);
}
inline std::string_view name_of(dom0less::EmulatedKind kind) {
    const bool is_known = static_cast<usize>(kind) < dom0less::emulated_kinds;
    return is_known ? dom0less::device_kind(kind).name : std::string_view();
}
constexpr std::string_view name_of(dom0less::XenInterface interface) {
    constexpr std::array<std::string_view, 3> names = {"none", "calls", "node"};
    return pick(names, interface);
}
constexpr std::string_view name_of(dom0less::EndAnswer answer) {
    return pick(dom0less::answer_names, answer);
}
inline std::string_view name_of(LogLevel level) {
    return dom0less::log_level_name(level);
}
inline std::string_view name_of(LogStamps stamps) {
    return dom0less::log_stamps_name(stamps);
}
inline std::string_view name_of(dom0less::Options::Prompt prompt) {
    return dom0less::prompt_name(prompt);
}
inline std::string_view name_of(TextForm form) {
    return dom0less::text_form_name(form);
}

}  // namespace isthmus::tools
