# SPDX-License-Identifier: Apache-2.0
"""Several vCPUs on one CPU (`sched=rr`)."""
import pytest

from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def test_pair_on_one_cpu(boot):
    shared = [region("demo", HOST, GUEST, SIZE)]
    tree = system(domain("guest-a", "pair", bootargs="role=a id=demo", regions=shared),
                  domain("guest-b", "pair", bootargs="role=b id=demo", regions=shared))
    machine = boot(tree, {"pair": "pair"}, cpus=1, args="sched=rr on-last-off=poweroff")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "pair: ok"
    assert machine.guest("guest-b")[-1] == "pair: ok"


@pytest.mark.parametrize("cpus", [1, 2, 3])
def test_more_vcpus_than_cpus(boot, cpus):
    """All of a guest's vCPUs run at once, as far as it can see."""
    tree = system(domain("guest-a", "smp", cpus=4), domain("guest-b", "smp", cpus=8))
    machine = boot(tree, {"smp": "smp"}, cpus=cpus, args="sched=rr on-last-off=poweroff")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a") == ["smp: 4 CPUs", "smp: ok"]
    assert machine.guest("guest-b") == ["smp: 8 CPUs", "smp: ok"]


@pytest.mark.parametrize("gic", [2, 3])
def test_interrupts_beside_another_guest(boot, gic):
    """The interrupt test, twice on one CPU: each has its own interrupts, timers and priorities."""
    tree = system(domain("guest-a", "gictest", cpus=2), domain("guest-b", "gictest", cpus=2))
    machine = boot(tree, {"gictest": "gictest"}, cpus=1, gic=gic,
                   args="sched=rr on-last-off=poweroff")
    assert machine.wait_end() == 0
    for name in ("guest-a", "guest-b"):
        assert machine.guest(name)[-1] == "gictest: all ok", machine.guest(name)
