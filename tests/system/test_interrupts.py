# SPDX-License-Identifier: Apache-2.0
"""The virtual interrupt controller, timer and CPUs, tried by guests."""
import pytest

from systems import domain, system


@pytest.mark.parametrize("gic, cpu", [(3, "max"), (3, "cortex-a57"), (2, "max"), (2, "cortex-a57")])
def test_interrupt_controller(boot, gic, cpu):
    machine = boot(system(domain("guest-a", "gictest", cpus=2)), {"gictest": "gictest"}, cpus=2,
                   cpu=cpu, gic=gic)
    machine.wait_end()
    said = machine.guest("guest-a")
    assert said[0] == f"gictest: GICv{gic}"
    assert said[-1] == "gictest: all ok", "\n".join(said)
    assert "gictest: sgi-other ok" in said


@pytest.mark.parametrize("gic", [2, 3])
def test_two_guests_at_once(boot, gic):
    tree = system(domain("guest-a", "gictest", cpus=2), domain("guest-b", "gictest", cpus=2))
    machine = boot(tree, {"gictest": "gictest"}, cpus=4, gic=gic)
    machine.wait_end()
    assert machine.guest("guest-a")[-1] == "gictest: all ok"
    assert machine.guest("guest-b")[-1] == "gictest: all ok"


@pytest.mark.parametrize("gic, vcpus", [(3, 1), (3, 2), (3, 4), (2, 2), (2, 8)])
def test_cpus_go_on_and_off(boot, gic, vcpus):
    machine = boot(system(domain("guest-a", "smp", cpus=vcpus)), {"smp": "smp"},
                   cpus=max(4, vcpus), gic=gic)
    machine.wait_end()
    said = machine.guest("guest-a")
    assert said == [f"smp: {vcpus} CPUs", "smp: ok"], "\n".join(said)
