// SPDX-License-Identifier: Apache-2.0
#include "tools/diff/facts.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "dom0less/plan/plan_fields.hpp"
#include "tools/diff/item_names.hpp"
#include "tools/plan_names.hpp"
#include "tools/show_findings.hpp"

namespace isthmus::tools {
namespace {

using dom0less::HostUsePlan;
using dom0less::Plan;

/// `name`, or with a number behind it where another one has that name.
template <class T>
std::string unique_name(const std::vector<T>& others, const std::string& name) {
    const auto is_taken = [&](const std::string& which) {
        return std::ranges::find(others, which, &T::name) != others.end();
    };
    std::string unique = name;
    for (u32 number = 2; is_taken(unique); ++number) {
        unique = name + " #" + std::to_string(number);
    }
    return unique;
}

/// Goes over the fields of a plan. An item of a list becomes one fact, with all its fields.
class PlanFacts {
  public:
    explicit PlanFacts(const BootTree& tree) : names_(*tree.plan(), tree.host()) {}

    /// Adds the facts of all fields of `whole`.
    template <HasFields T>
    void add_fields(const std::string& before, const T& whole) {
        for_each_field<T>(
            [&](const auto& each) { field_of(tag_of(each), before + spaced(each.name()), whole); });
    }
    template <HasFields T>
    void add_items(const std::string& before, std::span<const T> list) {
        for (const T& item : list) {
            add(before + names_.item(item), described(item));
        }
    }
    std::vector<Fact> take() { return std::exchange(facts_, {}); }
    void add(const std::string& name, const std::string& value) {
        facts_.push_back({unique_name(facts_, name), value});
    }

  private:
    template <auto Pointer, auto Counts>
    static FieldTag<Pointer> tag_of(const Field<Pointer, Counts>&) {
        return {};
    }
    /// "memory_bytes" is "memory bytes".
    static std::string spaced(std::string_view name) {
        std::string words(name);
        std::ranges::replace(words, '_', ' ');
        return words;
    }

    template <auto Pointer>
    void field_of(FieldTag<Pointer> tag, const std::string& name, const auto& whole) {
        add_value(tag, name, whole.*Pointer);
    }
    /// Of other RAM it means nothing.
    void field_of(FieldTag<&HostUsePlan::region>, const std::string& name,
                  const HostUsePlan& entry) {
        if (entry.use == dom0less::HostUse::shared) {
            add(name, names_.region(entry.region));
        }
    }

    template <auto Pointer, class T>
    void add_value(FieldTag<Pointer> tag, const std::string& name, const T& value) {
        if constexpr (HasFields<T>) {
            add_fields(name + " ", value);
        } else {
            add(name, names_.text(tag, value));
        }
    }
    template <auto Pointer, class T>
    void add_value(FieldTag<Pointer> tag, const std::string& name, const std::optional<T>& value) {
        if (value) {
            add_value(tag, name, *value);
        }
    }
    template <auto Pointer, HasFields T>
    void add_value(FieldTag<Pointer>, const std::string& name, std::span<const T> list) {
        add_items(name + " ", list);
    }
    template <auto Pointer>
    void add_value(FieldTag<Pointer>, const std::string& name, const fdt::Tree* tree) {
        for (usize i = 0; tree != nullptr && i < tree->node_count(); ++i) {
            const fdt::Node node = tree->node(i);
            for (const fdt::Property& property : node.properties()) {
                add(name + " " + std::string(node.path()) + " " + std::string(property.name),
                    digits(property.value));
            }
        }
    }

    /// "guest 0x40000000-0x44000000, type ram_rw"
    std::string described(const auto& item) const {
        PlanFacts inner(names_);
        inner.add_fields("", item);
        std::string text;
        for (const Fact& fact : inner.facts_) {
            text += (text.empty() ? "" : ", ") + fact.name + " " + fact.value;
        }
        return text;
    }

    explicit PlanFacts(const ItemNames& names) : names_(names) {}

    ItemNames names_;
    std::vector<Fact> facts_;
};

std::vector<Fact> machine_facts(const BootTree& tree) {
    const fdt::HostDescription& host = tree.host();
    PlanFacts facts(tree);
    facts.add("model", std::string(host.model));
    for (const fdt::MemoryBank& bank : host.memory) {
        facts.add("RAM " + range_text(bank.range), std::string(bank.path));
    }
    for (const fdt::ReservedRange& reserved : host.reserved) {
        facts.add("reserved " + range_text(reserved.range), std::string(reserved.path));
    }
    for (const fdt::HostCpu& cpu : host.cpus) {
        facts.add("CPU " + std::string(cpu.path), std::string(cpu.compatible));
    }
    if (host.gic) {
        facts.add("GIC", "version " + std::to_string(host.gic->version) + " at " +
                             range_text(host.gic->distributor));
    }
    if (host.console) {
        facts.add("console", std::string(host.console->path) + ", " +
                                 std::string(host.console->driver) + " at " +
                                 range_text(host.console->registers));
    }
    return facts.take();
}

}  // namespace

std::vector<Thing> facts_of(const BootTree& tree) {
    static_assert(std::tuple_size_v<decltype(fields_of(Of<Plan>{}))> == 7,
                  "every field of a plan is a thing of its own here, or is left out on purpose");
    const Plan& plan = *tree.plan();
    const ItemNames names(plan, tree.host());
    PlanFacts facts(tree);
    std::vector<Thing> things = {{"machine", machine_facts(tree)}};
    const auto add_all = [&](const std::string& kind, const auto& list) {
        for (const auto& item : list) {
            facts.add_fields("", item);
            things.push_back({unique_name(things, kind + names.item(item)), facts.take()});
        }
    };
    add_all("domain ", plan.domains);
    add_all("region ", plan.regions);
    add_all("CPU pool ", plan.pools);
    facts.add_items("", plan.host_map);
    things.push_back({"RAM", facts.take()});
    facts.add_fields("", plan.options);
    things.push_back({"options", facts.take()});
    for (const u32 number : plan.not_for_dom0) {
        facts.add(std::string(plan.boot_tree->node(number).path()), "withheld");
    }
    things.push_back({"nodes withheld from Dom0", facts.take()});
    return things;
}

}  // namespace isthmus::tools
