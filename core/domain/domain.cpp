// SPDX-License-Identifier: Apache-2.0
#include "core/domain/domain.hpp"

#include "core/device/peer_status.hpp"
#include "core/device/statistics.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

constinit const dom0less::Plan* the_plan = nullptr;
constinit std::span<Domain> all_domains;

}  // namespace

void set_state(Domain& domain, Domain::State state) {
    domain.state.store(state);
    tell_state(domain);
}

void tell_state(Domain& domain) {
    domain.changed_at.store(arch::counter());
    tell_peers(domain);
    tell_statistics(domain);
}

Result<void> add_device(Domain& domain, const MmioDevice& device) {
    return domain.devices.push_back(device) ? Result<void>() : fail(Error::out_of_memory);
}

Result<void> add_reset(Domain& domain, const DeviceReset& reset) {
    return domain.resets.push_back(reset) ? Result<void>() : fail(Error::out_of_memory);
}

void adopt_plan(const dom0less::Plan& plan) {
    the_plan = &plan;
}
void adopt_domains(std::span<Domain> built) {
    all_domains = built;
}

const dom0less::Plan& plan() {
    check(the_plan != nullptr, "nothing is planned yet");
    return *the_plan;
}
std::span<Domain> domains() {
    return all_domains;
}

std::string_view owner_name(DomainId id) {
    if (id == DomainId::dom_io) {
        return "dom_io";
    }
    const dom0less::DomainPlan* domain = dom0less::find_domain(plan(), id);
    return domain == nullptr ? std::string_view("nobody") : domain->name;
}

}  // namespace isthmus::core
