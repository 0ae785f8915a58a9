// SPDX-License-Identifier: Apache-2.0
// Which line of the configuration a node of the made tree comes from.
#include "fdt/words.hpp"
#include "tools/make/text.hpp"

namespace isthmus::tools {

Line line_of_path(const MakeConfig& config, std::string_view path) {
    constexpr std::string_view chosen = "/chosen";
    if (!path.starts_with(chosen)) {
        return 0;
    }
    path.remove_prefix(chosen.size());
    const std::string_view domain_name = fdt::next_part(path, '/').value_or("");
    const std::string_view node = fdt::next_part(path, '/').value_or("");
    for (const MakeRegion& region : config.regions) {
        const std::string name = "shm-" + region.name;
        if (fdt::before(node, '@') == name || fdt::before(domain_name, '@') == name) {
            return region.line;
        }
    }
    for (const MakeDomain& domain : config.domains) {
        if (domain.name == domain_name) {
            return domain.line;
        }
    }
    for (const MakePool& pool : config.pools) {
        if (pool.name == domain_name) {
            return pool.line;
        }
    }
    const std::string_view kind = fdt::before(domain_name, '@');
    if (config.dom0() != nullptr && (kind == "kernel" || kind == "ramdisk")) {
        return config.dom0()->line;
    }
    return domain_name.empty() ? config.hypervisor.line : 0;
}

}  // namespace isthmus::tools
