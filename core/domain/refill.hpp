// SPDX-License-Identifier: Apache-2.0
// A domain's memory before it runs, at boot and when it is built again: cleared but for what is
// copied over, then kernel, ramdisk and tree copied to their places. A restart hashes modules first
// for which the tree names a digest; boot has done that before it built anything.
//
//     verify ──▶ clear ──▶ kernel ──▶ ramdisk ──▶ tree ──▶ full
//       │                  from its module,      from the copy
//       ▼                  which is shown        that boot made
//     failed
#pragma once

#include <optional>
#include <span>

#include "dom0less/plan/plan.hpp"
#include "dom0less/plan/sha256.hpp"
#include "isthmus/range.hpp"

namespace isthmus::dom0less {
class Gunzip;
}  // namespace isthmus::dom0less

namespace isthmus::core {

struct Domain;

/// Where the work stands. One CPU's; other domains may be filled at the same time elsewhere.
class Refill {
  public:
    enum class Step : u8 {
        more,
        full,
        failed  ///< a module is not what it was
    };

    enum class Pace : u8 {
        in_pieces,  ///< of some 10 us, beside guests that run
        /// Boot: all that a stage does with one mapping is one piece. Regions have been cleared,
        /// modules are shown, and their digests compared.
        at_once
    };

    constexpr Refill() = default;
    constexpr explicit Refill(Pace pace)
        : pace_(pace), stage_(pace == Pace::at_once ? Stage::clear : Stage::verify) {}

    /// Does the next piece. What it shows in Isthmus's map is hidden again when it says anything
    /// but `more`.
    Step step(const Domain& domain);

    /// Writes to the domain's private RAM, of which a window is shown. False: that cannot be.
    bool write(const Domain& domain, GuestAddress to, std::span<const std::byte> bytes, bool code);

  private:
    enum class Stage : u8 { verify, clear, kernel, ramdisk, tree, full };

    Step verify(const Domain& domain);
    Step clear(const Domain& domain);
    Step load_kernel(const Domain& domain);
    Step unpack_kernel(const Domain& domain);
    Step load_ramdisk(const Domain& domain);
    Step load_tree(const Domain& domain);
    bool copy_some(const Domain& domain, GuestAddress to, std::span<const std::byte> bytes,
                   bool code);
    bool show_window(HostRange within, HostAddress at);
    void hide_window();
    std::optional<std::span<const std::byte>> show_module(HostRange module);
    void hide_module();
    Step go_on(Stage next);
    void close();
    bool is_to_clear(const dom0less::DomainPlan& domain,
                     const dom0less::MappingPlan& mapping) const;
    u64 at_most(u64 piece) const { return pace_ == Pace::in_pieces ? piece : ~u64{0}; }

    Pace pace_ = Pace::in_pieces;
    Stage stage_ = Stage::verify;
    HostRange window_;  ///< what is shown of what is written
    HostRange module_;  ///< what is shown of what is read
    dom0less::Gunzip* gunzip_ = nullptr;
    dom0less::Sha256 hash_;  ///< of the first `done_` bytes of the module that is looked at
    usize item_ = 0;         ///< index into the plan's mappings; of `verify`, the modules before
    u64 done_ = 0;           ///< bytes of that mapping, or of what is copied or hashed
};

}  // namespace isthmus::core
