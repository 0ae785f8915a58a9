// SPDX-License-Identifier: Apache-2.0
#include "core/audit/streams.hpp"

#include "core/device/dma.hpp"
#include "core/domain/domain.hpp"
#include "isthmus/arch/smmu.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::core {
namespace {

/// Of one SMMU.
struct PlannedHere {
    StaticVector<arch::PlannedStreams, limits::smmu_streams> streams;
    StaticVector<const Domain*, limits::smmu_streams> owners;  ///< of these, in the same places

    /// False when there are too many.
    bool collect(std::span<const Domain> domains, usize smmu) {
        streams.clear();
        owners.clear();
        for (const Domain& domain : domains) {
            for (const fdt::StreamRange& range : domain.plan->streams) {
                if (range.smmu == smmu &&
                    (!streams.push_back({{range.first, range.count}, &domain.control}) ||
                     !owners.push_back(&domain))) {
                    return false;
                }
            }
        }
        return true;
    }
};
constinit PlannedHere planned;

struct Differences {
    AuditReport& report;
    std::string_view path;  ///< of the SMMU

    void tell(const arch::StreamDifference& difference) const {
        using enum arch::StreamDifference::Kind;
        const u32 stream = difference.stream;
        switch (difference.kind) {
            case off:
                report.differ(
                    "audit: {} lets devices through unseen: planned SMMU_CR0ACK {x}, "
                    "found {x}",
                    path, difference.expected, difference.found);
                break;
            case table:
                report.differ(
                    "audit: stream {x} of {} and those behind it: planned in a table of "
                    "Isthmus's, found {x}",
                    stream, path, difference.found);
                break;
            case no_entry:
                report.differ("audit: stream {x} of {}: planned for {}, found without an entry",
                              stream, path, owner(difference));
                break;
            case entry:
                report.differ(
                    "audit: stream {x} of {}: planned for {} with word {} of its entry "
                    "{x}, found {x}",
                    stream, path, owner(difference), difference.word, difference.expected,
                    difference.found);
                break;
            case unplanned:
                report.differ(
                    "audit: stream {x} of {}: planned for nobody, found word 0 of its "
                    "entry {x}",
                    stream, path, difference.found);
                break;
        }
    }
    static std::string_view owner(const arch::StreamDifference& difference) {
        return planned.owners[difference.planned]->plan->name;
    }
    static void tell(void* context, const arch::StreamDifference& difference) {
        static_cast<const Differences*>(context)->tell(difference);
    }
};

}  // namespace

void audit_streams(std::span<const Domain> domains, AuditReport& report) {
    for (usize index = 0; index < smmus().size(); ++index) {
        if (!smmus()[index].is_used) {
            continue;
        }
        Differences differences{report, smmus()[index].path};
        if (!planned.collect(domains, index)) {
            report.differ("audit: {} has more streams than can be looked at", differences.path);
            continue;
        }
        report.streams +=
            arch::audit_streams(index, planned.streams.items(), Differences::tell, &differences);
    }
}

}  // namespace isthmus::core
