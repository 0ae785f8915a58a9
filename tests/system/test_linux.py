# SPDX-License-Identifier: Apache-2.0
"""The demo's pair of stock kernels on other machines than the demo's."""
import pytest

import demo


@pytest.mark.parametrize("gic, cpu, vcpus", [(3, "cortex-a57", 1), (3, "cortex-a57", 2), (3, "max", 2),
                                             (2, "cortex-a57", 2)])
def test_pair(boot_demo, gic, cpu, vcpus):
    machine = boot_demo("linux", [f"gic={gic}", f"cpu={cpu}", f"cpus={2 * vcpus}"],
                        ('memory = "256 MiB"', f'memory = "256 MiB"\ncpus = {vcpus}'))
    machine.wait_guest("linux-a", "demo: ok", timeout=150)
    machine.wait_guest("linux-b", "demo: ok", timeout=150)
    assert machine.wait_end() == 0
    assert not demo.verdict("linux", [f"{line}\n" for line in machine.lines()], True)
    for name in ("linux-a", "linux-b"):
        said = "\n".join(machine.guest(name))
        assert ("Brought up 1 node, 2 CPUs" in said) == (vcpus == 2)
        for trouble in ("Call trace", "rcu_sched detected stalls", "BUG:", "Oops"):
            assert trouble not in said
