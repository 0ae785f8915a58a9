// SPDX-License-Identifier: Apache-2.0
// A plan with one thing changed, for each thing that can be changed: fields, items of lists, what
// may be absent. Goes over the lists of fields (dom0less/plan/plan_fields.hpp), so it misses none.
#pragma once

#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "dom0less/plan/plan_fields.hpp"

namespace isthmus::test {

struct Change {
    std::string_view field;  ///< "VcpuPlan::mpidr", of the innermost struct
    std::string path;        ///< "domains[0].vcpus[1].mpidr + 1"
    bool counts = true;      ///< for the digest, by the marks of the lists
    bool is_far = false;     ///< the number is none that a planner would give; indexes lead nowhere
    /// To put in place of a tree.
    std::span<const fdt::Tree* const> trees;

    Change with(const std::string& more, bool far = false) const {
        Change longer = *this;
        longer.path += more;
        longer.is_far = is_far || far;
        return longer;
    }
};

template <class T>
void each_change(const T& value, const Change& at, auto&& use);

void each_change(bool value, const Change& at, auto&& use) {
    use(!value, at.with(" the other way"));
}

template <std::integral T>
void change_number(T value, const Change& at, auto&& use) {
    use(static_cast<T>(value + 1), at.with(" + 1"));
    constexpr T top =
        static_cast<T>(T{1} << (std::numeric_limits<std::make_unsigned_t<T>>::digits - 1));
    use(static_cast<T>(value ^ top), at.with(" in its top bit", true));
}

/// To the one below, or from the first one to the next: each enumeration has two, and no gaps.
template <class T>
void change_enumerator(T value, const Change& at, auto&& use) {
    const auto number = static_cast<std::underlying_type_t<T>>(value);
    const auto first = std::is_same_v<T, mm::MappingType> ? 1 : 0;
    const auto other = number == first ? number + 1 : number - 1;
    use(static_cast<T>(other), at.with(" to " + std::to_string(other)));
}

void each_change(std::string_view text, const Change& at, auto&& use) {
    std::string changed = std::string(text) + "x";
    use(std::string_view(changed), at.with(" longer"));
    if (!text.empty()) {
        changed.pop_back();
        changed[0] = static_cast<char>(changed[0] ^ 1);
        use(std::string_view(changed), at.with(" otherwise"));
    }
}

template <class Space>
void each_change(Address<Space> address, const Change& at, auto&& use) {
    use(address + page_size, at.with(" a page on"));
    use(Address<Space>(address.raw() ^ u64{1} << 63), at.with(" in its top bit", true));
}

template <class Space>
void each_change(Range<Space> range, const Change& at, auto&& use) {
    use(*Range<Space>::between(range.start(), range.end() + page_size), at.with(" ends later"));
    if (range.start().raw() >= page_size) {
        use(*Range<Space>::between(range.start() - page_size, range.end()),
            at.with(" starts earlier"));
    }
}

void each_change(const fdt::Tree* tree, const Change& at, auto&& use) {
    if (tree != nullptr) {
        use(static_cast<const fdt::Tree*>(nullptr), at.with(" absent"));
    }
    for (const fdt::Tree* other : at.trees) {
        if (other != tree) {
            use(other, at.with(" another"));
        }
    }
}

template <class T>
void each_change(const std::optional<T>& value, const Change& at, auto&& use) {
    if (!value) {
        use(std::optional<T>(T{}), at.with(" present"));
        return;
    }
    use(std::optional<T>(), at.with(" absent"));
    each_change(*value, at, [&](const auto& changed, const Change& how) {
        use(std::optional<T>(changed), how);
    });
}

/// `counts(item)`: a change of this item counts.
template <class T>
void change_list(std::span<const T> list, const Change& at, auto&& counts, auto&& use) {
    std::vector<T> items(list.begin(), list.end());
    const auto use_items = [&](const T& one, Change how) {
        how.counts = how.counts && counts(one);
        use(std::span<const T>(items), how);
    };
    items.push_back(list.empty() ? T{} : list.back());
    use_items(items.back(), at.with(" with one more"));
    items.pop_back();
    for (usize i = 0; i < list.size(); ++i) {
        const Change here = at.with("[" + std::to_string(i) + "]");
        each_change(list[i], here, [&](const T& changed, Change how) {
            items[i] = changed;
            how.counts = how.counts && (counts(list[i]) || counts(changed));
            use(std::span<const T>(items), how);
            items[i] = list[i];
        });
    }
    if (!list.empty()) {
        items.pop_back();
        use_items(list.back(), at.with(" without the last"));
    }
}

template <class T>
void each_change(std::span<const T> list, const Change& at, auto&& use) {
    change_list(list, at, [](const T&) { return true; }, use);
}

template <class Field>
void change_field(const Field& field, const typename Field::Struct& whole, const Change& at,
                  auto&& use) {
    Change here = at.with("." + std::string(field.name()));
    here.field = field.full_name();
    here.counts = at.counts && Field::counts;
    const auto use_part = [&](const auto& part, const Change& how) {
        typename Field::Struct changed = whole;
        field.of(changed) = part;
        use(changed, how);
    };
    if constexpr (Field::is_filtered) {
        change_list(
            field.of(whole), here, [&](const auto& item) { return field.item_counts(item); },
            use_part);
    } else {
        each_change(field.of(whole), here, use_part);
    }
}

/// Calls use(changed, change) for every change of `value`.
template <class T>
void each_change(const T& value, const Change& at, auto&& use) {
    if constexpr (HasFields<T>) {
        for_each_field<T>([&](const auto& each) { change_field(each, value, at, use); });
    } else if constexpr (std::is_enum_v<T>) {
        change_enumerator(value, at, use);
    } else {
        change_number(value, at, use);
    }
}

template <class T>
struct PartOf {
    using Type = T;
};
template <class T>
struct PartOf<std::optional<T>> : PartOf<T> {};
template <class T>
struct PartOf<std::span<const T>> : PartOf<T> {};

/// Calls `visit` with every field of T and of all structs in it.
template <class T>
void each_field_within(auto&& visit) {
    if constexpr (HasFields<T>) {
        for_each_field<T>([&]<class Field>(const Field& each) {
            visit(each);
            each_field_within<typename PartOf<typename Field::Value>::Type>(visit);
        });
    }
}

}  // namespace isthmus::test
