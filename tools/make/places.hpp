// SPDX-License-Identifier: Apache-2.0
// Where `isthmus make` puts things. The planner checks it all again: nothing here is believed.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "fdt/cells.hpp"
#include "fdt/host_description.hpp"
#include "isthmus/range.hpp"
#include "isthmus/units.hpp"
#include "tools/make/config.hpp"

namespace isthmus::tools {

/// For the boot tree, which U-Boot adds to.
inline constexpr u64 tree_room = 4 * MiB;

struct PlacedModule {
    std::filesystem::path file;
    HostRange range;          ///< exactly the file's size
    std::string sha256 = {};  ///< of the file; empty: the tree is not to say it
};

struct PlacedRegion {
    HostRange host;                  ///< empty: Isthmus chooses it at boot
    std::vector<GuestRange> guests;  ///< as MakeRegion::uses
};

struct MakePlaces {
    HostRange image;                    ///< Isthmus, with its zeroed memory
    HostAddress tree;                   ///< where a boot loader puts the boot tree
    HostAddress entry;                  ///< room for a few instructions that start Isthmus
    std::vector<PlacedModule> modules;  ///< each file once, however many domains boot it
    std::vector<std::vector<HostRange>> static_memory;  ///< as MakeConfig::domains
    std::vector<PlacedRegion> regions;                  ///< as MakeConfig::regions

    fdt::CellCounts root_cells;  ///< how the base tree counts at its root

    std::vector<std::string> cpus;  ///< the paths of the CPUs, in tree order

    const PlacedModule& module(const std::filesystem::path& file) const;
};

/// From the bottom of free RAM: boot loaders are at home at its top. The error is as those of
/// read_make_config.
std::expected<MakePlaces, std::string> choose_places(const MakeConfig& config,
                                                     const fdt::HostDescription& host);

}  // namespace isthmus::tools
