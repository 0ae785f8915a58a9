// SPDX-License-Identifier: Apache-2.0
#include "dom0less/plan/module_digest.hpp"

#include <algorithm>

#include "dom0less/plan/plan.hpp"
#include "dom0less/plan/rules.hpp"
#include "isthmus/finding.hpp"

namespace isthmus::dom0less {

bool is_digest_text(std::string_view text) {
    return text.size() == 2 * std::tuple_size_v<Sha256::Digest> &&
           std::ranges::all_of(
               text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_expected(const ModulePlan& module, const Digest& found) {
    return module.sha256.empty() || digest_text(found).view() == module.sha256;
}

void check_module_digest(const ModulePlan& module, std::span<const std::byte> bytes, Arena& arena,
                         Findings& findings) {
    if (module.sha256.empty()) {
        return;
    }
    const Digest found = sha256_of(bytes);
    if (!is_expected(module, found)) {
        findings.add(rules::module_digest, module.path, "isthmus,sha256",
                     "the {} there have the digest {}: it is not the file that was signed off",
                     byte_size(bytes.size()), arena.copy(digest_text(found).view()));
    }
}

}  // namespace isthmus::dom0less
