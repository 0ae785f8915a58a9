# SPDX-License-Identifier: Apache-2.0
"""What guests copy (include/isthmus_guest): C99 and C++ that both compilers take without a warning, with no header but
the compiler's own, and nothing left for a linker to find."""
import pathlib
import re
import subprocess

import pytest

import repository

FOLDER = pathlib.Path("include/isthmus_guest")
HEADERS = [path for path in repository.files(".h") if path.parent == FOLDER]
LINUX = FOLDER / "isthmus_linux.h"
COMPILERS_OWN = {"stdbool.h", "stddef.h", "stdint.h"}
CXX_OWN = {"cstddef", "cstdint", "optional", "span", "string_view"}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wcast-align",
            "-Wundef", "-Werror"]
TARGET = ["--target=aarch64-linux-gnu"]
C_COMPILERS = {"gcc": ["gcc"], "clang": ["clang-19"], "gcc-arm64": ["aarch64-linux-gnu-gcc"],
               "clang-arm64": ["clang-19", *TARGET]}
CXX_COMPILERS = {"g++": ["g++"], "clang++": ["clang++-19"], "g++-arm64": ["aarch64-linux-gnu-g++"],
                 "clang++-arm64": ["clang++-19", *TARGET]}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.MULTILINE)
C99 = ["-std=c99", "-ffreestanding"]
# Without optimization, so that what is never called stays, too, and nothing is folded away.
C99_POSIX = ["-std=c99", "-D_POSIX_C_SOURCE=200809L"]
USES_ALL = """
int main(void) {
    struct isthmus_region region;
    struct isthmus_channel channel;
    static unsigned char memory[2048] __attribute__((aligned(64)));
    char text[32];
    uint32_t length = 0;
    const struct isthmus_bell bell = {0, 0, 0};
    int status = isthmus_find_region(memory, sizeof(memory), "demo", &region);
    status += isthmus_channel_open_region(&channel, memory, sizeof(memory), 2, 0, 1);
    status += isthmus_channel_send_wait(&channel, &bell, memory, 8);
    status += isthmus_channel_receive_wait(&channel, &bell, text, sizeof(text), &length);
    isthmus_channel_close(&channel);
    return status;
}
"""


def complaints(compiler, options, text, folder, name="unit.c"):
    source = folder / name
    source.write_text(text)
    done = subprocess.run([*compiler, *options, *WARNINGS, f"-I{repository.ROOT / 'include'}", "-c", str(source),
                           "-o", str(folder / "unit.o")], capture_output=True, text=True)
    return done.stderr if done.returncode != 0 or done.stderr else ""


def undefined(folder):
    done = subprocess.run(["nm", "--undefined-only", str(folder / "unit.o")], check=True, capture_output=True, text=True)
    return {line.split()[-1] for line in done.stdout.splitlines() if line.strip()}


def included(header):
    return f'#include "isthmus_guest/{header.name}"\n'


@pytest.mark.parametrize("name", C_COMPILERS)
def test_c99(name, tmp_path):
    assert len(HEADERS) > 5, "the lint does not see the headers"
    for header in HEADERS:
        options = C99_POSIX if header == LINUX else C99
        assert not complaints(C_COMPILERS[name], options, included(header) + "int unit;\n", tmp_path), header


@pytest.mark.parametrize("name", C_COMPILERS)
def test_no_library_is_needed(name, tmp_path):
    text = '#include "isthmus_guest/isthmus_shm.h"\n' + USES_ALL
    assert not complaints(C_COMPILERS[name], [*C99, "-O2"], text, tmp_path)
    if not name.endswith("arm64"):
        assert undefined(tmp_path) <= {"memcpy", "memset", "_GLOBAL_OFFSET_TABLE_"}  # a compiler asks for these anyway


@pytest.mark.parametrize("name", CXX_COMPILERS)
def test_cxx(name, tmp_path):
    for text in ('#include "isthmus_guest/isthmus_shm.h"\n', '#include "isthmus_guest/isthmus_shm.hpp"\n'):
        options = ["-std=c++20", "-ffreestanding", "-Wold-style-cast"]
        assert not complaints(CXX_COMPILERS[name], options, text + "int unit;\n", tmp_path, "unit.cpp")
    assert not complaints(CXX_COMPILERS[name], ["-std=c++20"], included(LINUX) + "int unit;\n", tmp_path, "unit.cpp")


def test_nothing_but_the_compilers_own_headers():
    ours = {path.name for path in repository.files(".h", ".hpp") if path.parent == FOLDER}
    for path in [header for header in HEADERS if header != LINUX] + [FOLDER / "isthmus_shm.hpp"]:
        own = COMPILERS_OWN | (CXX_OWN if path.suffix == ".hpp" else set())
        assert set(INCLUDE.findall(repository.read(path))) <= ours | own, path


def test_a_warning_is_found(tmp_path):
    for name, compiler in C_COMPILERS.items():
        assert complaints(compiler, C99, "char f(int x) { return x; }\n", tmp_path), name
        assert complaints(compiler, C99, "int f(void) { return x; }\n", tmp_path), name
    assert not complaints(C_COMPILERS["gcc"], C99, "extern int g(void);\nint f(void) { return g(); }\n"
                          "int f(void);\n", tmp_path)
    assert undefined(tmp_path) >= {"g"}
