# SPDX-License-Identifier: Apache-2.0
"""Two bare-metal guests exchange a message through one region, on different machines."""
import pytest

import console
from isthmus_qemu import launch
from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def pair_tree() -> str:
    shared = [region("demo", HOST, GUEST, SIZE)]
    return system(domain("guest-a", "pair", bootargs="role=a id=demo", regions=shared),
                  domain("guest-b", "pair", bootargs="role=b id=demo", regions=shared))


@pytest.mark.parametrize("cpus, cpu, gic", [(2, "max", 3), (2, "cortex-a57", 3), (4, "max", 3),
                                            (4, "cortex-a57", 3), (2, "cortex-a57", 2)])
def test_pair(boot, cpus, cpu, gic):
    machine = boot(pair_tree(), {"pair": "pair"}, cpus=cpus, cpu=cpu, gic=gic)
    assert machine.wait_end() == 0
    for name, other in (("guest-a", "B"), ("guest-b", "A")):
        said = machine.guest(name)
        assert any(line.startswith(f"pair: {other} says:") for line in said), said
        assert said[-1] == "pair: ok"
    assert any(console.SUMMARY.search(line) for line in machine.lines())
    assert not machine.findings()


def test_pair_of_the_second_compiler(boot, monkeypatch):
    """Hypervisor and guests as clang makes them."""
    monkeypatch.setenv("ISTHMUS_BUILD", str(launch.ROOT / "build" / "arm64-clang"))
    machine = boot(pair_tree(), {"pair": "pair"}, cpus=2)
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "pair: ok"
    assert machine.guest("guest-b")[-1] == "pair: ok"


def test_modules_of_their_own(boot):
    """Each guest has its own copy of the kernel."""
    tree = pair_tree().replace("${pair.", "${pair_b.").replace("${pair_b.", "${pair_a.", 2)
    assert tree.count("${pair_a.") == tree.count("${pair_b.") == 2
    machine = boot(tree, {"pair_a": "pair", "pair_b": "pair"})
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "pair: ok"
    assert machine.guest("guest-b")[-1] == "pair: ok"


def test_a_peer_that_never_comes_is_noticed(boot):
    """The pair's own verdict can fail: B waits on another region than A writes to."""
    tree = system(domain("guest-b", "pair", bootargs="role=b id=absent",
                         regions=[region("demo", HOST, GUEST, SIZE)]))
    machine = boot(tree, {"pair": "pair"}, cpus=1)
    machine.wait("pair: FAILED")
    assert machine.wait_end() == 0
    assert ("shm-lonely" in dict(machine.findings())), machine.findings()
