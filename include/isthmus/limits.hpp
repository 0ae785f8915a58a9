// SPDX-License-Identifier: Apache-2.0
// Every limit of this build, in one place. A rule names the limit when a tree meets it; none is
// ever met in silence.
#pragma once

#include "isthmus/types.hpp"

namespace isthmus::limits {

inline constexpr usize domains = 64;                 ///< guests one tree may describe
inline constexpr usize vcpus_per_domain = 128;       ///< the redistributor window holds as many
inline constexpr usize cpus = 128;                   ///< physical CPUs that are used
inline constexpr u32 priority = 255;                 ///< the largest of `isthmus,priority`
inline constexpr usize memory_banks = 128;           ///< RAM ranges of the machine
inline constexpr u64 ram_bytes = u64{1023} << 30;    ///< the frame table numbers as many pages
inline constexpr unsigned host_address_bits = 46;    ///< RAM has its place in Isthmus's own map
inline constexpr usize reserved_ranges = 256;        ///< /reserved-memory and /memreserve/ entries
inline constexpr usize shm_regions = 256;            ///< shared regions
inline constexpr usize shm_nodes_per_region = 64;    ///< domains (or windows) of one region
inline constexpr usize shm_nodes = 4096;             ///< of all regions together
inline constexpr usize smmu_streams = 1024;          ///< ranges of stream IDs behind one SMMU
inline constexpr usize spis = 988;                   ///< shared interrupts, INTID 32 to 1019
inline constexpr usize emulated_frames = 20;         ///< ranges of registers of a guest's devices
inline constexpr usize emulated_interrupts = 32;     ///< of one such device
inline constexpr usize doorbells = 63;               ///< of one guest, to all its peers
inline constexpr usize name_length = 64;             ///< of a domain, or a group of them
inline constexpr u32 restarts = 1000;                ///< the largest number of `restart-limit`
inline constexpr u32 restart_seconds = 7 * 86400;    ///< its longest time
inline constexpr u32 event_ports = 4096;             ///< of one guest; port 0 is none
inline constexpr usize smmus = 16;                   ///< SMMUs that are used
inline constexpr u64 module_bytes = u64{512} << 30;  ///< of one boot module
inline constexpr usize findings = 512;               ///< more are counted, but not kept
inline constexpr usize findings_kept = 8;            ///< so many even when no memory is left
inline constexpr usize tree_depth = 32;              ///< nesting of nodes in a device tree
inline constexpr usize path_length = 512;            ///< characters of a node's full path
inline constexpr usize partial_tree_bytes = 512 * 1024;  ///< a tree that assigns devices
inline constexpr usize arena_bytes = 4 * 1024 * 1024;    ///< everything read and planned

}  // namespace isthmus::limits
