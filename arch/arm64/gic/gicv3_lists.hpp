// SPDX-License-Identifier: Apache-2.0
// The virtual CPU interface of a GICv3: ICH_* system registers (Arm IHI 0069, 12.4).
#pragma once

#include "arch/arm64/cpu/sysreg.hpp"
#include "arch/arm64/cpu/vcpu_state.hpp"
#include "arch/arm64/gic/list_register.hpp"

namespace isthmus::arch {

struct Gicv3Lists {
    static unsigned count() {
        return static_cast<unsigned>(ich::VtrListRegs::get(ISTHMUS_READ_SYSREG(ich_vtr_el2))) + 1;
    }

    /// The first is asked for before all others: it is the one that is used most.
    static void write(unsigned index, u64 word) {
        if (index == 0) [[likely]] {
            ISTHMUS_WRITE_SYSREG(ich_lr0_el2, word);
        } else {
            write_further(index, word);
        }
    }
    static u64 read(unsigned index) {
        return index == 0 ? ISTHMUS_READ_SYSREG(ich_lr0_el2) : read_further(index);
    }

    /// After an ISB when list registers were written since the CPU came to EL2: this one follows
    /// them only then.
    static u32 empty() { return static_cast<u32>(ISTHMUS_READ_SYSREG(ich_elrsr_el2)); }

    static void set_maintenance(Maintenance wanted) {
        // Writing EOIcount as 0 is part of it: take_end_count has read it before.
        ISTHMUS_WRITE_SYSREG(ich_hcr_el2, ich::hcr_en | (wanted.no_pending ? ich::hcr_npie : 0) |
                                              (wanted.end_not_present ? ich::hcr_lrenpie : 0));
    }

    static unsigned take_end_count() {
        const u64 control = ISTHMUS_READ_SYSREG(ich_hcr_el2);
        ISTHMUS_WRITE_SYSREG(ich_hcr_el2, control & ~ich::HcrEoiCount::mask);
        return static_cast<unsigned>(ich::HcrEoiCount::get(control));
    }

    static void load(const VcpuState& state);
    static void save(VcpuState& state);

  private:
    /// ICH_LR1_EL2 to ICH_LR15_EL2. Out of line, so that the short paths stay short.
    [[gnu::noinline]] static void write_further(unsigned index, u64 word);
    [[gnu::noinline]] static u64 read_further(unsigned index);
};

}  // namespace isthmus::arch
