// SPDX-License-Identifier: Apache-2.0
// Tables of wrong trees: each case names all findings of its tree, in order, so that a mistake
// neither hides another nor drags a false one along.
#pragma once

#include <gtest/gtest.h>

#include "isthmus/finding.hpp"
#include "tests/unit/support/planned_tree.hpp"

namespace isthmus::test {

struct Case {
    const char* name;
    std::string chosen;
    const char* rules;  ///< all of them, in order
    std::string more = {};
};

inline const std::string host_a = "0 0x70000000 0 0x60000000 0 0x10000";
inline const std::string guest_a = "0 0x60000000 0 0x10000";

/// Two domains that both name region "a" as the given nodes do.
inline std::string pair(const std::string& first, const std::string& second) {
    return domain(1, first) + domain(2, second);
}
inline std::string node_a(const std::string& more = {}) {
    return shm("shm", "a", host_a, more);
}
inline std::string mem_a(const std::string& mem, const std::string& more = {}) {
    return shm("shm", "a", mem, more);
}
inline std::string raw(const std::string& properties) {
    return "shm { compatible = \"xen,domain-shared-memory-v1\"; " + properties + " };";
}
/// A domain without the parts that domain() adds.
inline std::string bare(const std::string& properties) {
    return "domU1 { compatible = \"xen,domain\"; #address-cells = <2>; #size-cells = <2>; " +
           properties + " };";
}
inline std::string kernel(const std::string& reg = "0 0x50000000 0 0x800000") {
    return "module@50000000 { compatible = \"multiboot,kernel\", \"multiboot,module\"; reg = <" +
           reg + ">; };";
}
inline std::string ramdisk(const std::string& reg) {
    return "ramdisk { compatible = \"multiboot,ramdisk\"; reg = <" + reg + ">; };";
}

inline const std::string memory64 = "memory = <0 0x10000>; ";
inline const std::string reserved =
    "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; fw@70000000 { reg = <0 "
    "0x70000000 0 0x1000>; }; };";

/// More for the root that changes what the machine has.
inline std::string changed(const std::string& nodes) {
    return "}; " + nodes + " / {";
}

inline void expect_findings(const Case& test_case) {
    const PlannedTree planned(machine(test_case.chosen, test_case.more));
    EXPECT_EQ(planned.rules(), test_case.rules) << planned.lines();
    EXPECT_EQ(planned.plan.has_value(), !planned.findings.has_errors());
    for (const Finding& finding : planned.findings.items()) {
        EXPECT_TRUE(finding.path.starts_with('/')) << to_text(finding);
        EXPECT_EQ(to_text(finding).find("{?}"), std::string::npos) << to_text(finding);
    }
}

inline std::string case_name(const testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

}  // namespace isthmus::test
