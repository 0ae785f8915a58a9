// SPDX-License-Identifier: Apache-2.0
#include "core/arm/vgic/mmio.hpp"

#include "core/domain/domain.hpp"

namespace isthmus::core {
namespace {

Result<u64> read_distributor(Vgic& vgic, Vcpu& vcpu, u64 offset, unsigned size) {
    return vgic.read_distributor(*vcpu.vgic, offset, size);
}
Result<void> write_distributor(Vgic& vgic, Vcpu& vcpu, u64 offset, unsigned size, u64 value) {
    return vgic.write_distributor(*vcpu.vgic, offset, size, value);
}
Result<u64> read_distributor_v2(Vgic& vgic, Vcpu& vcpu, u64 offset, unsigned size) {
    return vgic.read_distributor_v2(*vcpu.vgic, offset, size);
}
Result<void> write_distributor_v2(Vgic& vgic, Vcpu& vcpu, u64 offset, unsigned size, u64 value) {
    return vgic.write_distributor_v2(*vcpu.vgic, offset, size, value);
}
Result<u64> read_redistributor(Vgic& vgic, Vcpu&, u64 offset, unsigned size) {
    return vgic.read_redistributor(offset, size);
}
Result<void> write_redistributor(Vgic& vgic, Vcpu&, u64 offset, unsigned size, u64 value) {
    return vgic.write_redistributor(offset, size, value);
}

}  // namespace

Result<void> add_vgic_registers(Domain& domain) {
    const dom0less::GuestGicPlan& gic = domain.plan->gic;
    if (gic.version == 2) {
        return add_device(domain, mmio_device<read_distributor_v2, write_distributor_v2>(
                                      gic.distributor, domain.vgic));
    }
    ISTHMUS_TRY(add_device(
        domain, mmio_device<read_distributor, write_distributor>(gic.distributor, domain.vgic)));
    return add_device(domain, mmio_device<read_redistributor, write_redistributor>(
                                  gic.redistributors, domain.vgic));
}

}  // namespace isthmus::core
