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
