// SPDX-License-Identifier: Apache-2.0
// A CPU whose system registers take effect late. What is written may be in force at once, or not
// before the next ISB (Arm ARM D13.1.2, "Synchronization requirements for System registers"), for
// each register on its own; so between the two hardware may use either value. After every step the
// machine asks what a walk on speculation could find then. QEMU does everything at once and in
// order, so mistakes of this kind never show there.
//
// The files of arch/arm64 under test are compiled against the sysreg.hpp and mmio.hpp beside this
// file, which lead here.
#pragma once

#include <map>
#include <set>
#include <source_location>
#include <string>
#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::test {

class LaggingMachine {
  public:
    /// As firmware leaves it: EL1's registers and VTTBR_EL2 hold anything.
    void restart();

    // --- What the code under test does ---
    u64 read(const std::string& name);
    void write(const std::string& name, u64 value);
    void isb(std::source_location where);
    void wfi();
    void tlbi();
    u32 read_device(u64 address);
    void write_device(u64 address, u32 value);
    /// SIMD registers move: CPTR_EL2 must let them.
    void use_fp();

    // --- What a test says and asks ---
    /// Guest `vmid` has this value in that register of stage 1.
    void belongs(const std::string& name, u64 value, unsigned vmid);
    /// From here on walks may happen at any time.
    void speculate() { speculating_ = true; }
    /// The ISB that stands there is left out, each time: one of isbs().
    void leave_out(const std::string& isb) { left_out_ = isb; }
    /// Those that were met: "world_switch.cpp:221 void isthmus::arch::load_vcpu(...)".
    const std::set<std::string>& isbs() const { return isbs_; }
    const std::vector<std::string>& violations() const { return violations_; }
    bool was_written(const std::string& name) const { return written_.contains(name); }
    u64 value(const std::string& name) { return latest_[name]; }
    void set(const std::string& name, u64 value);

  private:
    const std::set<u64>& possible(const std::string& name);
    bool all_have(const std::string& name, u64 bits);
    bool belongs_to(const std::string& name, u64 value, unsigned vmid) const;
    void walk();
    void walk_of_a_guest_without_stage1();
    void complain(const std::string& what);

    std::map<std::string, u64> latest_;
    std::map<std::string, std::set<u64>> possible_;
    std::map<std::string, std::map<u64, unsigned>> owners_;
    std::map<u64, u32> device_;
    std::set<u64> posted_;
    std::set<std::string> written_;
    std::vector<std::string> violations_;
    std::string left_out_;
    std::set<std::string> isbs_;
    bool speculating_ = false;
};

LaggingMachine& lagging();

}  // namespace isthmus::test
