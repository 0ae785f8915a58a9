// SPDX-License-Identifier: Apache-2.0
// Driver of one SMMUv3 (Arm IHI 0070): brings it up with every stream aborted, gives streams to
// guests and takes them back, reads its events. Every wait is bounded; when the hardware does not
// obey, the SMMU is shut and lets nothing through. Takes no lock: smmu.cpp does.
#pragma once

#include <optional>
#include <span>

#include "arch/arm64/smmu/access.hpp"
#include "arch/arm64/smmu/commands.hpp"
#include "arch/arm64/smmu/event.hpp"
#include "arch/arm64/smmu/queue.hpp"
#include "arch/arm64/smmu/registers.hpp"
#include "arch/arm64/smmu/table.hpp"
#include "arch/arm64/smmu/walk.hpp"
#include "isthmus/arch/cpus.hpp"
#include "isthmus/arch/smmu.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::arch {

class Smmuv3 {
  public:
    constexpr Smmuv3() = default;

    /// Reads what it is; changes nothing there.
    void open(SmmuRegisters registers);
    const smmu::IdRegisters& id() const { return id_; }
    bool is_running() const { return is_running_; }

    /// As init_smmu.
    Result<void> start(std::span<const StreamIds> streams, HostRange memory);
    /// Everything is aborted, by GBPA, with tables and queues off. Error: denied.
    Result<void> shut();

    /// As attach_streams and detach_streams.
    Result<void> attach(StreamIds streams, const smmu::Stage2& stage2);
    Result<void> detach(StreamIds streams);
    /// No translation of this guest is held any more. Error: denied.
    Result<void> invalidate(u16 vmid);

    /// Where the hardware has its table, as it says itself. Of a running one.
    smmu::TableRegisters read_back() const;

    /// The oldest event. `were_lost` becomes true when some found no room.
    std::optional<smmu::EventRecord> take_event(bool& were_lost);
    u32 event_entries() const { return events_.entries(); }
    /// Errors of the SMMU itself (SMMU_GERROR) since the last call.
    u32 take_errors();

  private:
    // smmuv3.cpp: bringing it up
    bool set_with_ack(u64 control, u64 ack, u32 value) const;
    bool abort_while_off() const;
    void set_up_memory(std::span<const StreamIds> streams, HostRange memory);
    bool turn_on();
    bool turn_off();
    bool enable_interrupts() const;
    // smmu/streams.cpp: a running one
    bool submit(const smmu::Command& command);
    bool finish();
    bool has_command_error() const;
    bool forget_entries(StreamIds streams);
    std::unexpected<Error> give_up();
    smmu::StreamEntry* find_entry(u64 stream) const;
    Result<void> check_streams(StreamIds streams) const;

    SmmuRegisters registers_;
    smmu::IdRegisters id_;
    bool is_running_ = false;
    smmu::TableShape table_;
    HostRange memory_;  ///< that start was given
    HostAddress table_base_;
    smmu::QueueShape commands_;
    smmu::QueueShape events_;
    HostAddress command_base_;
    HostAddress event_base_;
    u32 command_prod_ = 0;
    u32 event_cons_ = 0;  ///< with the overflow flag that was acknowledged
};

namespace smmu {
/// Waits for `done`, a second at most. False when it did not come.
template <class Done>
bool wait_until(Done done) {
    const u64 patience = counter() + counter_frequency();
    while (!done()) {
        if (counter() > patience) {
            return done();
        }
        relax();
    }
    return true;
}

/// A word that the SMMU reads: one store each.
inline void put(u64& word, u64 value) {
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}
}  // namespace smmu

}  // namespace isthmus::arch
