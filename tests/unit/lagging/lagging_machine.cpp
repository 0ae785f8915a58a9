// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/lagging/lagging_machine.hpp"

#include <algorithm>
#include <array>

#include "arch/arm64/cpu/registers.hpp"

namespace isthmus::test {
namespace {

/// What a walk of stage 1 goes by.
const std::array<const char*, 5> stage1 = {"ttbr0_el1", "ttbr1_el1", "tcr_el1", "mair_el1",
                                           "sctlr_el1"};
constexpr u64 no_walks = arch::tcr_el1::epd0 | arch::tcr_el1::epd1;

constexpr unsigned vmid_of(u64 vttbr) {
    return static_cast<unsigned>(vttbr >> 48);
}

bool is_list_register(const std::string& name) {
    return name.starts_with("ich_lr");
}

}  // namespace

LaggingMachine& lagging() {
    static LaggingMachine machine;
    return machine;
}

void LaggingMachine::restart() {
    *this = LaggingMachine{};
    set("vttbr_el2", u64{0xdead} << 48);
    set("hcr_el2", u64{1} << 31);
    set("id_aa64mmfr0_el1", 5);  // PARange: 48 bits
    set("ich_vtr_el2", 3);       // four list registers
    set("ich_elrsr_el2", 0xf);
}

void LaggingMachine::set(const std::string& name, u64 value) {
    latest_[name] = value;
    possible_[name] = {value};
}

const std::set<u64>& LaggingMachine::possible(const std::string& name) {
    std::set<u64>& values = possible_[name];
    values.insert(latest_[name]);
    return values;
}

u64 LaggingMachine::read(const std::string& name) {
    if (name == "ich_elrsr_el2") {
        for (const auto& [other, values] : possible_) {
            if (is_list_register(other) && values.size() > 1) {
                complain("ICH_ELRSR_EL2 does not show yet what was written to " + other);
            }
        }
    }
    return latest_[name];
}

void LaggingMachine::write(const std::string& name, u64 value) {
    if (name == "cntv_ctl_el0" && (value & arch::timer_ctl::enable) != 0 && !posted_.empty()) {
        complain("the virtual timer goes on before its interrupt's active state has arrived");
    }
    written_.insert(name);
    static_cast<void>(possible(name));
    possible_[name].insert(value);
    latest_[name] = value;
    walk();
}

void LaggingMachine::isb(std::source_location where) {
    const std::string path = where.file_name();
    const std::string here = path.substr(path.rfind('/') + 1) + ":" + std::to_string(where.line()) +
                             " " + where.function_name();
    isbs_.insert(here);
    if (here == left_out_) {
        return;
    }
    for (const auto& [name, value] : latest_) {
        possible_[name] = {value};
    }
    walk();
}

void LaggingMachine::wfi() {
    using namespace arch::hcr;
    if (!all_have("hcr_el2", imo | fmo | amo)) {
        complain("an interrupt that is not routed to EL2 need not end this WFI");
    }
    for (const auto& [name, values] : possible_) {
        if (values.size() > 1) {
            complain("asleep before " + name + " is in force");
        }
    }
    if (!posted_.empty()) {
        complain("asleep before what was written to the interrupt controller has arrived");
    }
}

void LaggingMachine::tlbi() {
    if (possible("vttbr_el2").size() > 1) {
        complain("a TLBI may be for the VMID before");
    }
}

u32 LaggingMachine::read_device(u64 address) {
    posted_.erase(address);
    return device_[address];
}
void LaggingMachine::write_device(u64 address, u32 value) {
    for (const u64 control : possible("cntv_ctl_el0")) {
        if ((control & arch::timer_ctl::enable) != 0) {
            complain("the virtual timer may fire while its interrupt's active state moves");
        }
    }
    device_[address] = value;
    posted_.insert(address);
}

void LaggingMachine::use_fp() {
    if (possible("cptr_el2") != std::set<u64>{arch::cptr::res1}) {
        complain("SIMD registers may trap");
    }
}

void LaggingMachine::belongs(const std::string& name, u64 value, unsigned vmid) {
    owners_[name][value] = vmid;
}

bool LaggingMachine::all_have(const std::string& name, u64 bits) {
    return std::ranges::all_of(possible(name), [&](u64 value) { return (value & bits) == bits; });
}

/// TCR_EL1 and SCTLR_EL1 may differ from the guest's own by what stops walks.
bool LaggingMachine::belongs_to(const std::string& name, u64 value, unsigned vmid) const {
    const auto owners = owners_.find(name);
    if (owners == owners_.end()) {
        return false;
    }
    const u64 ours = name == "tcr_el1" ? no_walks : name == "sctlr_el1" ? arch::sctlr::m : 0;
    return std::ranges::any_of(owners->second, [&](const auto& owner) {
        return owner.second == vmid && (owner.first | ours) == (value | ours);
    });
}

/// A guest whose stage 1 is off: it is turned on by us, and only while nothing can be walked.
void LaggingMachine::walk_of_a_guest_without_stage1() {
    for (const auto& [own, vmid] : owners_["sctlr_el1"]) {
        const u64 ours = own | arch::sctlr::m;
        if ((own & arch::sctlr::m) == 0 && possible("sctlr_el1").contains(ours) &&
            !all_have("tcr_el1", no_walks)) {
            complain("a walk by tables that guest " + std::to_string(vmid) + " has not turned on");
        }
    }
}

/// Every combination of what may be in force: through a guest's stage 2 only its own stage 1.
void LaggingMachine::walk() {
    if (!speculating_) {
        return;
    }
    if (!all_have("hcr_el2", arch::hcr::vm)) {
        complain("a walk without stage 2");
    }
    walk_of_a_guest_without_stage1();
    if (all_have("tcr_el1", no_walks) && all_have("sctlr_el1", arch::sctlr::m)) {
        return;
    }
    for (const u64 vttbr : possible("vttbr_el2")) {
        for (const char* name : stage1) {
            for (const u64 value : possible(name)) {
                if (vmid_of(vttbr) != 0 && !belongs_to(name, value, vmid_of(vttbr))) {
                    complain("a walk by another's " + std::string(name) + " under VMID " +
                             std::to_string(vmid_of(vttbr)));
                }
            }
        }
    }
}

void LaggingMachine::complain(const std::string& what) {
    if (std::ranges::find(violations_, what) == violations_.end()) {
        violations_.push_back(what);
    }
}

}  // namespace isthmus::test
