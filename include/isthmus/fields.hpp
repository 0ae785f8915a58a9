// SPDX-License-Identifier: Apache-2.0
// A struct's list of its own fields, so that what has to go over all of them (a hash, a printer, a
// test) goes over the list and cannot forget one. The list stands beside the struct:
//
//     constexpr auto fields_of(Of<VcpuPlan>) {
//         return all_fields<VcpuPlan>(field<&VcpuPlan::id>, field<&VcpuPlan::mpidr>,
//                                     field<&VcpuPlan::host_cpu>);
//     }
//
// It compiles only as long as it names every field of the struct, once, in the order of the struct.
#pragma once

#include <source_location>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "isthmus/types.hpp"

namespace isthmus {

/// A field as a type of its own, for overloads that treat one field in another way.
template <auto Pointer>
struct FieldTag {};

/// "isthmus::VcpuPlan::mpidr" of &VcpuPlan::mpidr; g++ leaves the outer namespace away. A compiler
/// names this function "... [with auto Named = &VcpuPlan::mpidr; ...]" or "... [Named = &...]".
template <auto Named>
constexpr std::string_view pointer_text() {
    constexpr std::string_view before = "Named = &";
    std::string_view text = std::source_location::current().function_name();
    text.remove_prefix(text.find(before) + before.size());
    text.remove_suffix(text.size() - text.find_first_of(";]"));
    return text;
}

/// Whether a field that is marked counts: `true`, `false`, or a predicate on the items of a list.
/// What "counts" means is said where the list of fields stands.
template <auto Pointer, auto Counts = true>
struct Field;

template <class T, class V, V T::* Pointer, auto Counts>
struct Field<Pointer, Counts> {
    using Struct = T;
    using Value = V;
    using Tag = FieldTag<Pointer>;

    std::string_view reason;  ///< why not all of it counts; empty when all does

    /// It does not count.
    constexpr Field<Pointer, false> left_out(std::string_view why) const { return {why}; }
    /// Of a list, those items count for which `Predicate(item)` holds.
    template <auto Predicate>
    constexpr Field<Pointer, Predicate> only(std::string_view why) const {
        return {why};
    }

    static constexpr bool counts = !std::is_same_v<decltype(Counts), bool> || Counts;
    static constexpr bool is_filtered = !std::is_same_v<decltype(Counts), bool>;
    /// Of a field that counts: this item of it does.
    static constexpr bool item_counts(const auto& item) {
        if constexpr (is_filtered) {
            return Counts(item);
        } else {
            return counts;
        }
    }

    static constexpr V& of(T& whole) { return whole.*Pointer; }
    static constexpr const V& of(const T& whole) { return whole.*Pointer; }

    /// "VcpuPlan::mpidr"
    static constexpr std::string_view full_name() {
        std::string_view text = pointer_text<Pointer>();
        const auto before_struct = text.rfind("::", text.rfind("::") - 1);
        text.remove_prefix(before_struct == std::string_view::npos ? 0 : before_struct + 2);
        return text;
    }
    /// "mpidr"
    static constexpr std::string_view name() {
        std::string_view text = full_name();
        text.remove_prefix(text.rfind(':') + 1);
        return text;
    }
};

template <auto Pointer>
inline constexpr Field<Pointer> field{};

template <class One, class... All>
constexpr bool is_once_in =
    (usize{0} + ... + usize{std::is_same_v<typename One::Tag, typename All::Tag>}) == 1;

/// A T can be made of the listed fields' values, in the order of the list, and there is no further
/// field that `{}` could begin. So each field is listed. Each needs a default for that.
template <class T, class... Fields>
concept ListsAllOf =
    (std::is_same_v<T, typename Fields::Struct> && ...) && (is_once_in<Fields, Fields...> && ...) &&
    requires { T{std::declval<typename Fields::Value>()...}; } &&
    !requires { T{std::declval<typename Fields::Value>()..., {}}; };

/// The list of T's fields. Does not compile when one is missing, twice, or in another place.
template <class T, class... Fields>
consteval std::tuple<Fields...> all_fields(Fields... fields) {
    static_assert(ListsAllOf<T, Fields...>,
                  "the list of a struct's fields has to name each of them, in their order");
    return {fields...};
}

/// Names a struct whose list is asked for: fields_of(Of<T>{}), found in the namespace of T.
template <class T>
struct Of {};

/// It has a list; the list has to be declared before this is asked.
template <class T>
concept HasFields = requires { fields_of(Of<T>{}); };

/// Calls `visit` with each field of T, in order.
template <HasFields T>
constexpr void for_each_field(auto&& visit) {
    std::apply([&](const auto&... each) { (visit(each), ...); }, fields_of(Of<T>{}));
}

}  // namespace isthmus
