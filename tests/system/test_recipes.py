# SPDX-License-Identifier: Apache-2.0
"""docs/shared-memory.md, followed word for word by two Linux guests with stock kernels."""
import pytest

import transcript


@pytest.mark.parametrize("name, commands", [("shell", 12), ("shell-three", 5), ("shell-6.12", 8),
                                            ("shell-read-only", 11)])
def test_recipes(boot_demo, name, commands):
    recipe = transcript.recipes(name)
    assert sum(is_typed for _, is_typed, _ in recipe) >= commands, "the page lost its recipes"
    machine = boot_demo(name)
    transcript.follow(machine, recipe)
    assert not any("may only read region" in line or "Internal error" in line for line in machine.lines())


def test_a_wrong_recipe_is_noticed(boot_demo):
    """What a guest does not say, and what it says too much, fails the test."""
    machine = boot_demo("shell")
    shells = transcript.Shells(machine)
    shells.type("linux-a", "echo one; echo two", True)
    shells.expect("linux-a", "one")
    machine.settle()
    with pytest.raises(AssertionError, match="two"):
        shells.check("linux-a")
