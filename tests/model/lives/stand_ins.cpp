// SPDX-License-Identifier: Apache-2.0
// What is around core/domain, as much of it as a life needs. A rebuild is one step here, and looks
// whether it may be one.
#include "core/domain/ending.cpp"  // the model begins anew in each run, the machine never does

#include <cstdio>
#include <cstdlib>

#include "core/arm/xen/guest.hpp"
#include "core/device/statistics.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/arch/interrupts.hpp"
#include "isthmus/panic.hpp"
#include "tests/model/lives/stand_ins.hpp"
#include "tests/model/lives/world.hpp"

namespace isthmus::model::lives {

void forget_machine() {
    core::halting.store(0);
}

}  // namespace isthmus::model::lives

namespace isthmus {

using model::lives::world;

void panic(const char* what, std::source_location) {
    std::printf("panic: %s\n", what);
    std::exit(1);
}
void log_line(LogKind, std::string_view, std::span<const TextArg>) {}
void print_args(TextSink&, std::string_view, std::span<const TextArg>) {}

const dom0less::DomainPlan* dom0less::find_domain(const Plan&, DomainId) {
    return nullptr;
}

namespace arch {

u64 counter() {
    return world->now += counter_frequency();  // a piece of an ending takes its time
}
u64 counter_frequency() {
    return 1'000'000;
}
void power_off() {
    panic("the machine is switched off");
}
void reset() {
    panic("the machine is reset");
}
void kick(usize) {}
void reset_vcpu(GuestRegisters&, VcpuState&, u64, u64, u64) {}
std::byte* host_pointer(HostAddress address) {
    return world->page.data() + address.raw();
}
void publish_host(HostRange) {}

}  // namespace arch

namespace core {

PerCpu& this_cpu() {
    return world->cpus[model::this_cpu_number()];
}
void arm_timer(SoftTimer&, u64) {}
void disarm_timer(SoftTimer&) {}
void charge_turn(PerCpu&, Vcpu&) {}
void skip_time(PerCpu&) {}
void reconsider(PerCpu&) {}
void print_summary() {}
void flush_console() {}
void resume_input() {}
u64 heap_free_pages() {
    return 0;
}
u64 heap_total_pages() {
    return 0;
}
TransmitPart& own_part() {
    static TransmitPart part(TransmitPart::own_bytes);
    return part;
}
bool TransmitPart::wait_for_room() {
    return false;
}
void GuestConsole::finish() {}
bool GuestConsole::show_log(ConsoleLog::Place&) {
    return false;
}
void Vgic::reset(VgicCpu&) {}
void release_device_lines(const Domain&) {}
bool detach_devices(const Domain&) {
    return true;
}
void forget_rings(Domain&) {}
void ring_peers(Domain&, u32) {}
void tell_statistics(const Domain&) {}
void tell_stopping(const Domain&) {}

namespace xen {
void end_guest(Domain&) {}
bool forget_page(Domain&) {
    return false;
}
void vcpu_starts(Vcpu&) {}
}  // namespace xen

bool Teardown::step(Domain&) {
    return false;
}
bool Rebuild::step(Domain& domain) {
    if (domain.state.load() != Domain::State::rebuilding) {
        model::fault("one that is not to be built again is built again");
    }
    for (const Vcpu& vcpu : domain.vcpus) {
        if (vcpu.power.load() != Vcpu::Power::off) {
            model::fault("a vCPU is on while its domain is built again");
        }
    }
    stage_ = world->rebuild_fails ? Stage::failed : Stage::built;
    return false;
}

}  // namespace core
}  // namespace isthmus
