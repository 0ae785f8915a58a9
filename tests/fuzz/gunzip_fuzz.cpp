// SPDX-License-Identifier: Apache-2.0
// Any bytes as gzip data: zlib and we accept the same, and get the same out of it. Odd inputs have
// their trailer put right first, so that what is in the stream decides and not a checksum.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "dom0less/kernel/gzip/gunzip.hpp"
#include "tests/fuzz/support/boot.hpp"

namespace {

using namespace isthmus;
using dom0less::Unpacked;
using fuzz::require;

using Bytes = std::vector<std::byte>;

/// More than this is not looked at: a kilobyte can become a megabyte.
constexpr usize most = 128 * 1024;

class Collect final : public dom0less::ByteSink {
  public:
    bool write(std::span<const std::byte> bytes) override {
        require(!bytes.empty() && bytes.size() <= 32 * 1024);
        taken.insert(taken.end(), bytes.begin(), bytes.end());
        return taken.size() < most;
    }
    Bytes taken;
};

struct Theirs {
    int status = Z_OK;  ///< Z_STREAM_END: accepted; Z_OK: more than `most`
    Bytes out;
    usize consumed = 0;
};

/// `window_bits` as zlib has it: 31 for gzip, -15 for a bare stream.
Theirs by_zlib(std::span<const std::byte> in, int window_bits) {
    Theirs theirs;
    theirs.out.resize(most);
    z_stream stream{};
    Bytes copy(in.begin(), in.end());
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(theirs.out.data());
    stream.avail_out = most;
    require(inflateInit2(&stream, window_bits) == Z_OK);
    theirs.status = inflate(&stream, Z_SYNC_FLUSH);
    theirs.out.resize(most - stream.avail_out);
    theirs.consumed = in.size() - stream.avail_in;
    inflateEnd(&stream);
    return theirs;
}

/// Puts the trailer of the stream behind the fixed header right, if zlib finds its end.
void mend_trailer(Bytes& in) {
    constexpr usize header = 10;
    if (in.size() < header || in[3] != std::byte{0}) {
        return;
    }
    const Theirs stream = by_zlib(std::span(in).subspan(header), -15);
    if (stream.status != Z_STREAM_END) {
        return;
    }
    in.resize(std::max(in.size(), header + stream.consumed + 8));
    const auto sum = static_cast<u32>(crc32(0, reinterpret_cast<const Bytef*>(stream.out.data()),
                                            static_cast<uInt>(stream.out.size())));
    const auto size = static_cast<u32>(stream.out.size());
    std::memcpy(in.data() + header + stream.consumed, &sum, 4);
    std::memcpy(in.data() + header + stream.consumed + 4, &size, 4);
}

void compare(std::span<const std::byte> in) {
    static const auto gunzip = std::make_unique<dom0less::Gunzip>();
    Collect ours;
    const Unpacked end = gunzip->run(in, ours);
    require(gunzip->consumed() <= in.size());
    if (end == Unpacked::stopped) {
        require(ours.taken.size() >= most);
        return;
    }
    const Theirs theirs = by_zlib(in, 31);
    const bool accepted = theirs.status == Z_STREAM_END;
    require((end == Unpacked::done) == accepted);
    if (accepted) {
        require(gunzip->consumed() == theirs.consumed);
        require(ours.taken == theirs.out);
    } else {
        require(!to_text(end).empty());
        const usize both = std::min(ours.taken.size(), theirs.out.size());
        require(std::equal(ours.taken.begin(), ours.taken.begin() + static_cast<long>(both),
                           theirs.out.begin()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes in(size);
    if (size != 0) {
        std::memcpy(in.data(), data, size);
    }
    if (size % 2 != 0) {
        mend_trailer(in);
    }
    in.shrink_to_fit();  // reading behind it is seen
    compare(in);
    return 0;
}
