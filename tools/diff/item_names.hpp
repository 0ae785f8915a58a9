// SPDX-License-Identifier: Apache-2.0
// What a plan's parts and values are called where two plans are compared: never by a number that
// depends on other parts.
#pragma once

#include <string>

#include "dom0less/plan/plan.hpp"
#include "isthmus/fields.hpp"
#include "tools/plan_names.hpp"

namespace isthmus::tools {

/// A range as messages print it.
std::string range_text(HostRange range);
std::string range_text(GuestRange range);
/// As messages print it: "64 KiB".
std::string size_text(u64 bytes);
/// Two hexadecimal digits a byte.
std::string digits(std::span<const std::byte> bytes);

class ItemNames {
  public:
    ItemNames(const dom0less::Plan& plan, const fdt::HostDescription& host)
        : plan_(&plan), host_(&host) {}

    std::string domain(DomainId id) const;
    /// By its index.
    std::string region(u32 index) const;

    std::string item(const dom0less::DomainPlan& domain) const { return std::string(domain.name); }
    std::string item(const shm::RegionPlan& region) const;
    std::string item(const dom0less::CpuPoolPlan& pool) const;
    std::string item(const dom0less::HostUsePlan& use) const { return range_text(use.range); }
    std::string item(const dom0less::MappingPlan& map) const { return range_text(map.guest); }
    std::string item(const dom0less::VcpuPlan& vcpu) const { return std::to_string(vcpu.id); }
    std::string item(const shm::SharedViewPlan& view) const { return region(view.region); }
    std::string item(const dom0less::InterruptRoutePlan& route) const {
        return std::to_string(route.virtual_intid);
    }
    std::string item(const dom0less::DevicePlan& device) const;
    std::string item(const dom0less::DeviceWindowPlan& window) const {
        return range_text(window.guest);
    }
    std::string item(const fdt::StreamRange& range) const;
    std::string item(const dom0less::EmulatedDevicePlan& device) const {
        return std::string(device.name);
    }
    std::string item(const dom0less::ChannelEndPlan& end) const {
        return "port " + std::to_string(end.port);
    }
    std::string item(const dom0less::DoorbellPlan& bell) const {
        return region(bell.region) + " of " + domain(bell.peer);
    }

    /// The value of a field; the tag is for those whose numbers stand for something.
    template <auto Pointer, class T>
    std::string text(FieldTag<Pointer>, const T& what) const {
        return value(what);
    }
    std::string text(FieldTag<&dom0less::DomainPlan::memory_bytes>, u64 bytes) const {
        return size_text(bytes);
    }
    std::string text(FieldTag<&dom0less::Options::dom0_memory>, u64 bytes) const {
        return size_text(bytes);
    }
    std::string text(FieldTag<&shm::RegionPlan::size>, u64 bytes) const { return size_text(bytes); }
    std::string text(FieldTag<&shm::RegionPlan::subject>, u32 index) const;
    std::string text(FieldTag<&shm::SharedViewPlan::region>, u32 index) const {
        return region(index);
    }
    std::string text(FieldTag<&dom0less::MappingPlan::region>, u32 index) const {
        return region(index);
    }
    std::string text(FieldTag<&dom0less::DoorbellPlan::region>, u32 index) const {
        return region(index);
    }
    std::string text(FieldTag<&dom0less::DomainPlan::pool>, u32 index) const {
        return item(plan_->pools[index]);
    }
    std::string text(FieldTag<&dom0less::VcpuPlan::host_cpu>, u32 index) const {
        return cpu(index);
    }
    std::string text(FieldTag<&fdt::StreamRange::smmu>, u32 index) const { return smmu(index); }
    std::string text(FieldTag<&dom0less::CpuPoolPlan::cpus>, std::span<const u32> cpus) const;

  private:
    std::string cpu(u32 index) const { return std::string(host_->cpus[index].path); }
    std::string smmu(u32 index) const { return std::string(host_->smmus[index].path); }

    std::string value(std::string_view text) const { return '"' + std::string(text) + '"'; }
    std::string value(char letter) const { return {letter}; }
    std::string value(bool is_so) const { return is_so ? "yes" : "no"; }
    std::string value(DomainId id) const { return domain(id); }
    std::string value(HostRange range) const { return range_text(range); }
    std::string value(GuestRange range) const { return range_text(range); }
    template <class Space>
    std::string value(Address<Space> address) const {
        return address_text(address.raw());
    }
    template <class T>
    std::string value(T what) const
        requires std::is_enum_v<T>
    {
        return std::string(name_of(what));
    }
    template <std::integral T>
    std::string value(T number) const {
        return std::to_string(number);
    }
    template <class T>
    std::string value(std::span<const T> list) const {
        std::string text;
        for (const T& each : list) {
            text += (text.empty() ? "" : ", ") + value(each);
        }
        return text.empty() ? "none" : text;
    }
    static std::string address_text(u64 address);

    const dom0less::Plan* plan_;
    const fdt::HostDescription* host_;
};

}  // namespace isthmus::tools
