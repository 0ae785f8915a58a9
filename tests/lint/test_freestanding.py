# SPDX-License-Identifier: Apache-2.0
"""The subset of C++ that runs at EL2 without a C++ library: headers that were found clean, none of the
calls that throw, and no #if outside arch/."""
import re

import repository
from test_layers import INCLUDE, LIBFDT

ROOMS = ("include", "fdt", "mm", "shm", "dom0less", "efi", "core", "arch")
HEADERS = {
    "algorithm", "array", "bit", "charconv", "compare", "concepts", "cstddef", "cstdint", "cstring",
    "expected", "initializer_list", "limits", "new", "optional", "source_location", "span", "string_view",
    "tuple", "type_traits", "utility", "variant",
} | LIBFDT
CALLS = re.compile(r"\.(?:value|at|substr)\s*\(|\bstd::(?:get|stable_sort|function|atomic|string|vector|map)\b"
                   r"|\b(?:throw|try|dynamic_cast|typeid|thread_local)\b")
EXPRESSION_NEW = re.compile(r"(?<![\w:])(?:new\s+\w|delete\s+\w|delete\[\])")
CONDITIONAL = re.compile(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b", re.MULTILINE)


def without_comments_and_texts(text):
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)


def findings(path, text):
    found = [f"{path}: <{name}> is not for freestanding code" for quote, name in INCLUDE.findall(text)
             if quote == "<" and name not in HEADERS]
    code = without_comments_and_texts(text)
    for pattern in (CALLS, EXPRESSION_NEW):
        found += [f"{path}: {match.group(0).strip()}" for match in pattern.finditer(code)]
    if not str(path).startswith("arch/") and CONDITIONAL.search(code):
        found.append(f"{path}: #if outside arch/")
    return found


def test_rooms_keep_to_the_subset():
    found = []
    for path in repository.files(".cpp", ".hpp"):
        if path.parts[0] in ROOMS:
            found += findings(path, repository.read(path))
    assert not found, "\n" + "\n".join(found)


def test_what_is_outside_the_subset_is_found():
    for code in ("#include <vector>", "int x = list.at(3);", "x = text.substr(1);", "y = std::get<0>(pair);",
                 "#if DEBUG\n#endif", "auto* p = new Page();", "delete p;", "throw 1;"):
        assert findings("mm/x.cpp", code), code
    assert not findings("mm/x.cpp", "#include <span>\nnew (first + i) T(); // new things, \"throw\" too\n"
                        "Address& operator=(const Address&) = delete;")
    assert not findings("arch/arm64/x.hpp", "#if defined(__aarch64__)\n#endif")
