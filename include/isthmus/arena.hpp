// SPDX-License-Identifier: Apache-2.0
// Memory for everything that is read and planned: given out once, in order, never given back.
#pragma once

#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

#include "isthmus/types.hpp"

namespace isthmus {

/// Hands out pieces of one buffer. When the buffer is used up it answers with empty spans and
/// remembers so; the planner then reports the limit instead of a wrong plan. Not thread-safe.
class Arena {
  public:
    explicit constexpr Arena(std::span<std::byte> buffer) : buffer_(buffer) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// `count` value-initialised elements, or an empty span when they do not fit.
    template <class T>
    std::span<T> allocate(usize count) {
        static_assert(std::is_trivially_destructible_v<T>);
        const usize start = aligned_used(alignof(T));
        if (start > buffer_.size() || count > (buffer_.size() - start) / sizeof(T)) {
            exhausted_ = true;
            return {};
        }
        used_ = start + count * sizeof(T);
        T* first = static_cast<T*>(static_cast<void*>(buffer_.data() + start));
        for (usize i = 0; i < count; ++i) {
            new (first + i) T();
        }
        return {first, count};
    }

    /// `piece` with `count` elements, where nothing was given out after it: in place, so that
    /// nothing is lost. Else an empty span, and nothing has changed.
    template <class T>
    std::span<T> extend(std::span<T> piece, usize count) {
        const auto* end = reinterpret_cast<const std::byte*>(piece.data() + piece.size());
        const bool is_last = !piece.empty() && end == buffer_.data() + used_;
        if (!is_last || count - piece.size() > (buffer_.size() - used_) / sizeof(T)) {
            return {};
        }
        for (usize i = piece.size(); i < count; ++i) {
            new (piece.data() + i) T();
        }
        used_ += (count - piece.size()) * sizeof(T);
        return {piece.data(), count};
    }

    /// A copy of `text` that lives as long as the arena; empty when it does not fit.
    std::string_view copy(std::string_view text) {
        const std::span<char> out = allocate<char>(text.size());
        if (out.empty()) {
            return {};
        }
        std::memcpy(out.data(), text.data(), text.size());
        return {out.data(), out.size()};
    }

    bool exhausted() const { return exhausted_; }
    usize used() const { return used_; }
    usize capacity() const { return buffer_.size(); }

  private:
    usize aligned_used(usize alignment) const {
        const auto base = reinterpret_cast<std::uintptr_t>(buffer_.data());
        return ((base + used_ + alignment - 1) & ~(alignment - 1)) - base;
    }

    std::span<std::byte> buffer_;
    usize used_ = 0;
    bool exhausted_ = false;
};

/// A growing list in an arena. It grows in place while nothing else was given out after it; else it
/// is copied into a piece twice as large, and the old one is lost, which the arena's size allows
/// for. When the arena is used up an element is dropped, and Arena::exhausted() says so.
template <class T>
    requires std::is_trivially_copyable_v<T>
class ArenaVector {
  public:
    explicit ArenaVector(Arena& arena) : arena_(&arena) {}

    /// False when the element was dropped.
    bool push_back(const T& value) {
        if (size_ == storage_.size() && !grow()) {
            return false;
        }
        storage_[size_++] = value;
        return true;
    }
    /// Room for `count` elements in all, now.
    void reserve(usize count) {
        if (count > storage_.size()) {
            grow_to(count);
        }
    }
    /// Before position `index`, which is at most size().
    void insert(usize index, const T& value) {
        if (size_ == storage_.size() && !grow()) {
            return;
        }
        for (usize i = size_; i > index; --i) {
            storage_[i] = storage_[i - 1];
        }
        storage_[index] = value;
        ++size_;
    }
    void erase(usize index) {
        for (usize i = index; i + 1 < size_; ++i) {
            storage_[i] = storage_[i + 1];
        }
        --size_;
    }
    void clear() { size_ = 0; }

    usize size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](usize index) { return items()[index]; }
    const T& operator[](usize index) const { return items()[index]; }
    T* begin() { return storage_.data(); }
    T* end() { return storage_.data() + size_; }
    const T* begin() const { return storage_.data(); }
    const T* end() const { return storage_.data() + size_; }
    std::span<T> items() { return storage_.first(size_); }
    std::span<const T> items() const { return storage_.first(size_); }

  private:
    bool grow() { return grow_to(size_ == 0 ? 8 : size_ * 2); }
    bool grow_to(usize wanted) {
        if (const std::span<T> same = arena_->extend(storage_, wanted); !same.empty()) {
            storage_ = same;
            return true;
        }
        const std::span<T> larger = arena_->allocate<T>(wanted);
        if (larger.empty()) {
            return false;
        }
        for (usize i = 0; i < size_; ++i) {
            larger[i] = storage_[i];
        }
        storage_ = larger;
        return true;
    }

    Arena* arena_;
    std::span<T> storage_;
    usize size_ = 0;
};

}  // namespace isthmus
