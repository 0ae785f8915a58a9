# SPDX-License-Identifier: Apache-2.0
"""The trees that tests here plan, each as (name, bytes): seeds of the fuzzing targets, boards with guests added,
what the unit tests open, and the systems of the tests that boot or ask the host program."""
import os
import re
import subprocess
import sys

import add_guests
import boards

for folder in ("tests/machine", "tests/system", "tests/tools", "tools/plan"):
    sys.path.insert(0, str(boards.ROOT / folder))

import launch  # noqa: E402
import test_plan  # noqa: E402
import test_wrong_trees  # noqa: E402
from systems import domain, region, system  # noqa: E402

SEEDS = boards.ROOT / "tests/fuzz/corpus/trees"
OPENING_TREES = [boards.ROOT / "build/host-test/tests/unit" / name
                 for name in ("fdt_test", "shm_test", "dom0less_test", "dom0less_property")]


def seeds():
    """The first byte of a seed is the fuzzing target's own: an arena's size."""
    for path in sorted(SEEDS.iterdir()):
        yield f"seed {path.name}", path.read_bytes()[1:]


def board_trees():
    """Each with guests, and some with a Dom0, too."""
    for number, path in enumerate(sorted(boards.BOARDS.resolve().rglob("*.dtb"))):
        yield f"board {path.name}", add_guests.add_guests(path.read_bytes())[0]
        if number % 24 == 0:
            yield f"board {path.name} as Dom0", add_guests.add_dom0(path.read_bytes())[0]


def unit_tests_trees(folder):
    """Each tree is kept once, under a name made of its bytes (tests/unit/support/opened_tree.cpp)."""
    environment = os.environ | {"ISTHMUS_KEEP_TREES": str(folder), "RC_PARAMS": "seed=7"}
    for program in OPENING_TREES:
        subprocess.run([program, "--gtest_brief=1"], env=environment, capture_output=True, timeout=400, check=True)
    for path in sorted(folder.iterdir()):
        yield f"unit test's {path.name}", path.read_bytes()


def long_paths():
    """A finding of more than 500 letters: a line of the console has no end."""
    name = "shared-memory-of-the-longest-name" * 6
    regions = [region("one", 0x7000_0000, 0x5000_0000, 0x1000, name=f"{name}@50000000"),
               region("two", 0x7000_0000, 0x5000_1000, 0x1000, name=f"{name}@50001000")]
    return system(domain("guest-a", regions=regions), domain("guest-b", regions=regions))


class OneMachine(launch.Machine):
    """Its own tree is made once."""
    trees = {}

    def base_tree(self, folder):
        if self not in self.trees:
            self.trees[self] = super().base_tree(folder)
        return self.trees[self]


def systems_trees(folder):
    module = folder / "module"
    module.write_bytes(bytes(4096))
    texts = test_plan.SYSTEMS | {name: text for name, (text, _) in test_wrong_trees.WRONG.items()}
    texts["long paths"] = long_paths()
    for name, text in texts.items():
        modules = dict.fromkeys(sorted(set(re.findall(r"\$\{(\w+)\.", text))), module)
        for gic in (2, 3):
            made = launch.Launch(OneMachine(cpus=4, gic=gic), text, modules).make_tree(folder)
            yield f"system {name}, GICv{gic}", made.read_bytes()
