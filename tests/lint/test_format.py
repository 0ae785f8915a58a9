# SPDX-License-Identifier: Apache-2.0
"""All C++ and C is formatted as .clang-format says: ./run format mends what this finds."""
import subprocess

import repository


def badly_formatted(paths):
    style = f"--style=file:{repository.ROOT / '.clang-format'}"
    command = ["clang-format-19", style, "--dry-run", "-Werror", *map(str, paths)]
    result = subprocess.run(command, cwd=repository.ROOT, capture_output=True, text=True)
    if result.returncode == 0:
        return []
    return sorted({line.split(":")[0] for line in result.stderr.splitlines() if ": error:" in line})


def test_sources_are_formatted():
    found = badly_formatted(repository.files(".cpp", ".hpp", ".c", ".h"))
    assert not found, "run ./run format; it changes:\n" + "\n".join(found)


def test_bad_format_is_found(tmp_path):
    bad = tmp_path / "bad.cpp"
    bad.write_text("int  f( ) {return 1 ;}\n")
    good = tmp_path / "good.cpp"
    good.write_text("int f() {\n    return 1;\n}\n")
    assert badly_formatted([bad, good]) == [str(bad)]
