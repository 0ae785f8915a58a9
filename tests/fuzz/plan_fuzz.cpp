// SPDX-License-Identifier: Apache-2.0
// Any bytes as boot tree: opened, read, planned, and each guest's tree written. The first byte
// picks the arena's size, so that running out of it is met too.
#include <libfdt.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "dom0less/guest_tree.hpp"
#include "dom0less/plan_text.hpp"
#include "dom0less/planner.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/limits.hpp"

namespace {

using namespace isthmus;

class Discard final : public TextSink {
  public:
    void write(std::string_view text) override { length_ += text.size(); }

  private:
    std::size_t length_ = 0;
};

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// The map must cover the RAM of the machine exactly, whatever the tree was.
void check_host_map(const dom0less::Plan& plan, const fdt::HostDescription& host) {
    std::size_t next = 0;
    for (const fdt::MemoryBank& bank : host.memory) {
        HostAddress cursor = bank.range.start();
        while (cursor < bank.range.end()) {
            require(next < plan.host_map.size() && plan.host_map[next].range.start() == cursor);
            require(plan.host_map[next].range.end() > cursor);
            cursor = plan.host_map[next++].range.end();
        }
        require(cursor == bank.range.end());
    }
    require(next == plan.host_map.size());
}

void run(std::span<const std::byte> blob, std::span<std::byte> memory) {
    static std::vector<std::byte>* const buffer =
        new std::vector<std::byte>(dom0less::guest_tree_bytes);
    Discard sink;
    Arena arena(memory);
    Findings findings(arena);
    const auto tree = fdt::Tree::open(blob, arena, findings);
    require(tree.has_value() != findings.has_errors());
    // libfdt's own full check is the reference: what it refuses, nobody may read.
    require(!tree || fdt_check_full(blob.data(), blob.size()) == 0);
    if (tree) {
        const auto options = dom0less::read_options(*tree, arena, findings);
        const auto host = fdt::read_host(*tree, options.dtuart, arena, findings);
        const auto config = dom0less::read_config(*tree, arena, findings);
        const HostRange image = *HostRange::from(HostAddress(0x4020'0000), 0x10'0000);
        const auto plan = dom0less::make_plan({host, config, options, image, {}}, arena, findings);
        require(plan.has_value() != findings.has_errors());
        if (plan) {
            check_host_map(*plan, host);
            dom0less::print_plan(sink, *plan, host);
            dom0less::print_host_map(sink, *plan);
            for (const dom0less::DomainPlan& domain : plan->domains) {
                const auto guest = dom0less::write_guest_tree(*plan, domain, host, *buffer);
                require(guest.has_value());
            }
        }
    }
    for (const Finding& finding : findings.items()) {
        print_finding(sink, finding);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    constexpr std::array<std::size_t, 4> arena_sizes{limits::arena_bytes, 1 << 20, 1 << 15,
                                                     1 << 13};
    static std::byte* const memory = new std::byte[limits::arena_bytes];
    // Exactly as long as the input, so that reading behind it is seen.
    const auto blob = std::make_unique<std::byte[]>(size - 1);
    if (size > 1) {
        std::memcpy(blob.get(), data + 1, size - 1);
    }
    run({blob.get(), size - 1}, {memory, arena_sizes[data[0] % arena_sizes.size()]});
    return 0;
}
