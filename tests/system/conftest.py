# SPDX-License-Identifier: Apache-2.0
"""The `boot` fixture: starts machines, ends them after the test, shows their consoles on failure. Each tree that
is booted is given to the host program as well, which must have found and planned the same."""
import pathlib

import pytest

import host_says
from isthmus_qemu import Isthmus, launch


@pytest.fixture
def boot(tmp_path):
    """boot(tree_text, modules, cpus=2, cpu="max", memory_mib=1024, args=...) -> Isthmus.

    `modules` maps the names in the tree text to guests of tests/guests, or to paths."""
    machines = []

    def start(tree_text: str, modules: dict[str, str | pathlib.Path], *,
              args: str = "on-last-off=poweroff", kernel: pathlib.Path | None = None,
              **machine) -> Isthmus:
        folder = tmp_path / f"machine{len(machines)}"
        folder.mkdir()
        paths = {name: launch.guest(what) if isinstance(what, str) else what
                 for name, what in modules.items()}
        launched = launch.Launch(launch.Machine(**machine), tree_text, paths, args, kernel or launch.image())
        isthmus = Isthmus(launched, folder)
        machines.append((isthmus, launched, folder))
        return isthmus

    yield start
    for number, (isthmus, _, _) in enumerate(machines):
        isthmus.close()
        print(f"--- console {number} ---")  # pytest shows it when the test failed
        print("\n".join(isthmus.text().replace("\r", "").split("\n")[-120:]))
    for machine in machines:
        host_says.check(*machine)
