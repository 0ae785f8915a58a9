// SPDX-License-Identifier: Apache-2.0
// What a configuration file of `isthmus make` says (docs/make.md). It is TOML 1.0.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "isthmus/types.hpp"

namespace isthmus::tools {

/// Where a thing stands in the configuration file, counted from 1.
using Line = u32;

struct MakeBase {
    std::filesystem::path tree;  ///< a blob or .dts; empty when a board is named
    std::string board;           ///< "qemu-virt"
    u32 cpus = 2;                ///< this and the following: for the board only
    std::string cpu = "max";
    u32 gic = 3;
    u64 memory = 0;  ///< bytes
    Line line = 0;
};

struct MakeHypervisor {
    std::filesystem::path image;
    std::string args;
    Line line = 0;
};

struct MakeDomain {
    std::string name;
    std::filesystem::path kernel;
    std::filesystem::path ramdisk;  ///< empty: none
    u64 memory = 0;                 ///< bytes
    u32 cpus = 1;
    std::string bootargs;
    bool uart = true;
    Line line = 0;
};

struct MakeRegion {
    std::string name;
    u64 size = 0;
    std::string owner;                   ///< empty: dom_io
    std::vector<std::string> borrowers;  ///< who read and write
    std::vector<std::string> readers;    ///< borrowers who only read
    std::string presentation;            ///< empty: the default
    Line line = 0;
};

struct MakeConfig {
    std::filesystem::path file;
    MakeBase base;
    MakeHypervisor hypervisor;
    std::vector<MakeDomain> domains;
    std::vector<MakeRegion> regions;
};

/// Paths in it are taken from the file's own folder. The error holds every mistake, one a line,
/// each as "FILE:LINE: what is wrong".
std::expected<MakeConfig, std::string> read_make_config(const std::filesystem::path& file);

}  // namespace isthmus::tools
