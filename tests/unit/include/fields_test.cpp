// SPDX-License-Identifier: Apache-2.0
#include "isthmus/fields.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>

namespace isthmus {
namespace {

enum class Colour : u8 { red };
struct Part {
    u32 low = 0;
    u32 high = 0;
};
struct Whole {
    u32 number = 0;
    u32 other_number = 0;
    Part part;
    std::optional<Part> perhaps;
    std::span<const Part> list;
    std::string_view text;
    Colour colour = Colour::red;
    const Part* pointer = nullptr;
};

constexpr auto fields_of(Of<Part>) {
    return all_fields<Part>(field<&Part::low>,
                            field<&Part::high>.left_out("it is what low leaves over"));
}

template <auto Pointer>
using Plain = Field<Pointer>;
using Number = Plain<&Whole::number>;
using OtherNumber = Plain<&Whole::other_number>;
using ItsPart = Plain<&Whole::part>;
using Perhaps = Plain<&Whole::perhaps>;
using List = Plain<&Whole::list>;
using Text = Plain<&Whole::text>;
using ItsColour = Plain<&Whole::colour>;
using Pointer = Plain<&Whole::pointer>;

template <class... Fields>
constexpr bool is_whole = ListsAllOf<Whole, Fields...>;

static_assert(is_whole<Number, OtherNumber, ItsPart, Perhaps, List, Text, ItsColour, Pointer>);
// One is missing, wherever it stands and whatever it is.
static_assert(!is_whole<OtherNumber, ItsPart, Perhaps, List, Text, ItsColour, Pointer>);
static_assert(!is_whole<Number, ItsPart, Perhaps, List, Text, ItsColour, Pointer>);
static_assert(!is_whole<Number, OtherNumber, Perhaps, List, Text, ItsColour, Pointer>);
static_assert(!is_whole<Number, OtherNumber, ItsPart, List, Text, ItsColour, Pointer>);
static_assert(!is_whole<Number, OtherNumber, ItsPart, Perhaps, Text, ItsColour, Pointer>);
static_assert(!is_whole<Number, OtherNumber, ItsPart, Perhaps, List, ItsColour, Pointer>);
static_assert(!is_whole<Number, OtherNumber, ItsPart, Perhaps, List, Text, Pointer>);
static_assert(!is_whole<Number, OtherNumber, ItsPart, Perhaps, List, Text, ItsColour>);
static_assert(!is_whole<>);
// One stands there twice, or instead of another, or is of another struct.
static_assert(!is_whole<Number, Number, ItsPart, Perhaps, List, Text, ItsColour, Pointer>);
static_assert(
    !is_whole<Number, OtherNumber, ItsPart, Perhaps, List, Text, ItsColour, Pointer, Pointer>);
static_assert(
    !is_whole<Plain<&Part::low>, OtherNumber, ItsPart, Perhaps, List, Text, ItsColour, Pointer>);
// They stand in another order.
static_assert(!is_whole<Number, OtherNumber, Perhaps, ItsPart, List, Text, ItsColour, Pointer>);

static_assert(HasFields<Part> && !HasFields<Whole> && !HasFields<u32> && !HasFields<Colour>);
static_assert(Number::name() == "number");
static_assert(Number::full_name() == "Whole::number");

TEST(Fields, AreVisitedInOrder) {
    const Part part{3, 4};
    std::string seen;
    for_each_field<Part>([&](const auto& each) {
        seen += std::string(each.name()) + " " + std::to_string(each.of(part)) + ";";
    });
    EXPECT_EQ(seen, "low 3;high 4;");
}

TEST(Fields, CanBeChanged) {
    Part part;
    for_each_field<Part>([&](const auto& each) { ++each.of(part); });
    EXPECT_EQ(part.low, 1u);
    EXPECT_EQ(part.high, 1u);
}

TEST(Fields, OneThatIsLeftOutSaysWhy) {
    std::string seen;
    for_each_field<Part>([&]<class Field>(const Field& each) {
        seen += Field::counts ? "counts;" : std::string(each.reason);
    });
    EXPECT_EQ(seen, "counts;it is what low leaves over");
}

constexpr bool is_low(const Part& part) {
    return part.high == 0;
}

TEST(Fields, AListMayCountInPart) {
    constexpr auto list = field<&Whole::list>.only<is_low>("high ones are made of low ones");
    EXPECT_TRUE(list.counts && list.is_filtered);
    EXPECT_TRUE(list.item_counts(Part{1, 0}));
    EXPECT_FALSE(list.item_counts(Part{0, 1}));
    EXPECT_TRUE((field<&Whole::list>.item_counts(Part{0, 1})));
    EXPECT_FALSE((field<&Whole::list>.left_out("all of it").item_counts(Part{})));
}

}  // namespace
}  // namespace isthmus
