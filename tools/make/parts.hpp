// SPDX-License-Identifier: Apache-2.0
// The tables of a configuration, one reader each. Mistakes go to the reader's errors.
#pragma once

#include "tools/make/config.hpp"
#include "tools/make/toml.hpp"

namespace isthmus::tools {

/// [base], or what the command line says instead of it; `table` is null when there is none.
MakeBase read_base_part(const toml::table* table, const MakeMachine& machine,
                        const PathReader& paths, ConfigErrors& errors);
MakeHypervisor read_hypervisor_part(const toml::table& table, const PathReader& paths,
                                    ConfigErrors& errors);
MakePool read_pool_part(const toml::table& table, ConfigErrors& errors);
MakeDomain read_domain_part(const toml::table& table, const PathReader& paths,
                            ConfigErrors& errors);
MakeDomain read_dom0_part(const toml::table& table, const PathReader& paths, ConfigErrors& errors);
MakeRegion read_region_part(const toml::table& table, ConfigErrors& errors);
/// A port that is not given is 0.
MakeChannel read_channel_part(const toml::table& table, ConfigErrors& errors);

}  // namespace isthmus::tools
