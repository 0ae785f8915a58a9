// SPDX-License-Identifier: Apache-2.0
// libstdc++'s checks (-D_GLIBCXX_ASSERTIONS) end here. No standard header is included: some declare
// this function in a way of their own.
extern "C" [[noreturn]] void isthmus_check_failed(const char* file, int line, const char* function,
                                                  const char* condition);

namespace std {

[[noreturn]] void __glibcxx_assert_fail(const char* file, int line, const char* function,
                                        const char* condition) noexcept;
void __glibcxx_assert_fail(const char* file, int line, const char* function,
                           const char* condition) noexcept {
    isthmus_check_failed(file, line, function, condition);
}

}  // namespace std
