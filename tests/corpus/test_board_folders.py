# SPDX-License-Identifier: Apache-2.0
"""Each folder below boards makes a system of two guests and a region that plans, with what its tree leaves to the boot
loader: for a board that QEMU has also the command that boots it there, for the others what U-Boot boots."""
import json
import re
import subprocess

import pytest

from boards import PROGRAM, ROOT

FOLDERS = sorted(file.parent for file in (ROOT / "boards").glob("*/board.toml"))
SYSTEM = """
[isthmus]
image = "{image}"
[[domain]]
name = "a"
kernel = "{image}"
memory = "64 MiB"
[[domain]]
name = "b"
kernel = "{image}"
memory = "64 MiB"
[[region]]
name = "shared"
size = "64 KiB"
owner = "a"
borrowers = ["b"]
"""


def isthmus(*words):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


def has_qemu(folder):
    return "[qemu]" in (folder / "board.toml").read_text()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_board_plans(tmp_path, folder):
    (tmp_path / "system.toml").write_text(SYSTEM.format(image=ROOT / "build/arm64/isthmus"))
    words = ["make", tmp_path / "system.toml", "--board", folder, "-o", tmp_path / "out"]
    made = isthmus(*words, *([] if has_qemu(folder) else ["--medium", "dir"]))
    assert made.returncode == 0, made.stdout + made.stderr
    assert (tmp_path / "out/qemu.sh").exists() == has_qemu(folder) != (tmp_path / "out/boot.scr").exists()
    checked = isthmus("check", tmp_path / "out/boot.dtb")
    rules = set(re.findall(r"^(?:error|warning)\[([a-z-]+)\]", checked.stdout + checked.stderr, re.MULTILINE))
    assert checked.returncode == 0 and not rules & {"host-no-console", "host-console-unsupported", "host-no-psci"}, \
        checked.stdout
    plan = json.loads(isthmus("plan", tmp_path / "out/boot.dtb", "--json").stdout)
    assert [domain["name"] for domain in plan["domains"]][-2:] == ["a", "b"]
    assert len(plan["machine"]["cpus"]) >= 4 or has_qemu(folder)


def test_a_page_says_where_it_ran():
    page = (ROOT / "docs/boards.md").read_text()
    for folder in FOLDERS:
        row = re.search(rf"^\| \[{folder.name}\]\(\.\./boards/{folder.name}/README\.md\) .*$", page, re.MULTILINE)
        assert row, folder.name
        never = "planned, never run on silicon"
        assert (never in row[0]) != has_qemu(folder)
        assert (never in (folder / "README.md").read_text().replace("Planned", "planned")) != has_qemu(folder)
