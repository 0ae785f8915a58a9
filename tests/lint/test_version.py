# SPDX-License-Identifier: Apache-2.0
"""The version is said in CMakeLists.txt. What must repeat it, because others read it there, says the same."""
import re

import repository

HOME = re.compile(r"^project\(isthmus VERSION (\d+\.\d+\.\d+)\b", re.MULTILINE)
# File to the pattern whose group is the version.
REPEATED = {
    "debian/changelog": re.compile(r"\Aisthmus \(([^)]+)\)"),
    "docs/isthmus.1": re.compile(r'^\.TH ISTHMUS 1 "" "Isthmus ([^"]+)"', re.MULTILINE),
}


def differences(home, texts):
    version = HOME.search(home)[1]
    found = []
    for name, text in texts.items():
        said = REPEATED[name].search(text)
        if not said or said[1] != version:
            found.append(f"{name}: {said[1] if said else 'no version'}, but CMakeLists.txt says {version}")
    return found


def test_all_say_the_same_version():
    texts = {name: repository.read(name) for name in REPEATED}
    assert not differences(repository.read("CMakeLists.txt"), texts)


def test_sources_do_not_repeat_it():
    """The host program and the image have it from the header that CMake makes."""
    version = HOME.search(repository.read("CMakeLists.txt"))[1]
    text = re.compile(rf'"[^"\n]*\b{re.escape(version)}\b[^"\n]*"')
    found = [str(path) for path in repository.files(".cpp", ".hpp", ".in", ".S") if text.search(repository.read(path))]
    assert not found


def test_another_version_is_found():
    home = "project(isthmus VERSION 1.2.3 LANGUAGES C)\n"
    assert not differences(home, {"debian/changelog": "isthmus (1.2.3) unstable; urgency=low\n"})
    assert differences(home, {"debian/changelog": "isthmus (1.2.2) unstable; urgency=low\n"})
    assert differences(home, {"docs/isthmus.1": '.TH ISTHMUS 1 "" "Isthmus 1.2.4" "User commands"\n'})
    assert differences(home, {"docs/isthmus.1": ""})
