// SPDX-License-Identifier: Apache-2.0
// A memory in which a load may see any store that nothing forbids: the view-based reading of C11's
// atomics (release, acquire, relaxed, sequentially consistent fences), without stores before loads.
//
// Each location keeps all stores it ever had, in order. A thread's view says, by location, which of
// them it can no longer miss; a load picks any from there on. A release store carries its thread's
// view, an acquire load takes it over. A fence takes over what all fences before it saw.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace isthmus::model {

constexpr std::size_t area_bytes = 0x100 + 32;
constexpr std::size_t places_of_an_area = 16;  // its fields, and the ring's four words
constexpr std::size_t places = 2 * places_of_an_area;

/// By location, the index of the oldest store that may still be seen.
struct View {
    std::array<std::uint8_t, places> at{};

    void join(const View& other) {
        for (std::size_t i = 0; i < places; ++i) {
            at[i] = std::max(at[i], other.at[i]);
        }
    }
};

struct Store {
    std::size_t place = 0;
    std::uint64_t value = 0;
    View view;
};

struct ThreadViews {
    View now;      // what its loads cannot miss
    View noticed;  // what its relaxed loads saw of other threads: counts from the next fence on
    View fenced;   // what its relaxed stores carry
};

class Memory {
  public:
    /// How many stores a load could see.
    std::size_t choices(const ThreadViews& thread, std::size_t place) const {
        return counts_[place] + std::size_t{1} - thread.now.at[place];
    }
    /// The `choice`-th of them, the newest first.
    std::uint64_t load(ThreadViews& thread, std::size_t place, std::size_t choice, bool acquire) {
        const std::size_t index = counts_[place] - choice;
        thread.now.at[place] = static_cast<std::uint8_t>(index);
        if (index == 0) {
            return 0;  // what the memory held at first
        }
        const Store& store = find(place, index);
        (acquire ? thread.now : thread.noticed).join(store.view);
        return store.value;
    }
    void store(ThreadViews& thread, std::size_t place, std::uint64_t value, bool release) {
        const std::uint8_t index = ++counts_[place];
        thread.now.at[place] = index;
        View carried = release ? thread.now : thread.fenced;
        carried.at[place] = index;
        stores_.push_back({place, value, carried});
    }
    void fence(ThreadViews& thread) {
        thread.now.join(thread.noticed);
        thread.now.join(fences_);
        fences_ = thread.now;
        thread.fenced = thread.now;
    }

    const View& fences() const { return fences_; }

  private:
    const Store& find(std::size_t place, std::size_t index) const {
        for (const Store& store : stores_) {
            if (store.place == place && --index == 0) {
                return store;
            }
        }
        return stores_.front();
    }

    std::vector<Store> stores_;
    std::array<std::uint8_t, places> counts_{};
    View fences_;
};

}  // namespace isthmus::model
