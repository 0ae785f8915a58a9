// SPDX-License-Identifier: Apache-2.0
// What `isthmus explain` knows of each rule: plain tables, one file for each part of the tree.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "isthmus/finding.hpp"

namespace isthmus::tools {

/// A snippet is what stands in the node `place`, or a part of it; "/* no NAME */" in one says that
/// the property or node NAME is absent. tests/tools/test_explain.py puts each snippet into a small
/// tree: the wrong one must lead to this rule alone, the right one to no finding.
struct Explanation {
    const Rule* rule;
    std::string_view summary;  ///< when it is broken, one line without a full stop
    std::string_view reason;   ///< what it protects against, and what to do
    std::string_view place;    ///< path of the node; another text where no node shows it
    std::string_view wrong;    ///< lines, the first and the last without a line end
    std::string_view right;
};

/// The entries of one file, and the section of the documents that describes their properties.
struct Chapter {
    std::string_view page;     ///< from the root of the sources
    std::string_view section;  ///< its heading there
    std::span<const Explanation> entries;
};

Chapter explain_trees();         ///< fdt-*, opt-*, plan-digest
Chapter explain_machine();       ///< host-*, save the next
Chapter explain_firmware();      ///< host-gic-*, host-timer-*, host-psci-* and host-smmu-*
Chapter explain_domains();       ///< dom-*, save the next
Chapter explain_cpus();          ///< cpupool-*, and what domains ask of CPUs
Chapter explain_modules();       ///< dom-kernel-*, dom-module-*, dom-static-* and their like
Chapter explain_reservations();  ///< *-memreserve
Chapter explain_devices();       ///< dev-*, and dom0-device
Chapter explain_health();        ///< health-*
Chapter explain_views();         ///< shm-*: what is wrong with one node
Chapter explain_regions();       ///< shm-*: what is wrong between nodes
Chapter explain_signals();       ///< evtchn-*, and what regions say of signals

/// All chapters, in this order.
std::vector<Chapter> explanations();

/// The names most like `name`, best first: those that hold it, else a few with little difference.
std::vector<std::string_view> nearest_rules(std::string_view name);

}  // namespace isthmus::tools
