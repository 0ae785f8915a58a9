// SPDX-License-Identifier: Apache-2.0
#include "fdt/streams.hpp"

#include <optional>

namespace isthmus::fdt {
namespace {

constexpr u32 smmuv3_specifier_cells = 1;
constexpr usize map_entry_cells = 4;  // RID base, phandle, stream base, length

class Reader {
  public:
    Reader(const Tree& tree, std::span<const Smmu> smmus, Arena& arena)
        : tree_(tree), smmus_(smmus), ranges_(arena) {}

    /// `iommus`: each entry as long as `#iommu-cells` of the node that it names says.
    void read_list(const Property& list) {
        usize position = 0;
        while (is_open(list) && position < list.cell_count()) {
            const u32 phandle = list.cell(position);
            const auto cells = specifier_cells(phandle);
            if (!cells || *cells > list.cell_count() - position - 1) {
                return end(DeviceStreams::Kind::malformed);
            }
            if (const auto smmu = find(phandle)) {
                add(*smmu, *cells, *cells == 0 ? 0 : list.cell(position + 1), 1);
            }
            position += usize{*cells} + 1;
        }
    }

    void read_map(const Property& map) {
        if (is_open(map) && map.cell_count() % map_entry_cells != 0) {
            return end(DeviceStreams::Kind::malformed);
        }
        for (usize i = 0; is_open(map) && i < map.cell_count(); i += map_entry_cells) {
            const u32 phandle = map.cell(i + 1);
            const auto cells = specifier_cells(phandle);
            if (!cells) {
                return end(DeviceStreams::Kind::malformed);
            }
            if (const auto smmu = find(phandle)) {
                add(*smmu, *cells, map.cell(i + 2), map.cell(i + 3));
            }
        }
    }

    DeviceStreams result() const {
        if (streams_.kind != DeviceStreams::Kind::smmu) {
            return streams_;
        }
        DeviceStreams with_ranges = streams_;
        with_ranges.ranges = ranges_.items();
        return with_ranges;
    }

  private:
    /// Whether there is something left to read; begins a property.
    bool is_open(const Property& property) {
        if (streams_.kind == DeviceStreams::Kind::none ||
            streams_.kind == DeviceStreams::Kind::smmu) {
            streams_.property = property.name;
            streams_.kind = property.is_cells() && !property.empty()
                                ? DeviceStreams::Kind::smmu
                                : DeviceStreams::Kind::malformed;
        }
        return streams_.kind == DeviceStreams::Kind::smmu;
    }

    void end(DeviceStreams::Kind kind) { streams_.kind = kind; }

    std::optional<u32> specifier_cells(u32 phandle) const {
        const auto target = tree_.find_phandle(phandle);
        const auto cells = target ? target->property("#iommu-cells") : std::nullopt;
        return cells ? cells->single_cell() : std::nullopt;
    }

    /// Ends reading when it is none of ours.
    std::optional<u32> find(u32 phandle) {
        for (u32 i = 0; i < smmus_.size(); ++i) {
            if (smmus_[i].phandle == phandle) {
                return i;
            }
        }
        streams_.other_path = tree_.find_phandle(phandle)->path();
        end(DeviceStreams::Kind::unknown);
        return std::nullopt;
    }

    void add(u32 smmu, u32 cells, u32 first, u32 count) {
        constexpr u64 stream_ids = u64{1} << 32;
        if (cells != smmuv3_specifier_cells || count == 0 || u64{first} + count > stream_ids) {
            return end(DeviceStreams::Kind::malformed);
        }
        ranges_.push_back({smmu, first, count});
    }

    const Tree& tree_;
    std::span<const Smmu> smmus_;
    ArenaVector<StreamRange> ranges_;
    DeviceStreams streams_;
};

}  // namespace

DeviceStreams device_streams(const Tree& tree, const Node& device, std::span<const Smmu> smmus,
                             Arena& arena) {
    Reader reader(tree, smmus, arena);
    if (const auto list = device.property("iommus")) {
        reader.read_list(*list);
    }
    if (const auto map = device.property("iommu-map")) {
        reader.read_map(*map);
    }
    return reader.result();
}

}  // namespace isthmus::fdt
