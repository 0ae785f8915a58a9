// SPDX-License-Identifier: Apache-2.0
#include "arch/arm64/smmu/support.hpp"

#include <gtest/gtest.h>

#include <set>

namespace isthmus::arch::smmu {
namespace {

// S2P 0, TTF 3:2, COHACC 4, TTENDIAN 22:21; CMDQS and EVENTQS 19, SIDSIZE 16; GRAN4K 4, OAS 2:0.
constexpr IdRegisters good{.idr0 = 0x0044'0019, .idr1 = 0x0273'0010, .idr3 = 0, .idr5 = 0x14};

TableNeeds needs() {
    return {.vtcr = stage2_control(5, guest_address_bits)->word,
            .forces_write_back = false,
            .is_coherent = true,
            .memory_end = HostAddress(0x1'0000'0000)};
}

SmmuSupport with(void (*change)(IdRegisters&), TableNeeds wanted = needs()) {
    IdRegisters id = good;
    change(id);
    return support(id, wanted);
}

TEST(SmmuSupport, AllThatIsNeeded) {
    EXPECT_EQ(support(good, needs()), SmmuSupport::usable);
}

TEST(SmmuSupport, EachThingThatIsMissing) {
    EXPECT_EQ(with([](IdRegisters& id) { id.idr0 &= ~1u; }), SmmuSupport::no_stage2);
    EXPECT_EQ(with([](IdRegisters& id) { id = {}; }), SmmuSupport::no_stage2);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr1 |= 1u << 30; }), SmmuSupport::preset);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr1 |= 1u << 29; }), SmmuSupport::preset);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr0 &= ~8u; }), SmmuSupport::other_tables);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr0 |= 3u << 21; }), SmmuSupport::other_tables);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr5 &= ~0x10u; }), SmmuSupport::other_tables);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr0 &= ~0x10u; }), SmmuSupport::incoherent);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr0 |= 2u << 24; }), SmmuSupport::stalls);
}

TEST(SmmuSupport, TheTreeHasASayInCoherency) {
    TableNeeds wanted = needs();
    wanted.is_coherent = false;
    EXPECT_EQ(support(good, wanted), SmmuSupport::incoherent);
}

TEST(SmmuSupport, ForcedWriteBackMustBeUnderstood) {
    TableNeeds wanted = needs();
    wanted.forces_write_back = true;
    EXPECT_EQ(support(good, wanted), SmmuSupport::no_forced_write_back);
    EXPECT_EQ(with([](IdRegisters& id) { id.idr3 |= 1u << 8; }, wanted), SmmuSupport::usable);
}

TEST(SmmuSupport, AddressBits) {
    const auto of_size = [](u32 oas, u64 memory_end, unsigned guest_bits) {
        IdRegisters id = good;
        id.idr5 = 0x10 | oas;
        TableNeeds wanted = needs();
        wanted.vtcr = stage2_control(5, guest_bits)->word;
        wanted.memory_end = HostAddress(memory_end);
        return support(id, wanted);
    };
    EXPECT_EQ(of_size(2, u64{1} << 40, 40), SmmuSupport::usable);
    EXPECT_EQ(of_size(2, (u64{1} << 40) + 1, 40), SmmuSupport::few_address_bits);
    EXPECT_EQ(of_size(1, 0x1'0000'0000, 40), SmmuSupport::few_address_bits);
    EXPECT_EQ(of_size(1, 0x1'0000'0000, 36), SmmuSupport::usable);
    EXPECT_EQ(of_size(6, u64{1} << 48, 48), SmmuSupport::usable);
}

TEST(SmmuSupport, EveryAnswerHasItsText) {
    std::set<std::string_view> texts;
    for (u8 value = 0; value <= static_cast<u8>(SmmuSupport::few_address_bits); ++value) {
        texts.insert(smmu_support_text(static_cast<SmmuSupport>(value)));
    }
    EXPECT_EQ(texts.size(), 8U);
}

}  // namespace
}  // namespace isthmus::arch::smmu
