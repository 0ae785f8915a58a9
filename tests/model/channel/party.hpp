// SPDX-License-Identifier: Apache-2.0
// The published headers, compiled over the model's memory: each access of theirs is a step of the
// model. A party is a function, run again from its start for each step: what its steps answered so
// far is played back, and behind the last one the function is left, which says its next step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weak_memory.hpp"

namespace isthmus::model {

struct Step {
    enum class Kind : std::uint8_t {
        load,
        store,
        fence,
        ring,
        wait,
        done,
        wrong
    } kind = Kind::done;
    bool ordered = false;  // acquire, release
    std::size_t place = 0;
    std::uint64_t value = 0;
    const char* why = nullptr;
};

/// Leaves the party's function.
struct Pause {};

struct Playback {
    const std::vector<std::uint64_t>* answers = nullptr;
    std::size_t at = 0;
    Step next;
};

extern Playback playback;
extern unsigned char memory[];

inline std::uint64_t step(const Step& step) {
    if (playback.at < playback.answers->size()) {
        return (*playback.answers)[playback.at++];
    }
    playback.next = step;
    throw Pause{};
}

/// The fields of an area's head at 0x00 to 0x1c, 0x40 and 0x80, then the words of its ring.
inline std::size_t place_of(const void* address) {
    const auto offset =
        static_cast<std::size_t>(static_cast<const unsigned char*>(address) - memory);
    const std::size_t inside = offset % area_bytes;
    const std::size_t place = inside < 0x40    ? inside / 4
                              : inside < 0x100 ? 8 + inside / 0x40
                                               : 12 + (inside - 0x100) / 8;
    return offset / area_bytes * places_of_an_area + place;
}
template <class T>
T load(const T* place, bool acquire) {
    return static_cast<T>(step({Step::Kind::load, acquire, place_of(place)}));
}
template <class T>
void store(T* place, T value, bool release) {
    step({Step::Kind::store, release, place_of(place), value});
}
inline void fence() {
    step({Step::Kind::fence});
}
[[noreturn]] inline void wrong(const char* why) {
    playback.next = {Step::Kind::wrong, false, 0, 0, why};
    throw Pause{};
}

}  // namespace isthmus::model

#define ISTHMUS_SMALLEST_RING 32u
#define ISTHMUS_LOAD(place) isthmus::model::load((place), false)
#define ISTHMUS_LOAD_ACQUIRE(place) isthmus::model::load((place), true)
#define ISTHMUS_STORE(place, value) isthmus::model::store((place), (value), false)
#define ISTHMUS_STORE_RELEASE(place, value) isthmus::model::store((place), (value), true)
#define ISTHMUS_FENCE() isthmus::model::fence()
#include "isthmus_guest/isthmus_wait.h"
