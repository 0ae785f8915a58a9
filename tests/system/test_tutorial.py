# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial.md, done as it stands: its file is written, its commands typed in order, and what the page shows of
their output appears."""
import re
import subprocess

from isthmus_qemu import ROOT

PAGE = (ROOT / "docs/tutorial.md").read_text()
BLOCK = re.compile(r"^    \$ (.*)\n((?:    (?!\$).*\n)*)", re.MULTILINE)
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def test_the_page_as_it_stands(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    config = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    (mine / "system.toml").write_text(config.replace("../arm64", str(ROOT / "build/arm64")))
    steps = BLOCK.findall(PAGE)
    assert len(steps) >= 10, "the page lost its commands"
    for command, shown in steps:
        done = subprocess.run(["bash", "-c", command.replace("build/mine", str(mine))], cwd=ROOT, capture_output=True,
                              text=True, errors="replace", timeout=300, stdin=subprocess.DEVNULL, check=False)
        printed = ESCAPES.sub("", done.stdout + done.stderr).replace(str(mine), "build/mine")
        assert done.returncode == 0, f"$ {command}\n{printed}"
        for line in shown.splitlines():
            assert line.strip() in printed, f"$ {command}\n{line.strip()!r} is not in\n{printed}"
