// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/item_names.hpp"

#include <sstream>

#include "isthmus/text.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

std::string printed(const TextArg& what) {
    std::ostringstream text;
    StreamSink sink(text);
    print(sink, "{}", what);
    return text.str();
}

}  // namespace

std::string range_text(HostRange range) {
    return printed(range);
}

std::string range_text(GuestRange range) {
    return printed(range);
}

std::string size_text(u64 bytes) {
    return printed(byte_size(bytes));
}

std::string digits(std::span<const std::byte> bytes) {
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    std::string text;
    for (const std::byte each : bytes) {
        text += hexadecimal[static_cast<u8>(each) >> 4];
        text += hexadecimal[static_cast<u8>(each) & 15];
    }
    return text;
}

std::string ItemNames::address_text(u64 address) {
    return printed(HostAddress(address));
}

std::string ItemNames::domain(DomainId id) const {
    for (const dom0less::DomainPlan& each : plan_->domains) {
        if (each.id == id) {
            return std::string(each.name);
        }
    }
    return id == DomainId::dom_io ? "dom_io" : id == DomainId::dom_isthmus ? "Isthmus" : "nobody";
}

std::string ItemNames::region(u32 index) const {
    return item(plan_->regions[index]);
}

std::string ItemNames::item(const shm::RegionPlan& region) const {
    if (region.is_system()) {
        return "status page of " + std::string(plan_->regions[region.subject].id);
    }
    return std::string(region.id);
}

std::string ItemNames::item(const dom0less::CpuPoolPlan& pool) const {
    return pool.path.empty() ? "of all other CPUs" : std::string(pool.path);
}

std::string ItemNames::item(const dom0less::DevicePlan& device) const {
    return std::string(device.path.empty() ? device.asked_by : device.path);
}

std::string ItemNames::item(const fdt::StreamRange& range) const {
    return smmu(range.smmu) + " from " + std::to_string(range.first);
}

std::string ItemNames::text(FieldTag<&shm::RegionPlan::subject>, u32 index) const {
    return std::string(plan_->regions[index].id);
}

std::string ItemNames::text(FieldTag<&dom0less::CpuPoolPlan::cpus>,
                            std::span<const u32> cpus) const {
    std::string list;
    for (const u32 index : cpus) {
        list += (list.empty() ? "" : ", ") + cpu(index);
    }
    return list;
}

}  // namespace isthmus::tools
