// SPDX-License-Identifier: Apache-2.0
// The guest's interrupt controller, GICv3 (Arm IHI 0069) or GICv2 (Arm IHI 0048), as its tree
// tells. Enough to test one: no groups besides the one used, no affinity above one cluster for
// GICv2.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::guest {

inline constexpr u32 intid_none = 1023;  ///< acknowledge() found nothing to do

class Gic {
  public:
    /// Finds the controller, turns the distributor on. False without one in the tree.
    bool open();
    /// Each CPU calls it for itself: wakes its redistributor, opens its CPU interface.
    void open_cpu() const;

    u32 version() const { return version_; }
    u64 distributor() const { return distributor_; }
    /// Of the calling CPU (GICv3); 0 when the tree's frames hold none for it.
    u64 redistributor() const;

    /// Private interrupts (below 32) are the calling CPU's own.
    void enable(u32 intid) const;
    void disable(u32 intid) const;
    void set_pending(u32 intid) const;
    void clear_pending(u32 intid) const;
    bool is_pending(u32 intid) const;
    bool is_active(u32 intid) const;
    void clear_active(u32 intid) const;
    void set_priority(u32 intid, u8 priority) const;
    u8 priority(u32 intid) const;
    /// SPIs only.
    void set_edge(u32 intid, bool edge) const;
    /// The calling CPU gets this SPI; or the one of this affinity.
    void route_here(u32 intid) const;
    void route_to(u64 mpidr, u32 intid) const;

    void send_sgi(u64 mpidr, u32 intid) const;
    void send_sgi_to_self(u32 intid) const;
    void send_sgi_to_others(u32 intid) const;
    /// Interrupts with a priority below (more urgent than) this one come through.
    void set_priority_mask(u8 mask) const;
    /// GICv2: the returned value may carry the sender in bits 12:10; end() wants it back as it is.
    u32 acknowledge() const;
    void end(u32 acknowledged) const;
    /// From now on end() only drops the priority, and deactivate() does the rest (EOImode).
    void split_end(bool split) const;
    void deactivate(u32 acknowledged) const;

  private:
    u64 private_or_shared(u32 intid) const;
    void write_bit(u64 offset, u32 intid) const;
    bool read_bit(u64 offset, u32 intid) const;

    u32 version_ = 0;
    u64 distributor_ = 0;
    u64 second_ = 0;  // GICv3: redistributors; GICv2: CPU interface
    u64 second_size_ = 0;
};

}  // namespace isthmus::guest
