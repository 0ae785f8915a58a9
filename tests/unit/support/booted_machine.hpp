// SPDX-License-Identifier: Apache-2.0
// The fake machine after Isthmus has booted on it: core::boot from a device tree to the first guest
// instruction, once a program. What boot leaves behind is one of the things under test.
//
//   domU1  2 vCPUs on CPUs 0 and 1   owns "window", reads and writes "open", "shared"
//   domU2  1 vCPU on CPU 2           "shared" read-only, two pages of "window"; no UART
//   domU3  1 vCPU on CPU 3           "shared" read and write, with a status page for all three
#pragma once

#include <memory>
#include <string>

#include "core/domain/domain.hpp"
#include "isthmus/units.hpp"
#include "tests/unit/support/fake_machine.hpp"

namespace isthmus::test {

/// Of each guest, in bytes: little, because boot clears it before every test's first line.
inline constexpr u64 booted_guest_bytes = 4 * MiB;

struct BootedMachine {
    std::string output;    ///< all that boot said
    bool entered = false;  ///< boot ended in a guest
    usize entered_cpu = 0;
    std::vector<std::byte> kernel;  ///< the kernel of all guests, compressed in domU2's module
    u64 code_bytes = 0;             ///< of guests' memory that was made fit for execution
};

/// Boots at the first call; later ones only restart the CPUs and set the calling one to 0.
const BootedMachine& booted();

/// A domain of the booted machine's plan with vCPUs and devices of its own, for a test to spoil.
class FreshGuest {
  public:
    /// `index` into core::domains().
    explicit FreshGuest(usize index = 0);
    FreshGuest(const FreshGuest&) = delete;
    FreshGuest& operator=(const FreshGuest&) = delete;

    core::Vcpu& vcpu(usize index = 0) { return vcpus_[index]; }

    core::Domain domain;

  private:
    std::array<core::Vcpu, 2> vcpus_;
    std::array<core::VgicCpu, 2> vgic_cpus_;
    std::array<core::VirtualIrq, 64> spis_;
};

/// A word of an emulated device of the vCPU's domain. All ones, or false: there is no such
/// register.
u64 read_emulated(core::Vcpu& vcpu, GuestAddress address);
bool write_emulated(core::Vcpu& vcpu, GuestAddress address, u64 value);

}  // namespace isthmus::test
