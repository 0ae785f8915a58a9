// SPDX-License-Identifier: Apache-2.0
#include "tests/model/ports/stand_ins.hpp"

#include <cstdlib>
#include <cstring>

#include "core/arm/xen/calls_inside.hpp"
#include "core/arm/xen/console_ring.hpp"
#include "core/arm/xen/sched_op.hpp"
#include "core/device/doorbells.hpp"
#include "core/domain/domain.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/per_cpu.hpp"
#include "core/run/turn.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::model::ports {
namespace {

struct alignas(page_size) Page {
    std::array<std::byte, page_size> bytes{};
};
constinit std::array<std::array<Page, 2>, 2> pages{};

}  // namespace

std::byte* page_of(usize side, usize number) {
    return pages[side][number].bytes.data();
}

}  // namespace isthmus::model::ports

namespace isthmus::arch {

void relax() {}
u64 counter() {
    return 0;
}
Result<GuestAddress> guest_translation(u64, GuestAccess) {
    return fail(Error::not_mapped);
}

}  // namespace isthmus::arch

namespace isthmus::core {

Interruption::Interruption(PerCpu& cpu, Vcpu& cause)
    : cpu_(cpu), cause_(cause), interrupts_(false) {}
Interruption::~Interruption() = default;

void Vgic::raise_event(VgicCpu& cpu, u32 intid) {
    cpu.private_irqs[intid].latched = true;
}
void Vgic::wake(VgicCpu&) {}

Result<void*> allocate_cleared(u64 bytes) {
    return std::calloc(1, bytes);
}
/// No budget: rings that it delays are tests/model/doorbell's.
u64 ring_period(const dom0less::DomainPlan&) {
    return 0;
}
void arm_timer(SoftTimer&, u64) {
    panic("a ring is delayed");
}
PerCpu& per_cpu(usize) {
    return this_cpu();
}
PerCpu& this_cpu() {
    static PerCpu cpu;
    return cpu;
}

Result<void> read_guest(const Domain&, u64, std::span<std::byte> bytes) {
    std::memcpy(bytes.data(), model::ports::named_structure().data(), bytes.size());
    return {};
}
Result<void> write_guest(const Domain&, u64, std::span<const std::byte> bytes) {
    std::memcpy(model::ports::named_structure().data(), bytes.data(), bytes.size());
    return {};
}
Result<void> check_writable(const Domain&, u64, u64) {
    return {};
}

}  // namespace isthmus::core

namespace isthmus::core::xen {

bool names_self(const Guest& guest, u16 domain) {
    return named_domain(guest, domain) == guest.id;
}
DomainId named_domain(const Guest& guest, u16 domain) {
    return domain == domid_self ? guest.id : static_cast<DomainId>(domain);
}
void ConsoleBackend::close() {}
void ConsoleBackend::reopen() {}
bool ConsoleBackend::take_output(Vcpu&) {
    return false;
}
Result<void> make_console(Guest&) {
    return {};
}
void prepare_timers(Guest&, Vcpu&) {}
void begin_runstate(RunstateArea&, bool) {}

Result<std::byte*> ShownPages::show(const Domain& domain, GuestAddress page) {
    return model::ports::page_of(static_cast<usize>(domain.plan->id), page.raw() / page_size);
}
void ShownPages::release(const std::byte*) {}
bool ShownPages::forget_one() {
    return false;
}

}  // namespace isthmus::core::xen
