# SPDX-License-Identifier: Apache-2.0
"""Both hypervisors run the same bare-metal guest, and each figure is there for both. Which is better is not judged."""
import json
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def test_exits_of_both(tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(["/usr/bin/python3", HERE / "peers.py", "--only", "exits", "--one-cpu", "--json", out],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(out.read_text())["exits"]
    isthmus, *others = found
    assert isthmus == "Isthmus" and len(others) == 2
    names = set(found[isthmus])
    assert {"hypercall-nothing", "psci-version", "gicd-typer", "uart-write", "timer-wfi", "sgi-to-self", "start"} <= names
    for peer, figures in found.items():
        assert set(figures) == names, peer
        assert all(count > 0 for count in figures.values()), figures
    # One line a figure, with a ratio for each Xen.
    lines = re.findall(r"(?m)^\S.* \d+\.\d{2,3} +\d+\.\d{2,3}$", done.stdout)
    assert len(lines) == len(names), done.stdout
    # What WFI costs Xen when it traps is far more than anything here.
    assert found["Xen 4.17"]["timer-wfi"] > 10 * found["Xen, vwfi=native"]["timer-wfi"]
