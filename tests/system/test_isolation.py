# SPDX-License-Identifier: Apache-2.0
"""A guest that touches what it must not hurts only itself."""
import pytest

from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


@pytest.mark.parametrize("end", ["crash", "reset"])
def test_the_peer_goes_on(boot, end):
    shared = [region("demo", HOST, GUEST, SIZE)]
    tree = system(
        domain("guest-x", "probe", bootargs=f"do={end}", regions=shared),
        domain("guest-a", "pair", bootargs="role=a id=demo", regions=shared),
        domain("guest-b", "pair", bootargs="role=b id=demo", regions=shared))
    machine = boot(tree, {"probe": "probe", "pair": "pair"}, cpus=3)
    machine.wait_guest("guest-x", "probe: ")
    machine.wait_guest("guest-a", "pair: ok")
    machine.wait_guest("guest-b", "pair: ok")
    assert not machine.findings()


def test_a_store_without_a_region_stays_out(boot):
    """guest-x has no part in the region: its peer's addresses are nothing to it."""
    tree = system(domain("guest-x", "probe", bootargs="do=host-ram-write"),
                  domain("guest-a", "hello"))
    machine = boot(tree, {"probe": "probe", "hello": "hello"}, cpus=2)
    assert machine.wait_end() == 0
    assert machine.guest("guest-x")[-1] == "probe: done, 0 FAILED"
    assert machine.guest("guest-a")[-1] == "hello: ok"


@pytest.mark.parametrize("seed", [1, 2])
def test_random_device_accesses(boot, seed):
    """Two CPUs of one guest do random things to its devices; its neighbour's interrupts all come."""
    tree = system(domain("guest-x", "fuzz", cpus=2, bootargs=f"seed={seed}"),
                  domain("guest-a", "gictest", cpus=2))
    machine = boot(tree, {"fuzz": "fuzz", "gictest": "gictest"}, cpus=4)
    machine.wait_guest("guest-x", "fuzz: ok")
    machine.wait_guest("guest-a", "gictest: all ok")
    assert machine.wait_end() == 0
