# SPDX-License-Identifier: Apache-2.0
"""The status page of a region: what a guest sees of its peers' lives, and that its doorbell rings at each change."""
import re

import pytest

from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def talk(extra: str = "isthmus,doorbell;") -> str:
    return region("talk", HOST, GUEST, SIZE, extra=f"isthmus,status; {extra}")


def peer(name: str, steps: str, more: str = "", extra: str = "", doorbell: str = "isthmus,doorbell;", **keys) -> str:
    """A guest that does these steps (tests/guests/peers.cpp)."""
    return domain(name, "peers", bootargs=f"do={steps} {more}", regions=[talk(doorbell)], extra=extra, **keys)


def run(boot, tree: str, *, cpus: int = 2, **keys):
    machine = boot(tree, {"peers": "peers"}, cpus=cpus, **keys)
    assert machine.wait_end() == 0
    return machine


@pytest.mark.parametrize("gic, cpus", [(3, 2), (3, 1), (2, 2)])
def test_a_guest_sees_its_peer_stop(boot, gic, cpus):
    """Asleep until the doorbell rings for it: beside its peer, and on one CPU with it."""
    tree = system(peer("guest-a", "there:guest-b,see:guest-b=stopped"), peer("guest-b", "there:guest-a,later:1"))
    machine = run(boot, tree, cpus=cpus, gic=gic,
                  args=f"sched={'rr' if cpus == 1 else 'null'} on-last-off=poweroff")
    assert machine.guest("guest-a") == ["peers: party 1 is running, start 1", "peers: party 1 is stopped, start 1",
                                        "peers: ok"]
    assert machine.guest("guest-b")[-1] == "peers: ok"
    assert any("region talk's status: owner dom_io, borrowers guest-a guest-b; 1 pages; references expected 3, found 3"
               in line for line in machine.lines()), machine.lines()


def test_a_fault_is_another_end_than_a_stop(boot):
    tree = system(peer("guest-a", "there:guest-b,see:guest-b=crashed"),
                  peer("guest-b", "later:1,panic", extra="isthmus,pvpanic;"),
                  peer("guest-c", "see:guest-b=crashed,see:guest-a=stopped"))
    machine = run(boot, tree, cpus=3)
    assert machine.guest("guest-a")[-1] == "peers: ok"
    assert machine.guest("guest-c") == ["peers: party 1 is crashed, start 1", "peers: party 0 is stopped, start 1",
                                        "peers: ok"]


def test_without_doorbells_a_guest_looks_for_itself(boot):
    tree = system(peer("guest-a", "see:guest-b=stopped", doorbell=""), peer("guest-b", "later:1", doorbell=""))
    machine = run(boot, tree)
    assert machine.guest("guest-a")[-1] == "peers: ok"


def test_nobody_may_write_it(boot):
    tree = system(peer("guest-a", "poke"), peer("guest-b", "see:guest-a=stopped"))
    machine = run(boot, tree)
    assert any("guest-a vcpu0 may only read region talk's status (owner dom_io): store to" in line
               for line in machine.lines()), machine.lines()
    assert machine.guest("guest-b")[-1] == "peers: ok"


def test_a_direct_mapped_guest_has_it_where_the_machine_has_nothing(boot):
    direct = domain("guest-a", "peers", bootargs="do=see:guest-b=stopped",
                    regions=[region("talk", HOST, HOST, SIZE, extra="isthmus,status; isthmus,doorbell;")],
                    extra="direct-map; xen,static-mem = <0x0 0x60000000 0x0 0x4000000>;")
    machine = run(boot, system(direct, peer("guest-b", "later:1")))
    assert machine.guest("guest-a")[-1] == "peers: ok"
    # Of the spare window, which ends with the CPU's addresses or below what the machine has at their end.
    assert any(re.search(r"guest-a sees it at 0x[0-9a-f]+f0f0000-0x[0-9a-f]+f0f1000 read-only", line)
               for line in machine.lines())
