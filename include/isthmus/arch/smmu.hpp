// SPDX-License-Identifier: Apache-2.0
// DMA protection: the part of the contract of arch.hpp that is about SMMUs. For each one of the
// machine, by its place in HostDescription::smmus: probe_smmu, then init_smmu with memory that
// stays its own, then attach_streams. Each has a lock inside, which is innermost; any CPU may call.
// What the hardware refuses is an error, after which it lets no device's access through.
#pragma once

#include <span>
#include <string_view>

#include "isthmus/range.hpp"
#include "isthmus/result.hpp"
#include "isthmus/types.hpp"

namespace isthmus::arch {

/// Stream IDs, by which an SMMU knows devices: `first` to `first + count - 1`.
struct StreamIds {
    u32 first = 0;
    u32 count = 0;
};

struct SmmuDescription {
    HostRange registers;       ///< two pages of 64 KiB
    bool is_coherent = false;  ///< the tree says that its own accesses see the CPUs' caches
    HostAddress memory_end;    ///< of the machine's RAM
};

/// What an SMMU lacks to translate by the tables that guests' CPUs use.
enum class SmmuSupport : u8 {
    usable,
    no_stage2,
    preset,
    other_tables,
    incoherent,
    stalls,
    no_forced_write_back,
    few_address_bits
};
/// The same for a finding: "the SMMU ..." goes before it. Lives for ever.
std::string_view smmu_support_text(SmmuSupport support);

/// Maps an SMMU's registers, which keep their place, and looks; it changes nothing there. Once for
/// each index, below limits::smmus, on the boot CPU. Errors: out_of_memory, out_of_range.
Result<SmmuSupport> probe_smmu(usize index, const SmmuDescription& description);
/// The same again, of a probed one: after forgo_forced_write_back it may be another.
SmmuSupport smmu_support(usize index);
/// Bytes that init_smmu wants when these streams, and no others, are ever to be attached. Of a
/// probed one.
u64 smmu_memory_bytes(usize index, std::span<const StreamIds> streams);
/// Makes every access of every device behind it an abort, and is ready for these streams. `memory`
/// is mapped RAM of smmu_memory_bytes, aligned to that size rounded up to a power of two; it is
/// Isthmus's own for good. Of a usable one, once. Errors: unsupported (not usable), out_of_range (a
/// stream beyond what the hardware has), invalid_argument (memory, or a second call), denied (the
/// hardware does not obey).
Result<void> init_smmu(usize index, std::span<const StreamIds> streams, HostRange memory);
/// Every access through it is an abort, for good: for one that was probed and that nobody is to
/// use. Errors: not_found (not probed), denied (it does not say that it is so).
Result<void> shut_smmu(usize index);

/// arch/arm64/cpu/vcpu_state.hpp
struct GuestControl;
/// The accesses of these streams are the guest's from now on: all of them, or on error none.
/// Errors: not_found (no SMMU was initialised there), out_of_range (streams that init_smmu was not
/// told of, or more VMIDs than it has), already_mapped (one is some guest's), denied (the hardware;
/// everything is aborted).
Result<void> attach_streams(usize index, StreamIds streams, const GuestControl& control);
/// Aborts again. When it returns, nothing that these streams did is under way in the SMMU. Errors:
/// as attach_streams, but already_mapped.
Result<void> detach_streams(usize index, StreamIds streams);
/// No SMMU holds a translation any more for the guest of this VTTBR_EL2: after invalidate_guest,
/// before pages that were unmapped go to anyone else. Error: denied (everything is aborted there).
Result<void> invalidate_dma(u64 vttbr);

/// Streams that are to be a guest's, and nobody else's.
struct PlannedStreams {
    StreamIds ids;
    const GuestControl* control = nullptr;
};
struct StreamDifference {
    enum class Kind : u8 {
        off,       ///< it lets accesses through unseen: SMMU_CR0ACK is `found`
        table,     ///< from `stream` on, its table is not in its memory; `found` leads there
        no_entry,  ///< planned, but there is none: the stream is aborted
        entry,     ///< planned, but this word of the entry is another
        unplanned  ///< nobody's, but not aborted: word 0 is `found`
    };
    Kind kind = Kind::off;
    u32 stream = 0;
    usize planned = 0;  ///< index into the plan, of no_entry and entry
    usize word = 0;     ///< of the stream table entry
    u64 expected = 0;
    u64 found = 0;
};
/// For the audit: an SMMU's registers are read back, and its whole stream table is walked from
/// there as it does itself, and compared with `plan`, both ways; no lock is held in `differs`. Of
/// one that was initialised (else it is off), while no streams come or go. Returns how many streams
/// are not aborted.
u64 audit_streams(usize index, std::span<const PlannedStreams> plan,
                  void (*differs)(void* context, const StreamDifference& difference),
                  void* context);

/// An access by a device that an SMMU did not let through.
struct DmaFault {
    u32 stream = 0;
    u8 event = 0;           ///< number of the event record
    std::string_view name;  ///< the manual's, such as "F_TRANSLATION"
    bool has_access = false;
    bool is_write = false;  ///< this and the address: with has_access
    u64 address = 0;        ///< as the device gave it
};
struct DmaEvents {
    unsigned faults = 0;     ///< visited
    bool has_more = false;   ///< perhaps: a queue full was read. No interrupt will say so
    bool were_lost = false;  ///< there were more than its queue holds
    u32 errors = 0;          ///< SMMU_GERROR of what went wrong in the SMMU itself; not 0: say so
};
/// What an SMMU recorded since the last call, at most a queue full; no lock is held in `visit`.
/// Nothing of one that was not initialised. Its interrupt is raised when an empty queue gets an
/// event, and at an error of its own.
DmaEvents take_dma_events(usize index, void (*visit)(void* context, const DmaFault& fault),
                          void* context);

}  // namespace isthmus::arch
