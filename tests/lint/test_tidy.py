# SPDX-License-Identifier: Apache-2.0
"""clang-tidy with the project's configuration finds nothing."""
import pytest
import tidy

OPTIONS = ["-std=c++23"]


def test_sources_are_tidy():
    assert tidy.units(), "no compile commands: ./run test lint makes them"
    found = tidy.check_all()
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name, code", [
    ("bugprone-use-after-move", "#include <string>\n#include <utility>\nvoid take(std::string);\n"
     "std::size_t f(std::string s) { take(std::move(s)); return s.size(); }\n"),
    ("readability-identifier-naming", "int BadName() { return 1; }\n"),
    ("readability-function-size", "void f(int x) {\n" + "    x = x + 1;\n" * 61 + "}\n"),
])
def test_a_mistake_is_found(tmp_path, name, code):
    source = tmp_path / "bad.cpp"
    source.write_text(code)
    assert name in tidy.tidy(source, OPTIONS)


def test_good_code_is_clean(tmp_path):
    source = tmp_path / "good.cpp"
    source.write_text("int good_name(int value) {\n    return value + 1;\n}\n")
    assert tidy.tidy(source, OPTIONS) == ""
