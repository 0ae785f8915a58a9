// SPDX-License-Identifier: Apache-2.0
// Faults on purpose, for the tests of the audit. Only the image isthmus-inject has them; in any
// other the log says so, and nothing happens.
#pragma once

#include <string_view>

namespace isthmus::core {

/// Spoils one thing after building, as `inject=KIND` on the command line says: extra-mapping,
/// missing-mapping, wrong-host, wrong-type, wrong-rights, page-owner, page-count, own-map,
/// guest-control, channel-end, stream-entry. Nothing for an empty kind. The tree's first domain is
/// the victim; its second, where one is needed, the peer.
void inject_fault(std::string_view kind);

}  // namespace isthmus::core
