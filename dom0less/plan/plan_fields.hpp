// SPDX-License-Identifier: Apache-2.0
// All fields of all structs that a plan is made of, once (isthmus/fields.hpp). The digest, the JSON
// of `isthmus plan` and the tests go over these lists; a new field does not compile until it stands
// here. A field counts when it is part of the digest; one that does not says why.
#pragma once

#include "dom0less/plan/plan.hpp"
#include "isthmus/fields.hpp"

namespace isthmus::fdt {

constexpr auto fields_of(Of<StreamRange>) {
    return all_fields<StreamRange>(field<&StreamRange::smmu>, field<&StreamRange::first>,
                                   field<&StreamRange::count>);
}

}  // namespace isthmus::fdt

namespace isthmus::shm {

constexpr auto fields_of(Of<SharedViewPlan>) {
    return all_fields<SharedViewPlan>(
        field<&SharedViewPlan::region>, field<&SharedViewPlan::guest>,
        field<&SharedViewPlan::offset>, field<&SharedViewPlan::writable>,
        field<&SharedViewPlan::is_owner>, field<&SharedViewPlan::clear_on_restart>,
        field<&SharedViewPlan::presentation>, field<&SharedViewPlan::event_ports>,
        field<&SharedViewPlan::path>);
}

constexpr auto fields_of(Of<RegionPlan>) {
    return all_fields<RegionPlan>(
        field<&RegionPlan::role>, field<&RegionPlan::subject>, field<&RegionPlan::dialect>,
        field<&RegionPlan::id>, field<&RegionPlan::id_cell>, field<&RegionPlan::owner>,
        field<&RegionPlan::size>, field<&RegionPlan::host>, field<&RegionPlan::borrowers>,
        field<&RegionPlan::references_per_page>, field<&RegionPlan::parties>,
        field<&RegionPlan::has_doorbells>, field<&RegionPlan::path>);
}

}  // namespace isthmus::shm

namespace isthmus::dom0less {

constexpr auto fields_of(Of<Options>) {
    return all_fields<Options>(
        field<&Options::on_last_off>, field<&Options::dtuart>, field<&Options::guest_output>,
        field<&Options::conswitch>, field<&Options::release_stopped>, field<&Options::inject>,
        field<&Options::scheduler>, field<&Options::slice_ms>, field<&Options::log_level>,
        field<&Options::guest_log_level>, field<&Options::stamps>, field<&Options::prompt>,
        field<&Options::bootscrub>, field<&Options::flight_recorder>, field<&Options::dom0_memory>,
        field<&Options::dom0_max_vcpus>);
}

constexpr auto fields_of(Of<HostUsePlan>) {
    return all_fields<HostUsePlan>(field<&HostUsePlan::range>, field<&HostUsePlan::use>,
                                   field<&HostUsePlan::owner>, field<&HostUsePlan::region>,
                                   field<&HostUsePlan::is_static>, field<&HostUsePlan::path>);
}

constexpr auto fields_of(Of<MappingPlan>) {
    return all_fields<MappingPlan>(field<&MappingPlan::guest>, field<&MappingPlan::host>,
                                   field<&MappingPlan::type>, field<&MappingPlan::region>);
}

constexpr auto fields_of(Of<CpuPoolPlan>) {
    return all_fields<CpuPoolPlan>(field<&CpuPoolPlan::scheduler>, field<&CpuPoolPlan::cpus>,
                                   field<&CpuPoolPlan::path>);
}

constexpr auto fields_of(Of<VcpuPlan>) {
    return all_fields<VcpuPlan>(field<&VcpuPlan::id>, field<&VcpuPlan::mpidr>,
                                field<&VcpuPlan::host_cpu>);
}

constexpr auto fields_of(Of<ModulePlan>) {
    return all_fields<ModulePlan>(field<&ModulePlan::host>, field<&ModulePlan::path>,
                                  field<&ModulePlan::sha256>);
}

constexpr auto fields_of(Of<InterruptRoutePlan>) {
    return all_fields<InterruptRoutePlan>(
        field<&InterruptRoutePlan::virtual_intid>, field<&InterruptRoutePlan::host_intid>,
        field<&InterruptRoutePlan::device>, field<&InterruptRoutePlan::edge>);
}

constexpr auto fields_of(Of<DeviceWindowPlan>) {
    return all_fields<DeviceWindowPlan>(field<&DeviceWindowPlan::guest>,
                                        field<&DeviceWindowPlan::host>);
}

constexpr auto fields_of(Of<DevicePlan>) {
    return all_fields<DevicePlan>(field<&DevicePlan::path>, field<&DevicePlan::asked_by>,
                                  field<&DevicePlan::windows>, field<&DevicePlan::is_forced>,
                                  field<&DevicePlan::is_behind_smmu>,
                                  field<&DevicePlan::is_coherent>);
}

constexpr auto fields_of(Of<EmulatedDevicePlan>) {
    return all_fields<EmulatedDevicePlan>(
        field<&EmulatedDevicePlan::kind>, field<&EmulatedDevicePlan::number>,
        field<&EmulatedDevicePlan::name>, field<&EmulatedDevicePlan::registers>,
        field<&EmulatedDevicePlan::interrupts>);
}

constexpr auto fields_of(Of<GuestGicPlan>) {
    return all_fields<GuestGicPlan>(
        field<&GuestGicPlan::version>, field<&GuestGicPlan::distributor>,
        field<&GuestGicPlan::redistributors>, field<&GuestGicPlan::cpu_interface>,
        field<&GuestGicPlan::spis>);
}

constexpr auto fields_of(Of<ChannelEndPlan>) {
    return all_fields<ChannelEndPlan>(field<&ChannelEndPlan::port>, field<&ChannelEndPlan::peer>,
                                      field<&ChannelEndPlan::peer_port>,
                                      field<&ChannelEndPlan::path>);
}

constexpr auto fields_of(Of<XenPlan>) {
    return all_fields<XenPlan>(field<&XenPlan::interface>, field<&XenPlan::channels>,
                               field<&XenPlan::grants>, field<&XenPlan::console>,
                               field<&XenPlan::console_port>);
}

constexpr auto fields_of(Of<DoorbellPlan>) {
    return all_fields<DoorbellPlan>(field<&DoorbellPlan::region>, field<&DoorbellPlan::peer>,
                                    field<&DoorbellPlan::peer_bell>, field<&DoorbellPlan::intid>,
                                    field<&DoorbellPlan::keep_when_off>);
}

constexpr auto fields_of(Of<HealthPlan>) {
    return all_fields<HealthPlan>(field<&HealthPlan::on_power_off>, field<&HealthPlan::on_reset>,
                                  field<&HealthPlan::on_crash>, field<&HealthPlan::on_watchdog>,
                                  field<&HealthPlan::on_panic>, field<&HealthPlan::restart_count>,
                                  field<&HealthPlan::restart_seconds>,
                                  field<&HealthPlan::on_restart_limit>, field<&HealthPlan::group>,
                                  field<&HealthPlan::can_restart>);
}

constexpr auto fields_of(Of<DomainPlan>) {
    return all_fields<DomainPlan>(
        field<&DomainPlan::id>, field<&DomainPlan::name>, field<&DomainPlan::path>,
        field<&DomainPlan::memory_bytes>, field<&DomainPlan::direct_map>, field<&DomainPlan::pool>,
        field<&DomainPlan::priority>, field<&DomainPlan::mappings>, field<&DomainPlan::vcpus>,
        field<&DomainPlan::views>, field<&DomainPlan::interrupts>, field<&DomainPlan::devices>,
        field<&DomainPlan::streams>, field<&DomainPlan::gic>, field<&DomainPlan::emulated>,
        field<&DomainPlan::xen>, field<&DomainPlan::doorbells>, field<&DomainPlan::health>,
        field<&DomainPlan::kernel>, field<&DomainPlan::ramdisk>, field<&DomainPlan::bootargs>,
        field<&DomainPlan::kernel_window>, field<&DomainPlan::ramdisk_target>,
        field<&DomainPlan::tree_target>, field<&DomainPlan::partial_tree>);
}

constexpr auto fields_of(Of<Plan>) {
    return all_fields<Plan>(
        field<&Plan::domains>, field<&Plan::regions>, field<&Plan::pools>,
        field<&Plan::host_map>.only<guests_reach>(
            "RAM that no guest reaches: the boot loader chooses some of where it lies"),
        field<&Plan::options>,
        field<&Plan::boot_tree>.left_out("what the plan was made of; boot loaders write into it"),
        field<&Plan::not_for_dom0>);
}

}  // namespace isthmus::dom0less
