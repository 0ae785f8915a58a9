// SPDX-License-Identifier: Apache-2.0
// Whether an SMMU can translate by the tables that guests' CPUs use, from its ID registers (Arm
// IHI 0070, 6.3). Pure.
#pragma once

#include "arch/arm64/cpu/translation_control.hpp"
#include "arch/arm64/smmu/registers.hpp"
#include "isthmus/arch/smmu.hpp"

namespace isthmus::arch::smmu {

/// What guests' tables are like.
struct TableNeeds {
    u64 vtcr = 0;                    ///< VTCR_EL2 of every guest
    bool forces_write_back = false;  ///< made for HCR_EL2.FWB = 1
    bool is_coherent = false;        ///< `dma-coherent` of the SMMU's node
    HostAddress memory_end;          ///< RAM that they may lead to
};

constexpr unsigned output_bits(const IdRegisters& id) {
    return physical_address_bits(idr5_field::Oas::get(id.idr5)).value_or(0);
}

constexpr SmmuSupport support(const IdRegisters& id, const TableNeeds& needs) {
    if (idr0_field::S2p::get(id.idr0) == 0) {
        return SmmuSupport::no_stage2;
    }
    if (idr1_field::TablesPreset::get(id.idr1) != 0 ||
        idr1_field::QueuesPreset::get(id.idr1) != 0) {
        return SmmuSupport::preset;
    }
    if ((idr0_field::Ttf::get(id.idr0) & idr0_field::ttf_vmsav8_64) == 0 ||
        idr0_field::Ttendian::get(id.idr0) == idr0_field::ttendian_big ||
        idr5_field::Gran4k::get(id.idr5) == 0) {
        return SmmuSupport::other_tables;
    }
    // Tables and queues are written by cached stores and never cleaned: an SMMU that reads past the
    // caches would see what was in memory before. The hardware and the tree must both say so.
    if (idr0_field::Cohacc::get(id.idr0) == 0 || !needs.is_coherent) {
        return SmmuSupport::incoherent;
    }
    if (idr0_field::StallModel::get(id.idr0) == idr0_field::stall_forced) {
        return SmmuSupport::stalls;
    }
    if (needs.forces_write_back && idr3_field::Fwb::get(id.idr3) == 0) {
        return SmmuSupport::no_forced_write_back;
    }
    // Input addresses of stage 2 have as many bits as output addresses (3.4.1).
    const u64 input_bits = 64 - translation_control::T0sz::get(needs.vtcr);
    const u64 output_end = u64{1} << output_bits(id);
    return output_bits(id) < input_bits || needs.memory_end.raw() > output_end
               ? SmmuSupport::few_address_bits
               : SmmuSupport::usable;
}

}  // namespace isthmus::arch::smmu
