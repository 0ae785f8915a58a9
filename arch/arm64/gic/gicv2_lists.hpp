// SPDX-License-Identifier: Apache-2.0
// The virtual CPU interface of a GICv2: GICH registers in memory (Arm IHI 0048, 5.3). At most 16 of
// up to 64 list registers are used.
#pragma once

#include "arch/arm64/cpu/vcpu_state.hpp"
#include "arch/arm64/gic/gicv2.hpp"
#include "arch/arm64/gic/list_register_v2.hpp"

namespace isthmus::arch {

struct Gicv2Lists {
    static unsigned count() {
        constexpr unsigned most = 16;
        const auto found = static_cast<unsigned>(gich::VtrListRegs::get(get(gich::vtr))) + 1;
        return found < most ? found : most;
    }

    static void write(unsigned index, u32 word) { set(gich::lr0 + u64{4} * index, word); }
    static u32 read(unsigned index) { return get(gich::lr0 + u64{4} * index); }
    static u32 empty() { return get(gich::elrsr0); }

    static void set_maintenance(Maintenance wanted) {
        // Writing EOICount as 0 is part of it: take_end_count has read it before.
        set(gich::hcr, gich::hcr_en | (wanted.no_pending ? gich::hcr_npie : 0) |
                           (wanted.end_not_present ? gich::hcr_lrenpie : 0));
    }

    static unsigned take_end_count() {
        const u32 control = get(gich::hcr);
        set(gich::hcr, control & ~static_cast<u32>(gich::HcrEoiCount::mask));
        return static_cast<unsigned>(gich::HcrEoiCount::get(control));
    }

    static void load(const VcpuState& state) {
        set(gich::vmcr, static_cast<u32>(state.ich_vmcr));
        set(gich::apr, static_cast<u32>(state.ich_ap0r[0]));
        set(gich::hcr, gich::hcr_en);
    }
    static void save(VcpuState& state) {
        state.ich_vmcr = get(gich::vmcr);
        state.ich_ap0r[0] = get(gich::apr);
        set(gich::hcr, 0);
    }

  private:
    static u32 get(u64 offset) { return read32(gicv2_frames.hypervisor_interface + offset); }
    static void set(u64 offset, u32 value) {
        write32(gicv2_frames.hypervisor_interface + offset, value);
    }
};

}  // namespace isthmus::arch
