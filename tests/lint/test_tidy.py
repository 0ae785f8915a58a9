# SPDX-License-Identifier: Apache-2.0
"""clang-tidy with the project's configuration finds nothing."""
import os

import pytest

import repository
import tidy

OPTIONS = ["-std=c++23"]


def test_sources_are_tidy():
    assert tidy.units(), "no compile commands: ./run test lint makes them"
    found = tidy.check_all()
    assert not found, "\n" + "\n".join(found)


def test_every_source_is_looked_at():
    built = {source for sources, _ in tidy.units() for source in sources}
    rooms = {str(path) for path in repository.files(".cpp") if path.parts[0] in tidy.ROOMS}
    assert not rooms - built


def test_a_mistake_in_a_folder_is_found(tmp_path):
    """In a file of a unit that holds several, as the builds make them."""
    for name, code in (("good.cpp", "int good() { return 1; }\n"), ("bad.cpp", "int BadName() { return 1; }\n")):
        (tmp_path / "fdt").mkdir(exist_ok=True)
        (tmp_path / "fdt" / name).write_text(code)
    folder = tmp_path / "Unity" / "unity_fdt.cxx"
    folder.parent.mkdir()
    folder.write_text("".join(f'#include "{tmp_path}/fdt/{name}"\n' for name in ("good.cpp", "bad.cpp")))
    assert [os.path.basename(source) for source in tidy.sources_of(str(folder))] == ["good.cpp", "bad.cpp"]
    assert "bad.cpp" in tidy.tidy(folder, OPTIONS)


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
