// SPDX-License-Identifier: Apache-2.0
// An input taken apart and carried through reading and planning, as at boot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "dom0less/planner.hpp"
#include "fdt/tree.hpp"
#include "isthmus/arena.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::fuzz {

/// What must hold for every input; a breach is what the fuzzer looks for.
void require(bool condition);

/// Length of the boot tree at the front of an input: all of it, unless a second tree follows.
std::size_t boot_tree_length(std::span<const std::uint8_t> trees);

/// The first byte picks the arena's size, so that running out of it is met too. The rest is the
/// boot tree, and behind it perhaps a second tree, which every module holds. Each is in memory
/// exactly as long as it, so that reading behind it is seen.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size);
    std::span<const std::byte> blob() const { return {blob_.get(), size_}; }
    std::span<const std::byte> module() const { return {module_.get(), module_size_}; }
    std::span<std::byte> memory() const { return memory_; }

  private:
    std::unique_ptr<std::byte[]> blob_;
    std::size_t size_ = 0;
    std::unique_ptr<std::byte[]> module_;
    std::size_t module_size_ = 0;
    std::span<std::byte> memory_;
};

/// All modules hold the same bytes.
class Modules final : public dom0less::ModuleReader {
  public:
    explicit Modules(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::span<const std::byte> copy(HostRange module, usize most, Arena& arena) override;

  private:
    std::span<const std::byte> bytes_;
};

/// The pipeline. Not movable: everything points into it.
struct Boot {
    explicit Boot(const Input& input);
    Boot(const Boot&) = delete;
    Boot& operator=(const Boot&) = delete;
    /// Fills host, config and plan; the tree must be open.
    void plan_all();
    /// Prints all findings to nowhere.
    void print_findings() const;

    /// Nobody who asks for RAM by address has a byte of the arena: what the walk without an index
    /// sees is no less than what the readers see.
    bool is_free(HostRange range) const;

    std::span<const std::byte> blob;
    Modules modules;
    Arena arena;
    Findings findings;
    std::optional<fdt::Tree> tree;
    dom0less::Options options;
    fdt::HostDescription host;
    dom0less::SystemConfig config;
    std::optional<dom0less::Plan> plan;
};

/// Reads what it is given, and forgets it.
class Discard final : public TextSink {
  public:
    void write(std::string_view text) override;

  private:
    std::size_t sum_ = 0;
};

}  // namespace isthmus::fuzz
