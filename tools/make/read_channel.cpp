// SPDX-License-Identifier: Apache-2.0
// [[channel]]: static event channels.
#include "tools/make/parts.hpp"

namespace isthmus::tools {

MakeChannel read_channel_part(const toml::table& table, ConfigErrors& errors) {
    TableReader reader(table, errors);
    MakeChannel channel;
    channel.line = reader.line();
    for (const std::string& domain : reader.texts("between")) {
        channel.ends.push_back({domain, 0});
    }
    if (channel.ends.size() != 2 || channel.ends[0].domain == channel.ends[1].domain) {
        reader.refuse("between", "a list of two domains is wanted");
    }
    if (reader.has("ports")) {
        const std::vector<u32> ports = reader.required_numbers("ports");
        if (ports.size() != channel.ends.size()) {
            reader.refuse("ports", "a list of two numbers is wanted, one for each of the domains");
        }
        for (usize i = 0; i < ports.size() && i < channel.ends.size(); ++i) {
            channel.ends[i].port = ports[i];
        }
    }
    reader.finish();
    return channel;
}

}  // namespace isthmus::tools
