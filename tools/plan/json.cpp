// SPDX-License-Identifier: Apache-2.0
#include "tools/plan/json.hpp"

#include <algorithm>

#include "dom0less/plan/plan_fields.hpp"
#include "tools/plan/json_parts.hpp"
#include "tools/plan_names.hpp"

namespace isthmus::tools {
namespace {

using dom0less::DomainPlan;
using dom0less::HostUsePlan;
using dom0less::Plan;

/// A field's key is its name; a few have another one, which says more or was there before.
template <auto Pointer>
constexpr std::string_view key_of(FieldTag<Pointer>) {
    return field<Pointer>.name();
}
constexpr std::string_view key_of(FieldTag<&HostUsePlan::is_static>) {
    return "static";
}
constexpr std::string_view key_of(FieldTag<&DomainPlan::emulated>) {
    return "emulated_devices";
}
constexpr std::string_view key_of(FieldTag<&dom0less::DevicePlan::is_forced>) {
    return "forced";
}
constexpr std::string_view key_of(FieldTag<&dom0less::DevicePlan::is_coherent>) {
    return "coherent";
}

/// Writes structs by their lists of fields: what is in the plan is in the JSON. Overloads of
/// member() write a field in another way, those of write_more() what can be derived from a struct.
class PlanJson {
  public:
    /// `only`: as write_plan() has it.
    PlanJson(JsonWriter& json, const Plan& plan, const fdt::HostDescription& host,
             const DomainPlan* only)
        : json_(json), plan_(plan), host_(host), only_(only) {}

    template <HasFields T>
    void members(const T& whole) {
        for_each_field<T>([&](const auto& each) { member(tag_of(each), whole); });
        write_more(whole);
    }

  private:
    template <auto Pointer, auto Counts>
    static FieldTag<Pointer> tag_of(const Field<Pointer, Counts>&) {
        return {};
    }

    template <auto Pointer>
    void member(FieldTag<Pointer> tag, const auto& whole) {
        named(key_of(tag), whole.*Pointer);
    }
    /// The tree that the plan was made of.
    void member(FieldTag<&Plan::boot_tree>, const Plan&) {}
    void member(FieldTag<&Plan::not_for_dom0>, const Plan& plan) {
        if (only_ == nullptr) {
            json_.key("not_for_dom0");
            json_.begin_array();
            for (const u32 number : plan.not_for_dom0) {
                json_.value(plan.boot_tree->node(number).path());
            }
            json_.end_array();
        }
    }
    void member(FieldTag<&fdt::StreamRange::smmu>, const fdt::StreamRange& range) {
        json_.member("smmu", host_.smmus[range.smmu].path);
    }
    /// Of other RAM it means nothing.
    void member(FieldTag<&HostUsePlan::region>, const HostUsePlan& entry) {
        const bool is_shared = entry.use == dom0less::HostUse::shared;
        named("region", is_shared ? std::optional(entry.region) : std::nullopt);
    }

    /// A region of guests' own is about nothing, statistics are about all domains.
    void member(FieldTag<&shm::RegionPlan::subject>, const shm::RegionPlan& region) {
        named("subject", region.has_subject() ? std::optional(region.subject) : std::nullopt);
    }

    void write_more(const auto&) {}
    void write_more(const DomainPlan& domain) { json_.member("is_dom0", domain.is_dom0()); }
    void write_more(const dom0less::MappingPlan& mapping) {
        json_.member("writable", mm::is_writable(mapping.type));
        json_.member("executable", mm::is_executable(mapping.type));
    }
    /// What mappings, views and the host map call the region.
    void write_more(const shm::RegionPlan& region) {
        json_.member("index", &region - plan_.regions.data());
    }

    void named(std::string_view key, const auto& what) {
        json_.key(key);
        value(what);
    }
    /// A number that is absent is null, a struct has no key then.
    template <class T>
    void named(std::string_view key, const std::optional<T>& what) {
        if (what) {
            named(key, *what);
        } else if (!HasFields<T>) {
            json_.key(key);
            json_.null();
        }
    }

    template <class T>
    void value(const T& what) {
        if constexpr (HasFields<T>) {
            json_.begin_object();
            members(what);
            json_.end_object();
        } else if constexpr (std::is_enum_v<T>) {
            json_.value(name_of(what));
        } else {
            json_.value(what);
        }
    }
    void value(char letter) { json_.value(std::string_view(&letter, 1)); }
    void value(DomainId id) { json_.value(static_cast<u16>(id)); }
    template <class Space>
    void value(Address<Space> address) {
        json_.value(address.raw());
    }
    template <class Space>
    void value(Range<Space> range) {
        write_range(json_, range);
    }
    template <class T>
    void value(std::span<const T> list) {
        json_.begin_array();
        for (const T& item : list) {
            if (is_wanted(item)) {
                value(item);
            }
        }
        json_.end_array();
    }
    void value(const fdt::Tree* tree) {
        if (tree != nullptr) {
            write_tree(json_, *tree);
        } else {
            json_.null();
        }
    }

    bool is_wanted(const auto&) const { return true; }
    bool is_wanted(const DomainPlan& domain) const { return only_ == nullptr || only_ == &domain; }
    bool is_wanted(const HostUsePlan& entry) const {
        return only_ == nullptr || entry.owner == only_->id;
    }
    bool is_wanted(const shm::RegionPlan& region) const {
        return only_ == nullptr || region.owner == only_->id ||
               std::ranges::count(region.borrowers, only_->id) != 0;
    }

    JsonWriter& json_;
    const Plan& plan_;
    const fdt::HostDescription& host_;
    const DomainPlan* only_;
};

}  // namespace

void write_plan(JsonWriter& json, const Plan& plan, const fdt::HostDescription& host,
                const dom0less::Digest& digest, const Arena& arena, const DomainPlan* only) {
    json.begin_object();
    json.member("schema", json_schema);
    json.member("digest", dom0less::digest_text(digest).view());
    json.member("arena_used", arena.used());
    json.member("arena_bytes", arena.capacity());
    write_machine(json, host);
    PlanJson(json, plan, host, only).members(plan);
    json.end_object();
}

}  // namespace isthmus::tools
