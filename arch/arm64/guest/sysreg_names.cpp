// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/guest/sysreg_names.hpp"

#include "arch/arm64/cpu/esr.hpp"

namespace isthmus::arch {
namespace {

struct Name {
    u32 id;
    std::string_view name;
};

constexpr u32 cntfrq_el0 = sysreg_id(3, 3, 14, 0, 0);

/// What start-up code of firmware, boot loaders and hypervisors touches, and what Isthmus refuses.
constexpr Name names[] = {
    {cntfrq_el0, "CNTFRQ_EL0"},
    {sysreg_id(3, 0, 0, 0, 0), "MIDR_EL1"},
    {sysreg_id(3, 0, 0, 0, 5), "MPIDR_EL1"},
    {sysreg_id(3, 0, 0, 4, 0), "ID_AA64PFR0_EL1"},
    {sysreg_id(3, 0, 1, 2, 0), "ZCR_EL1"},
    {sysreg_id(3, 0, 1, 2, 6), "SMCR_EL1"},
    {sysreg_id(3, 0, 2, 1, 0), "APIAKEYLO_EL1"},
    {sysreg_id(3, 0, 5, 3, 0), "ERRIDR_EL1"},
    {sysreg_id(3, 0, 12, 12, 5), "ICC_SRE_EL1"},
    {sysreg_id(3, 0, 12, 12, 7), "ICC_IGRPEN1_EL1"},
    {sysreg_id(3, 0, 4, 6, 0), "ICC_PMR_EL1"},
    {sysreg_id(3, 3, 9, 12, 0), "PMCR_EL0"},
    {sysreg_id(3, 3, 9, 12, 1), "PMCNTENSET_EL0"},
    {sysreg_id(3, 3, 9, 13, 0), "PMCCNTR_EL0"},
    {sysreg_id(3, 3, 9, 14, 0), "PMUSERENR_EL0"},
    {sysreg_id(3, 4, 0, 0, 0), "VPIDR_EL2"},
    {sysreg_id(3, 4, 0, 0, 5), "VMPIDR_EL2"},
    {sysreg_id(3, 4, 1, 0, 0), "SCTLR_EL2"},
    {sysreg_id(3, 4, 1, 0, 1), "ACTLR_EL2"},
    {sysreg_id(3, 4, 1, 1, 0), "HCR_EL2"},
    {sysreg_id(3, 4, 1, 1, 1), "MDCR_EL2"},
    {sysreg_id(3, 4, 1, 1, 2), "CPTR_EL2"},
    {sysreg_id(3, 4, 1, 1, 3), "HSTR_EL2"},
    {sysreg_id(3, 4, 2, 0, 0), "TTBR0_EL2"},
    {sysreg_id(3, 4, 2, 0, 2), "TCR_EL2"},
    {sysreg_id(3, 4, 2, 1, 0), "VTTBR_EL2"},
    {sysreg_id(3, 4, 2, 1, 2), "VTCR_EL2"},
    {sysreg_id(3, 4, 4, 0, 0), "SPSR_EL2"},
    {sysreg_id(3, 4, 4, 0, 1), "ELR_EL2"},
    {sysreg_id(3, 4, 4, 1, 0), "SP_EL1"},
    {sysreg_id(3, 4, 5, 2, 0), "ESR_EL2"},
    {sysreg_id(3, 4, 6, 0, 0), "FAR_EL2"},
    {sysreg_id(3, 4, 10, 2, 0), "MAIR_EL2"},
    {sysreg_id(3, 4, 12, 0, 0), "VBAR_EL2"},
    {sysreg_id(3, 4, 12, 9, 5), "ICC_SRE_EL2"},
    {sysreg_id(3, 4, 12, 11, 0), "ICH_HCR_EL2"},
    {sysreg_id(3, 4, 13, 0, 2), "TPIDR_EL2"},
    {sysreg_id(3, 4, 14, 0, 3), "CNTVOFF_EL2"},
    {sysreg_id(3, 4, 14, 1, 0), "CNTHCTL_EL2"},
    {sysreg_id(3, 4, 14, 2, 1), "CNTHP_CTL_EL2"},
    {sysreg_id(3, 6, 1, 0, 0), "SCTLR_EL3"},
    {sysreg_id(3, 6, 1, 0, 1), "ACTLR_EL3"},
    {sysreg_id(3, 6, 1, 1, 0), "SCR_EL3"},
    {sysreg_id(3, 6, 1, 1, 2), "CPTR_EL3"},
    {sysreg_id(3, 6, 1, 3, 1), "MDCR_EL3"},
    {sysreg_id(3, 6, 2, 0, 0), "TTBR0_EL3"},
    {sysreg_id(3, 6, 2, 0, 2), "TCR_EL3"},
    {sysreg_id(3, 6, 4, 0, 0), "SPSR_EL3"},
    {sysreg_id(3, 6, 4, 0, 1), "ELR_EL3"},
    {sysreg_id(3, 6, 4, 1, 0), "SP_EL2"},
    {sysreg_id(3, 6, 10, 2, 0), "MAIR_EL3"},
    {sysreg_id(3, 6, 12, 0, 0), "VBAR_EL3"},
    {sysreg_id(3, 6, 12, 12, 4), "ICC_CTLR_EL3"},
    {sysreg_id(3, 6, 12, 12, 5), "ICC_SRE_EL3"},
    {sysreg_id(3, 6, 12, 12, 7), "ICC_IGRPEN1_EL3"},
    {sysreg_id(3, 6, 13, 0, 2), "TPIDR_EL3"},
};

}  // namespace

void print_sysreg(TextSink& out, u32 id) {
    for (const Name& each : names) {
        if (each.id == id) {
            out.write(each.name);
            return;
        }
    }
    print(out, "S{}_{}_C{}_C{}_{}", SysregTrap::Op0::get(id), SysregTrap::Op1::get(id),
          SysregTrap::Crn::get(id), SysregTrap::Crm::get(id), SysregTrap::Op2::get(id));
}

std::string_view sysreg_owner(u32 id, bool is_read) {
    if (id == cntfrq_el0 && !is_read) {
        return "firmware's";  // writable at the highest level alone
    }
    switch (SysregTrap::Op1::get(id)) {
        case 4:
        case 5:  // EL1's registers as EL2 names them
            return "EL2's";
        case 6:
            return "EL3's";
        case 7:
            return "secure firmware's";
        default:
            return {};
    }
}

}  // namespace isthmus::arch
