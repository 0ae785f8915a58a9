// SPDX-License-Identifier: Apache-2.0
// Lines of the way up, for the first start on a machine: from the first instruction of C++ on, on a
// console that `earlycon=` names by address (docs/silicon.md).
#pragma once

#include "core/boot/boot.hpp"
#include "isthmus/log.hpp"

namespace isthmus::core {

/// Before all else, with the first map only: a console by address, where one is asked for.
void open_early_console(const BootInfo& info);
/// `earlycon=` was given, by the tree or by the build: every step tells of itself.
bool tells_steps();

/// One line, where steps are reported, or everything is (`log=debug`).
template <class... Args>
void step(std::string_view format, const Args&... args) {
    log_as(tells_steps() ? LogKind::normal : LogKind::debug, format, args...);
}

}  // namespace isthmus::core
