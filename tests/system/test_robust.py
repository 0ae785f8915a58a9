# SPDX-License-Identifier: Apache-2.0
"""A guest that does all it can think of, step after step or at random; its peer answers throughout."""
import os
import re

import pytest

from systems import domain, region, system

SHARED = [region("demo", 0x7000_0000, 0x5000_0000, 0x1_0000)]


def with_a_peer(boot, guest: str, bootargs: str, **machine):
    """The guest on CPUs 0 and 1, and a peer that repeats what is typed."""
    tree = system(domain("guest-x", guest, cpus=2, bootargs=bootargs, regions=SHARED),
                  domain("peer", "echo", bootargs="name=peer", regions=SHARED))
    isthmus = boot(tree, {guest: guest, "echo": "echo"}, cpus=3, **machine)
    isthmus.wait("peer> ")
    isthmus.type("\x01" * 3)  # the input goes to the peer
    return isthmus


def ask_peer(isthmus, word: str) -> None:
    isthmus.type(word + "\r")
    isthmus.wait_guest("peer", f'echo: got "{word}"')


def end_well(isthmus) -> None:
    """The peer still answers; then everything ends as it should, with nothing lost."""
    ask_peer(isthmus, "quit")
    assert isthmus.wait_end() == 0
    lines = isthmus.lines()
    assert not [line for line in lines if "panic" in line or "check failed" in line]
    counted = [re.search(r"references expected (\d+), found (\d+)", line) for line in lines]
    counted = [match for match in counted if match]
    assert len(counted) == 2, "the region is accounted for after boot and at the end"
    assert all(match[1] == match[2] for match in counted), counted
    assert any(" pages free" in line for line in lines), "no summary"


@pytest.mark.parametrize("cpu", ["max", "cortex-a57"])
@pytest.mark.parametrize("mmu", ["on", "off"])
def test_walk_through(boot, cpu, mmu):
    isthmus = with_a_peer(boot, "probe", f"id=demo mmu={mmu}", cpu=cpu)
    ask_peer(isthmus, "early")
    isthmus.wait_guest("guest-x", "probe: done")
    said = isthmus.guest("guest-x")
    failed = [line for line in said if "FAILED" in line and not line.startswith("probe: done")]
    assert not failed, "\n".join(failed)
    assert said[-1] == "probe: done, 0 FAILED"
    assert sum(" ok " in line for line in said) > 150, "some steps did not run"
    end_well(isthmus)


def test_a_loud_guest_is_cut_short(boot):
    """Of what a guest may not do sixteen lines are shown, and all of it is counted."""
    isthmus = with_a_peer(boot, "probe", "id=demo")
    isthmus.wait_guest("guest-x", "probe: done")
    end_well(isthmus)
    lines = [line for line in isthmus.lines() if line.startswith("isthmus| guest-x vcpu")]
    assert len(lines) == 16, "\n".join(lines)
    assert sum("guest-x does more that it may not" in line for line in isthmus.lines()) == 1


@pytest.mark.parametrize("seed, mmu, cpu", [(1, "on", "max"), (2, "off", "cortex-a57")])
def test_random_instructions(boot, seed, mmu, cpu):
    """Two CPUs of one guest run words at random. For a longer run: ISTHMUS_CHAOS_WORDS=3000000."""
    words = int(os.environ.get("ISTHMUS_CHAOS_WORDS", "100000"))
    isthmus = with_a_peer(boot, "chaos", f"id=demo seed={seed} mmu={mmu} words={words}", cpu=cpu)
    isthmus.wait_guest("guest-x", f"chaos: seed {seed}")
    for number in range(5):
        ask_peer(isthmus, f"word{number}")
    isthmus.wait_guest("guest-x", "chaos: ok", timeout=60 + words / 1000)
    end_well(isthmus)
