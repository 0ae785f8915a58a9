# SPDX-License-Identifier: Apache-2.0
"""The virtual interrupt controller, timer and CPUs, tried by guests."""
import pytest

from systems import domain, system


@pytest.mark.parametrize("cpu", ["max", "cortex-a57"])
def test_interrupt_controller(boot, cpu):
    machine = boot(system(domain("guest-a", "gictest", cpus=2)), {"gictest": "gictest"}, cpus=2,
                   cpu=cpu)
    machine.wait_end()
    said = machine.guest("guest-a")
    assert said[-1] == "gictest: all ok", "\n".join(said)
    assert "gictest: sgi-other ok" in said


def test_two_guests_at_once(boot):
    tree = system(domain("guest-a", "gictest", cpus=2), domain("guest-b", "gictest", cpus=2))
    machine = boot(tree, {"gictest": "gictest"}, cpus=4)
    machine.wait_end()
    assert machine.guest("guest-a")[-1] == "gictest: all ok"
    assert machine.guest("guest-b")[-1] == "gictest: all ok"


@pytest.mark.parametrize("vcpus", [1, 2, 4])
def test_cpus_go_on_and_off(boot, vcpus):
    machine = boot(system(domain("guest-a", "smp", cpus=vcpus)), {"smp": "smp"}, cpus=4)
    machine.wait_end()
    said = machine.guest("guest-a")
    assert said == [f"smp: {vcpus} CPUs", "smp: ok"], "\n".join(said)
