# SPDX-License-Identifier: Apache-2.0
"""What every text file must have, and what none may hold."""
import re

import repository

SPDX = re.compile(r"^(//|#|/\*|;) SPDX-License-Identifier: Apache-2\.0( \*/)?$")
NEEDS_SPDX = (".cpp", ".hpp", ".c", ".h", ".S", ".ld", ".lds", ".py", ".sh", ".cmake", ".dts", ".dtsi",
              "CMakeLists.txt")
TEST_DATA = "tests/data/"  # inputs, some of which others wrote
CODE_ENDINGS = (".cpp", ".hpp", ".c", ".h", ".S", ".ld", ".lds", ".py", ".sh", ".cmake")

# A folder of one machine says nothing to the next reader.
MACHINE_PATH = re.compile(r"(?<![\w./>-])/(work|home|root|mnt|srv|Users|tmp)/[\w.-]")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Say what a thing does in the words of everyday (docs/style.md).
MANNERED = re.compile(r"\b(save that|save for|as it is told|be it|lest|thereof|whence|albeit)\b", re.IGNORECASE)
URL = re.compile(r"https?://([\w.-]+)")
KNOWN_HOSTS = {
    "developer.arm.com", "www.devicetree.org", "devicetree.org", "devicetree-specification.readthedocs.io",
    "xenbits.xenproject.org", "xenbits.xen.org", "www.kernel.org", "docs.kernel.org",
    "www.apache.org", "spdx.org", "www.debian.org", "keepachangelog.com", "semver.org", "www.qemu.org",
}


def spdx_missing(text):
    lines = text.splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    return not lines or not SPDX.match(lines[0])


def forbidden(text, is_code):
    found = [f"path of one machine: {match.group(0)}" for match in MACHINE_PATH.finditer(text)]
    found += [f"mannered: {words}" for words in MANNERED.findall(text)]
    found += [f"unknown host: {host}" for host in URL.findall(text) if host not in KNOWN_HOSTS]
    if is_code:
        found += [f"unfinished: {word}" for word in UNFINISHED.findall(text)]
    return found


def test_every_source_names_its_licence():
    paths = repository.files(*NEEDS_SPDX) + [path for path in repository.sources()]
    found = {str(path) for path in paths
             if not str(path).startswith(TEST_DATA) and spdx_missing(repository.read(path))}
    assert not found, "no SPDX line at the top:\n" + "\n".join(sorted(found))


def test_no_forbidden_text():
    found = []
    for path in repository.files():
        if str(path) in ("LICENSE", "tests/lint/test_texts.py") or str(path).startswith(TEST_DATA):
            continue
        data = (repository.ROOT / path).read_bytes()
        if b"\0" in data[:4096]:
            continue  # a fuzzing seed or another binary
        is_code = path.name.endswith(CODE_ENDINGS)
        text = data.decode("utf-8", errors="replace")
        found += [f"{path}: {what}" for what in forbidden(text, is_code)]
    assert not found, "\n" + "\n".join(found)


def test_missing_licence_line_is_found():
    assert spdx_missing("#include <span>\n")
    assert spdx_missing("")
    assert not spdx_missing("// SPDX-License-Identifier: Apache-2.0\n")
    assert not spdx_missing("#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n")


def test_forbidden_text_is_found():
    assert forbidden("see /home/someone/notes", False)
    assert forbidden("http://mirror.example.org/debian", False)
    assert forbidden("// TODO later", True)
    assert forbidden("Nothing is read, save that the header is.", False)
    assert not forbidden("/chosen/domU1 https://developer.arm.com/x build/tmp/file", True)
