// SPDX-License-Identifier: Apache-2.0
// The SMMUs of the fake machine.
#include "arch/arm64/guest/world_switch.hpp"
#include "isthmus/arch/guest_map.hpp"
#include "isthmus/arch/smmu.hpp"
#include "tests/unit/support/fake_machine.hpp"

using isthmus::test::fake;

namespace isthmus::arch {
namespace {

Result<void> answer(const test::FakeSmmu& smmu) {
    return smmu.refuses ? fail(Error::denied) : Result<void>();
}

}  // namespace

bool forces_write_back() {
    return fake().forces_write_back;
}
void forgo_forced_write_back() {
    fake().forces_write_back = false;
    for (test::FakeSmmu& smmu : fake().smmus) {
        smmu.forced = false;
    }
}
SmmuSupport smmu_support(usize index) {
    const test::FakeSmmu& smmu = fake().smmus[index];
    const bool forced = smmu.support == SmmuSupport::no_forced_write_back && !smmu.forced;
    return forced ? SmmuSupport::usable : smmu.support;
}
std::string_view smmu_support_text(SmmuSupport) {
    return "cannot do it";
}
Result<SmmuSupport> probe_smmu(usize index, const SmmuDescription&) {
    return smmu_support(index);
}
u64 smmu_memory_bytes(usize index, std::span<const StreamIds> streams) {
    return fake().smmus[index].table_bytes + page_size * (1 + streams.size());
}
Result<void> init_smmu(usize index, std::span<const StreamIds>, HostRange) {
    fake().smmus[index].started = true;
    return answer(fake().smmus[index]);
}
Result<void> shut_smmu(usize) {
    return {};
}
Result<void> attach_streams(usize index, StreamIds streams, const GuestControl& control) {
    test::FakeSmmu& smmu = fake().smmus[index];
    smmu.attached.emplace_back(streams.first, control.vttbr);
    return answer(smmu);
}
Result<void> detach_streams(usize index, StreamIds streams) {
    test::FakeSmmu& smmu = fake().smmus[index];
    std::erase_if(smmu.attached, [&](const auto& each) { return each.first == streams.first; });
    return answer(smmu);
}
Result<void> invalidate_dma(u64) {
    return {};
}
/// A difference of kind `entry` has the two VTTBR_EL2 in it.
u64 audit_streams(usize index, std::span<const PlannedStreams> plan,
                  void (*differs)(void* context, const StreamDifference& difference),
                  void* context) {
    using enum StreamDifference::Kind;
    const test::FakeSmmu& smmu = fake().smmus[index];
    if (!smmu.started) {
        differs(context, {off, 0, 0, 0, 1, 0});
    }
    std::map<u32, u64> left(smmu.attached.begin(), smmu.attached.end());
    for (usize i = 0; i < plan.size(); ++i) {
        const u32 first = plan[i].ids.first;
        const auto found = left.find(first);
        if (found == left.end()) {
            differs(context, {no_entry, first, i, 0, 0, 0});
            continue;
        }
        if (found->second != plan[i].control->vttbr) {
            differs(context, {entry, first, i, 3, plan[i].control->vttbr, found->second});
        }
        left.erase(found);
    }
    for (const auto& [first, vttbr] : left) {
        differs(context, {unplanned, first, 0, 0, 1, vttbr});
    }
    return smmu.attached.size();
}
DmaEvents take_dma_events(usize index, void (*visit)(void* context, const DmaFault& fault),
                          void* context) {
    test::FakeSmmu& smmu = fake().smmus[index];
    DmaEvents events;
    events.were_lost = std::exchange(smmu.were_lost, false);
    events.errors = std::exchange(smmu.errors, 0);
    for (; events.faults < smmu.queue && !smmu.faults.empty(); ++events.faults) {
        visit(context, smmu.faults.front());
        smmu.faults.pop_front();
    }
    events.has_more = events.faults == smmu.queue;
    return events;
}

}  // namespace isthmus::arch
