# SPDX-License-Identifier: Apache-2.0
"""Each limit of isthmus/limits.hpp that a machine can be emulated for: what the planner accepts is built, and runs."""
import pytest

from systems import domain, region, system

POWEROFF = 'xen,xen-bootargs = "on-last-off=poweroff sched=rr";'


def guests(count: int, **more) -> list[str]:
    return [domain(f"d{number:02}", memory_mib=6, **more) for number in range(count)]


@pytest.mark.parametrize("count", [16, 64])
def test_domains(boot, count):
    """Every guest's kernel is looked at, copied and run; each in a module of its own as loaders put them."""
    names = [f"k{number:02}" for number in range(count)]
    tree = system(*(domain(f"d{number:02}", name, memory_mib=6) for number, name in enumerate(names)),
                  chosen=POWEROFF)
    machine = boot(tree, {name: "hello" for name in names}, cpus=2, memory_mib=1024)
    assert machine.wait_end(timeout=100) == 0
    assert not machine.findings()
    assert all(machine.guest(f"d{number:02}")[-1] == "hello: ok" for number in range(count))


def test_most_vcpus(boot):
    """64 domains of 128 vCPUs on two CPUs."""
    tree = system(*guests(64, cpus=128), chosen=POWEROFF)
    machine = boot(tree, {"kernel": "hello"}, cpus=2, memory_mib=1024)
    assert machine.wait_end(timeout=100) == 0
    assert not machine.findings()
    assert all(machine.guest(f"d{number:02}")[-1] == "hello: ok" for number in range(64))


@pytest.mark.parametrize("domains, regions", [(64, 64), (16, 256)])
def test_most_nodes(boot, domains, regions):
    """As many nodes in all as there may be: most of one region, and most regions."""
    shared = tuple(region(f"r{number}", 0x6000_0000 + number * 4096, 0x7000_0000 + number * 0x40_0000, 4096,
                          name=f"s{number}") for number in range(regions))
    tree = system(*guests(domains, regions=shared), chosen=POWEROFF)
    machine = boot(tree, {"kernel": "hello"}, cpus=2, memory_mib=1024)
    assert machine.wait_end(timeout=100) == 0
    assert not machine.findings()
    assert all(machine.guest(f"d{number:02}")[-1] == "hello: ok" for number in range(domains))
