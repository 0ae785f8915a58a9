# SPDX-License-Identifier: Apache-2.0
"""The fixtures that start machines, end them after the test, and show their consoles on failure. Each tree of a
test's own that is booted is given to the host program as well, which must have found and planned the same."""
import pathlib

import pytest

import host_says
from isthmus_qemu import Isthmus, MadeDemo, launch


@pytest.fixture
def machines():
    """Those that run, each with what it was made of and its folder; whoever starts one appends it."""
    running = []
    yield running
    for number, (isthmus, _, _) in enumerate(running):
        isthmus.close()
        print(f"--- console {number} ---")  # pytest shows it when the test failed
        print("\n".join(isthmus.text().replace("\r", "").split("\n")[-120:]))
    for machine in running:
        if isinstance(machine[1], launch.Launch):
            host_says.check(*machine)


@pytest.fixture
def boot(tmp_path, machines):
    """boot(tree_text, modules, cpus=2, cpu="max", memory_mib=1024, args=...) -> Isthmus.

    `modules` maps the names in the tree text to guests of tests/guests, or to paths."""

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

    return start


@pytest.fixture
def boot_demo(tmp_path, machines):
    """boot_demo(name, choices, replacements...) -> Isthmus: a demo as ./run demo makes it, with
    choices of the board ("cpus=4"), and with texts of its configuration replaced."""

    def start(name: str, choices: list[str] = (), *replacements: tuple[str, str],
              board: str = "") -> Isthmus:
        folder = tmp_path / f"machine{len(machines)}"
        folder.mkdir()
        made = MadeDemo(name, tuple(choices), replacements, board)
        machines.append((Isthmus(made, folder), made, folder))
        return machines[-1][0]

    return start
