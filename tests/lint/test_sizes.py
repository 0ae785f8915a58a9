# SPDX-License-Identifier: Apache-2.0
"""One idea a file: from 250 lines on a file is named, above 400 the test fails."""
import warnings

import repository

WARN = 250
FAIL = 400


def too_long(sizes):
    """`sizes`: path to line count. Returns (warned, failed) lists of texts."""
    warned, failed = [], []
    for path, lines in sorted(sizes.items(), key=lambda item: -item[1]):
        if lines > FAIL:
            failed.append(f"{path}: {lines} lines")
        elif lines > WARN:
            warned.append(f"{path}: {lines} lines")
    return warned, failed


def test_no_file_is_too_long():
    sizes = {path: repository.read(path).count("\n") for path in repository.sources()}
    assert len(sizes) > 20, "the lint does not see the sources"
    warned, failed = too_long(sizes)
    if warned:
        warnings.warn("over 250 lines: " + ", ".join(warned))
    assert not failed, "over 400 lines, perhaps two ideas:\n" + "\n".join(failed)


def test_a_long_file_is_found():
    warned, failed = too_long({"a.cpp": 400, "b.cpp": 401, "c.cpp": 251, "d.cpp": 250})
    assert failed == ["b.cpp: 401 lines"]
    assert warned == ["a.cpp: 400 lines", "c.cpp: 251 lines"]
