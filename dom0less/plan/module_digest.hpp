// SPDX-License-Identifier: Apache-2.0
// The digest that a tree may name for a module (`isthmus,sha256`): that what lies there when it is
// used is what was signed off. The plan's digest covers the wish; this covers the bytes.
#pragma once

#include <span>
#include <string_view>

#include "dom0less/plan/sha256.hpp"
#include "isthmus/arena.hpp"
#include "isthmus/rule.hpp"

namespace isthmus {
class Findings;
}

namespace isthmus::dom0less {

struct ModulePlan;

/// Whether it is 64 hexadecimal digits in lower case, as sha256sum writes them.
bool is_digest_text(std::string_view text);

/// Whether `found` is the digest that the tree names for the module, if it names one.
bool is_expected(const ModulePlan& module, const Digest& found);

/// `bytes`: all that the module's `reg` covers. Rule: dom-module-digest. Nothing is hashed when
/// the tree names no digest.
void check_module_digest(const ModulePlan& module, std::span<const std::byte> bytes, Arena& arena,
                         Findings& findings);

}  // namespace isthmus::dom0less
