// SPDX-License-Identifier: Apache-2.0
// What a configuration file of `isthmus make` says (docs/make.md). It is TOML 1.0.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/range.hpp"
#include "tools/make/board.hpp"

namespace isthmus::tools {

/// Where a thing stands in the configuration file, counted from 1.
using Line = u32;

/// A property that make has no key for: its name, and its value as device-tree source.
struct MakeProperty {
    std::string name;
    std::string value;  ///< empty: the property has none
};

struct MakeBase {
    std::filesystem::path tree;     ///< a blob or .dts; empty when QEMU makes it
    std::filesystem::path overlay;  ///< source that is appended to it; empty: none
    std::optional<MakeBoard> board;
    Line line = 0;
};

struct MakeHypervisor {
    std::filesystem::path image;
    std::string args;
    std::vector<HostRange> static_heap;
    std::vector<MakeProperty> properties;  ///< of /chosen
    Line line = 0;
};

/// CPUs for the domains that name it: a node `xen,cpupool`.
struct MakePool {
    std::string name;
    std::vector<u32> cpus;  ///< counted in tree order
    std::string scheduler;  ///< empty: what sched= says
    Line line = 0;
};

/// The name by which regions name it.
inline constexpr const char* dom0_name = "Dom0";

struct MakeDomain {
    std::string name;
    bool is_dom0 = false;  ///< [dom0]; its RAM is chosen at boot, at addresses of the machine
    std::filesystem::path kernel;
    std::filesystem::path given = {};      ///< the kernel, before it was wrapped
    std::optional<u64> load;               ///< guest address of a kernel that has no header
    std::optional<u64> entry;              ///< of its first instruction; else its first byte
    std::filesystem::path ramdisk;         ///< empty: none
    u64 memory = 0;                        ///< bytes
    bool is_static = false;                ///< its RAM has host addresses in the tree
    std::vector<HostRange> static_memory;  ///< those that were given; none: they are chosen
    bool is_direct = false;                ///< `direct-map`
    u32 cpus = 1;                          ///< 0, of Dom0: as many as are left
    std::vector<std::string> affinity;     ///< one a vCPU, or one for all; none: any CPU
    std::string cpupool;                   ///< empty: the CPUs in no pool
    std::optional<u32> spis;
    std::string bootargs;
    std::vector<std::string> emulated;  ///< properties that ask for emulated devices
    bool has_xen = false;               ///< Xen's interface, `xen,enhanced`
    bool has_statistics = false;        ///< it borrows them, `isthmus,statistics`
    std::vector<MakeProperty> health;   ///< what follows when it ends
    std::vector<MakeProperty> properties;
    Line line = 0;
};

/// One domain's view of a region: one node of the tree.
struct MakeUse {
    std::string domain;
    bool is_reader = false;
    std::optional<u64> offset;          ///< a window that starts here, of `size`
    u64 size = 0;                       ///< of the window, or of the region
    std::optional<GuestAddress> guest;  ///< the window's own; else it follows from the region's
    std::string presentation;           ///< empty: the default
    std::string on_restart;             ///< likewise
    std::vector<MakeProperty> properties;
    Line line = 0;
};

struct MakeRegion {
    std::string name;
    std::optional<u32> id;  ///< the dialect of numbered regions
    u64 size = 0;
    std::string owner;                  ///< empty: dom_io
    std::optional<HostAddress> host;    ///< else it is chosen, by make or
    bool is_chosen_at_boot = false;     ///< by Isthmus
    std::optional<GuestAddress> guest;  ///< else it is chosen
    bool has_doorbells = false;
    bool has_status = false;
    std::vector<MakeUse> uses;
    Line line = 0;
};

/// A static event channel: a node `xen,evtchn-v1` in each of its two domains.
struct MakeChannel {
    struct End {
        std::string domain;
        u32 port = 0;
    };
    std::vector<End> ends;  ///< two, or mistakes were found
    Line line = 0;
};

struct MakeConfig {
    std::filesystem::path file;
    MakeBase base;
    MakeHypervisor hypervisor;
    std::vector<MakePool> pools;
    std::vector<MakeDomain> domains;  ///< Dom0 first
    std::vector<MakeRegion> regions;
    std::vector<MakeChannel> channels;

    const MakeDomain* domain(const std::string& name) const;
    /// nullptr: there is none.
    const MakeDomain* dom0() const {
        return !domains.empty() && domains.front().is_dom0 ? domains.data() : nullptr;
    }
};

/// What the command line says about the machine.
struct MakeMachine {
    std::string board;  ///< a board's folder that stands for the whole of [base]; empty: none
    std::vector<std::pair<std::string, std::string>> choices;  ///< key and value, as in [base]
};

/// Paths in it are taken from the file's own folder. The error holds every mistake, one a line,
/// each as "FILE:LINE: what is wrong".
std::expected<MakeConfig, std::string> read_make_config(const std::filesystem::path& file,
                                                        const MakeMachine& machine);

}  // namespace isthmus::tools
