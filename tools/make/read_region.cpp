// SPDX-License-Identifier: Apache-2.0
// [[region]], and who uses it.
#include <algorithm>

#include "tools/make/parts.hpp"

namespace isthmus::tools {
namespace {

constexpr u32 one_cell = ~u32{0};

template <class Address>
std::optional<Address> read_address(TableReader& reader, std::string_view key) {
    const auto number = reader.address(key);
    return number ? std::optional(Address(*number)) : std::nullopt;
}

/// "at-boot", or a number.
void read_host(TableReader& reader, const toml::table& table, MakeRegion& region) {
    if (!table.contains("host") || !table.get("host")->is_string()) {
        region.host = read_address<HostAddress>(reader, "host");
    } else if (reader.text("host") == "at-boot") {
        region.is_chosen_at_boot = true;
    } else {
        reader.refuse("host", "a number such as 0x7000_0000, or \"at-boot\", is wanted");
    }
}

MakeUse read_use(const toml::table& table, const MakeRegion& region, std::string presentation,
                 ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakeUse use;
    use.line = reader.line();
    use.domain = reader.required_text("domain");
    const std::string access = reader.text("access", "rw");
    if (access != "rw" && access != "ro") {
        reader.refuse("access", R"("rw" or "ro" is wanted)");
    }
    use.is_reader = access == "ro";
    use.offset = reader.has("offset") ? std::optional(reader.offset("offset")) : std::nullopt;
    use.size = reader.size("size", region.size);
    if (reader.has("size") && !use.offset) {
        reader.refuse("size", "a window has an offset, too");
    }
    use.guest = read_address<GuestAddress>(reader, "guest");
    use.presentation = reader.text("presentation", std::move(presentation));
    use.on_restart = reader.text("on-restart");
    use.properties = reader.properties("properties");
    reader.finish();
    return use;
}

void add_plain_uses(TableReader& reader, MakeRegion& region, const std::string& presentation) {
    const auto add = [&](const std::string& domain, bool is_reader) {
        MakeUse use;
        use.domain = domain;
        use.is_reader = is_reader;
        use.size = region.size;
        use.presentation = presentation;
        use.line = region.line;
        region.uses.push_back(std::move(use));
    };
    const bool owner_has_use =
        std::ranges::find(region.uses, region.owner, &MakeUse::domain) != region.uses.end();
    if (!region.owner.empty() && !owner_has_use) {
        add(region.owner, false);
    }
    for (const std::string& name : reader.texts("borrowers")) {
        add(name, false);
    }
    for (const std::string& name : reader.texts("readers")) {
        add(name, true);
    }
}

}  // namespace

MakeRegion read_region_part(const toml::table& table, ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakeRegion region;
    region.line = reader.line();
    region.name = reader.required_name("name", 15);
    if (const auto id = reader.address("id")) {
        region.id = static_cast<u32>(*id);
        if (*id > one_cell) {
            reader.refuse("id", "a number of 32 bits is wanted");
        }
    }
    region.size = reader.size("size", std::nullopt);
    region.owner = reader.text("owner");
    read_host(reader, table, region);
    if (region.id && region.is_chosen_at_boot) {
        reader.refuse("host", "a region with a number as id has a host address in the tree");
    }
    region.guest = read_address<GuestAddress>(reader, "guest");
    region.has_doorbells = reader.flag("doorbells", false);
    region.has_status = reader.flag("status", false);
    const std::string presentation = reader.text("presentation");
    for (const toml::table* use : reader.tables("use")) {
        region.uses.push_back(read_use(*use, region, presentation, errors));
    }
    add_plain_uses(reader, region, presentation);
    reader.finish();
    return region;
}

}  // namespace isthmus::tools
