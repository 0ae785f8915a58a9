// SPDX-License-Identifier: Apache-2.0
// Errors are values that must be looked at. A panic is only for our own bugs, never for input.
#pragma once

#include <expected>
#include <utility>

#include "isthmus/types.hpp"

namespace isthmus {

enum class Error : u8 {
    out_of_memory,     ///< no free page, table page or arena space is left
    unaligned,         ///< an address or size is not a multiple of what it must be
    out_of_range,      ///< outside the address space, the frame table or the table given
    already_mapped,    ///< a mapping stands where a new one was asked for
    not_mapped,        ///< nothing stands where a mapping was expected
    wrong_owner,       ///< the page belongs to another domain
    not_allocated,     ///< the page is free
    count_overflow,    ///< the reference count would wrap
    invalid_argument,  ///< any other wrong value
    not_found,         ///< the thing asked for does not exist
    unsupported,       ///< known, but not offered by this machine or build
    denied,            ///< the machine's firmware or hardware refused
};

template <class T>
using Result = std::expected<T, Error>;

constexpr std::unexpected<Error> fail(Error error) {
    return std::unexpected<Error>(error);
}

}  // namespace isthmus

/// Yields the value of a Result, or returns its error from the enclosing function. For Result<void>
/// it is a statement.
#define ISTHMUS_TRY(expression)                                   \
    __extension__({                                               \
        auto isthmus_try_result = (expression);                   \
        if (!isthmus_try_result) {                                \
            return ::std::unexpected(isthmus_try_result.error()); \
        }                                                         \
        *::std::move(isthmus_try_result);                         \
    })
