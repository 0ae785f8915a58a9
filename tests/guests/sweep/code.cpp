// SPDX-License-Identifier: Apache-2.0
#include "sweep/code.hpp"

#include "runtime/runtime.hpp"

namespace isthmus::guest::sweep {
namespace {

constexpr u32 ret = 0xd65f'03c0;
constexpr u32 isb = 0xd503'3fdf;
constexpr u32 cmp_zero_zero = 0xeb1f'03ff;  // NZCV, too, is read: it must not say who called

/// LDR or STR of a general register, and of the word behind it: [x0], #8.
constexpr u32 load_next(u32 general) {
    return 0xf840'8400 | general;
}
constexpr u32 store_next(u32 general) {
    return 0xf800'8400 | general;
}

class Code {
  public:
    constexpr explicit Code(std::span<u32> words) : words_(words) {}

    void begin() { used_ = 0; }
    void put(u32 word) {
        if (used_ == words_.size()) {
            die("sweep: more registers than the code has room for");
        }
        words_[used_++] = word;
    }
    /// Ends with a return, and is fit for execution from here on.
    void end() {
        put(ret);
        for (usize i = 0; i < used_; i += 4) {
            asm volatile("dc cvau, %0\n dsb ish\n ic ivau, %0" ::"r"(&words_[i]) : "memory");
        }
        asm volatile("dsb ish\n isb" ::: "memory");
    }
    template <class Function>
    Function function() const {
        return reinterpret_cast<Function>(words_.data());
    }

  private:
    std::span<u32> words_;
    usize used_ = 0;
};

constinit u32 single_words[16];
constinit u32 write_words[4096];
constinit u32 read_words[4096];
constinit Code single{single_words};
constinit Code writer{write_words};
constinit Code reader{read_words};

}  // namespace

u64 read_register(Encoding register_) {
    single.begin();
    single.put(register_.read_word(0));
    single.end();
    return single.function<u64 (*)()>()();
}

void write_register(Encoding register_, u64 value) {
    single.begin();
    single.put(register_.write_word(0));
    single.put(isb);
    single.end();
    single.function<void (*)(u64)>()(value);
}

void try_register(Encoding register_, Trial& trial) {
    single.begin();
    single.put(load_next(1));
    single.put(load_next(2));
    single.put(register_.read_word(3));
    for (const u32 general : {1u, 2u}) {
        single.put(register_.write_word(general));
        single.put(isb);
        single.put(register_.read_word(4));
        single.put(store_next(4));
    }
    single.put(register_.write_word(3));
    single.put(isb);
    single.end();
    single.function<void (*)(Trial*)>()(&trial);
}

void prepare_all(std::span<const Encoding> to_write, std::span<const Encoding> to_read) {
    writer.begin();
    for (const Encoding register_ : to_write) {
        writer.put(load_next(1));
        writer.put(register_.write_word(1));
    }
    writer.put(isb);
    writer.end();
    reader.begin();
    reader.put(cmp_zero_zero);
    for (const Encoding register_ : to_read) {
        reader.put(register_.read_word(1));
        reader.put(store_next(1));
    }
    reader.end();
}

void write_all(const u64* values) {
    writer.function<void (*)(const u64*)>()(values);
}

void read_all(u64* values) {
    reader.function<void (*)(u64*)>()(values);
}

}  // namespace isthmus::guest::sweep
