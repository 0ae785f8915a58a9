// SPDX-License-Identifier: Apache-2.0
// A hostile peer of a channel (include/isthmus_guest). The input says what the party does, what the
// peer writes meanwhile, and which of the party's loads see another value than is there: a peer on
// another CPU may change a word between any two of them. The party stores in its own area only,
// loads from the two areas only, ends each call after so many accesses as the message has words,
// and keeps to the caller's buffer (which ASan watches). Beside it an honest peer, so that there is
// a session to break.
#include <cstdint>
#include <cstring>
#include <memory>

#include "tests/fuzz/support/boot.hpp"

namespace {

using isthmus::fuzz::require;

constexpr std::size_t area_bytes = 0x100 + 256;

class Script {
  public:
    Script(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
    bool empty() const { return left_ == 0; }
    std::uint8_t byte() {
        if (left_ == 0) {
            return 0;
        }
        --left_;
        return *data_++;
    }
    std::uint32_t word() {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            value = value << 8 | byte();
        }
        return value;
    }

  private:
    const std::uint8_t* data_;
    std::size_t left_;
};

struct World {
    Script* script = nullptr;
    std::uint8_t* mine = nullptr;  // of the party that is tried
    std::uint8_t* theirs = nullptr;
    bool watched = false;  // the party is at work, not the honest peer
    unsigned lies = 0;     // so many of its loads see another value
    unsigned accesses = 0;
};
World world;

bool is_inside(const void* place, std::size_t size, const std::uint8_t* area) {
    const auto* at = static_cast<const std::uint8_t*>(place);
    return at >= area && at + size <= area + area_bytes;
}

template <class T>
T load(const T* place) {
    T value = *place;
    if (!world.watched) {
        return value;
    }
    require(is_inside(place, sizeof(T), world.mine) || is_inside(place, sizeof(T), world.theirs));
    ++world.accesses;
    if (world.lies != 0 && is_inside(place, sizeof(T), world.theirs)) {
        --world.lies;
        const std::uint8_t kind = world.script->byte();
        value =
            kind < 128
                ? static_cast<T>(value + kind - 64)
                : static_cast<T>(T{world.script->word()}
                                 << (sizeof(T) == 8 && kind % 2 != 0 ? 32 / (8 / sizeof(T)) : 0));
    }
    return value;
}
template <class T>
void store(T* place, T value) {
    require(!world.watched || is_inside(place, sizeof(T), world.mine));
    ++world.accesses;
    *place = value;
}

}  // namespace

#define ISTHMUS_SMALLEST_RING 64u
#define ISTHMUS_LOAD(place) load(place)
#define ISTHMUS_LOAD_ACQUIRE(place) load(place)
#define ISTHMUS_STORE(place, value) store(place, value)
#define ISTHMUS_STORE_RELEASE(place, value) store(place, value)
#define ISTHMUS_FENCE() static_cast<void>(0)
#include "isthmus_guest/isthmus_wait.h"

namespace {

constexpr unsigned besides = 40;  // accesses of a call that are not the message's words

struct Bell {
    unsigned waits = 0;
};
const auto wait_for_a_moment = [](void* context) {
    return ++static_cast<Bell*>(context)->waits < 4 ? int{ISTHMUS_OK} : int{ISTHMUS_TIMEOUT};
};

class Party {
  public:
    Party(std::uint8_t* mine, std::uint8_t* theirs) : mine_(mine), theirs_(theirs) { open(); }

    void open() {
        require(isthmus_channel_open(&channel_, mine_, area_bytes, theirs_, area_bytes) ==
                ISTHMUS_OK);
    }
    void close() { isthmus_channel_close(&channel_); }
    void send(std::uint32_t length, bool waits) {
        const std::unique_ptr<std::uint8_t[]> message(new std::uint8_t[length]());
        Bell bell;
        const isthmus_bell calls = {[](void*) {}, wait_for_a_moment, &bell};
        const int status = waits
                               ? isthmus_channel_send_wait(&channel_, &calls, message.get(), length)
                               : isthmus_channel_send(&channel_, message.get(), length);
        require(status <= ISTHMUS_OK && status >= ISTHMUS_TIMEOUT);
        require(status != ISTHMUS_OK || length <= 248);
    }
    void receive(std::uint32_t size, bool waits) {
        const std::unique_ptr<std::uint8_t[]> buffer(new std::uint8_t[size]);
        std::uint32_t length = 0;
        Bell bell;
        const isthmus_bell calls = {[](void*) {}, wait_for_a_moment, &bell};
        const int status =
            waits ? isthmus_channel_receive_wait(&channel_, &calls, buffer.get(), size, &length)
                  : isthmus_channel_receive(&channel_, buffer.get(), size, &length);
        require(status <= ISTHMUS_OK && status >= ISTHMUS_TIMEOUT);
        require(status != ISTHMUS_OK || length <= size);
        require(status == ISTHMUS_OK || status == ISTHMUS_TOO_LONG || length == 0);
    }
    void sleep(std::uint32_t wants, std::uint32_t length) {
        static_cast<void>(isthmus_channel_must_ring(&channel_));
        static_cast<void>(isthmus_channel_arm(&channel_, wants, length));
    }

  private:
    std::uint8_t* mine_;
    std::uint8_t* theirs_;
    isthmus_channel channel_{};
};

void act(Party& party, Script& script) {
    const std::uint8_t what = script.byte();
    const std::uint32_t size = script.byte() * (what >= 128 ? 2u : 1u);
    const bool waits = (what & 64) != 0;
    world.accesses = 0;
    switch (what % 6) {
        case 0:
        case 1:
            party.send(size, waits);
            break;
        case 2:
        case 3:
            party.receive(size, waits);
            break;
        case 4:
            party.sleep(size % 4, size);
            break;
        default:
            size < 16 ? party.close() : party.open();
            break;
    }
    // A peer that plays is given up after ISTHMUS_RESTLESS rounds of a call.
    const unsigned rounds = waits ? ISTHMUS_RESTLESS * 4 : 1;
    require(world.accesses <= rounds * besides + 256 / 8 + 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Script script(data, size);
    const std::unique_ptr<std::uint64_t[]> mine(new std::uint64_t[area_bytes / 8]());
    const std::unique_ptr<std::uint64_t[]> theirs(new std::uint64_t[area_bytes / 8]());
    world = {&script, reinterpret_cast<std::uint8_t*>(mine.get()),
             reinterpret_cast<std::uint8_t*>(theirs.get())};
    Party party(world.mine, world.theirs);
    Party honest(world.theirs, world.mine);
    while (!script.empty()) {
        const std::uint8_t who = script.byte();
        world.watched = who % 8 < 5;
        world.lies = who % 8 < 3 ? who / 8 : 0;
        if (who % 8 < 7) {
            act(world.watched ? party : honest, script);
        } else {
            const std::uint32_t value = script.byte() < 128 ? script.byte() : script.word();
            std::memcpy(world.theirs + script.byte() % (area_bytes / 4) * 4, &value, sizeof(value));
        }
    }
    return 0;
}
