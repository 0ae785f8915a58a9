# SPDX-License-Identifier: Apache-2.0
"""Several vCPUs on one CPU (`sched=rr`)."""
import re

import pytest

from systems import domain, region, system

# Time is instructions: 16 ns each. What else this machine does has no part in what is measured.
COUNTED = ("-icount", "shift=4,sleep=off")
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


def on_cpus(machine, name: str) -> int:
    """Milliseconds that a guest had a CPU for, as the summary has it."""
    for line in machine.lines():
        if found := re.search(rf"{name} +ran \d+ ms, (\d+) ms on CPUs", line):
            return int(found[1])
    raise AssertionError(f"no summary of {name}")


@pytest.mark.parametrize("flood", ["spin", "trap", "sgi", "timer"])
def test_fairness(boot, flood):
    """Whatever a guest does to have the CPU for itself, it gets what the one that only counts gets:
    within 5 % over two seconds. (Who is built first starts first, hence at= and not a duration.)"""
    tree = system(domain("quiet", "busy", bootargs="do=spin at=4"),
                  domain("loud", "busy", bootargs=f"do={flood} at=4",
                         extra="isthmus,priority = <9>;"))
    machine = boot(tree, {"busy": "busy"}, cpus=1, args="sched=rr on-last-off=poweroff",
                   extra=COUNTED)
    assert machine.wait_end() == 0
    quiet, loud = on_cpus(machine, "quiet"), on_cpus(machine, "loud")
    assert quiet + loud > 1500, "the machine was too slow to tell"
    assert abs(quiet - loud) <= 0.05 * (quiet + loud), (quiet, loud)


def steps_of(machine, name: str) -> tuple[int, int]:
    """Steps that a busy guest got to do, and the longest time (us) in which it did none."""
    for line in machine.guest(name):
        if found := re.search(r"(\d+) steps, at most (\d+) us apart", line):
            return int(found[1]), int(found[2])
    raise AssertionError(machine.guest(name))


def victim_beside(boot, others: str, priority: int = 0) -> tuple[int, int]:
    """A guest that only counts, beside three others on its CPU."""
    more = [domain(f"other-{n}", "busy", bootargs=f"do={others} at=3 us=100",
                   extra=f"isthmus,priority = <{priority}>;") for n in range(3)]
    tree = system(domain("victim", "busy", bootargs="do=spin at=3"), *more)
    machine = boot(tree, {"busy": "busy"}, cpus=1, args="sched=rr on-last-off=poweroff",
                   extra=COUNTED)
    assert machine.wait_end() == 0
    return steps_of(machine, "victim")


@pytest.mark.parametrize("priority", [0, 9])
def test_sleepers_take_nothing_of_a_victims_share(boot, priority):
    """Three guests that set their timer 100 us ahead and sleep, again and again: one that never
    sleeps gets as much done as beside three that never sleep either, and never waits for longer
    than two rounds of the others' slices (5 ms)."""
    fair, _ = victim_beside(boot, "spin")
    steps, apart = victim_beside(boot, "doze", priority)
    assert steps >= 0.95 * fair, (steps, fair)
    assert apart <= 2 * 3 * 5000 * 1.05, apart


def test_one_that_sleeps_is_woken_while_another_spins(boot):
    """Interrupts every 100 us, of which each finds the other guest running: far fewer than a slice
    (50 ms) passes between."""
    tree = system(domain("spinner", "busy", bootargs="do=spin at=4"),
                  domain("sleeper", "busy", bootargs="do=sleep at=3",
                         extra="isthmus,priority = <1>;"))
    machine = boot(tree, {"busy": "busy"}, cpus=1,
                   args="sched=rr sched-slice=50 on-last-off=poweroff", extra=COUNTED)
    assert machine.wait_end() == 0
    said = re.search(r"busy: sleep done, (\d+) interrupts", machine.guest("sleeper")[-1])
    assert said and int(said[1]) > 1000, machine.guest("sleeper")


@pytest.mark.parametrize("gic, attack", [(3, "sleep"), (3, "off"), (3, "remote"), (2, "sleep"),
                                         (2, "off")])
def test_no_guest_keeps_the_timers_interrupt_of_a_cpu(boot, gic, attack):
    """One guest leaves its CPUs with its timer's interrupt in hand. The machine keeps a line that is
    active silent, and others on the CPUs have the same line: their ticks come as ever."""
    cpus = 2 if attack == "remote" else 1
    victims = [f"victim-{cpu}" for cpu in range(cpus)]
    tree = system(domain("hoarder", "hoard", bootargs=f"do={attack} at=3", cpus=cpus),
                  *(domain(name, "busy", bootargs="do=sleep at=3") for name in victims))
    machine = boot(tree, {"hoard": "hoard", "busy": "busy"}, cpus=cpus, gic=gic,
                   args="sched=rr on-last-off=poweroff", extra=COUNTED)
    assert machine.wait_end() == 0
    assert machine.guest("hoarder") == [f"hoard: {attack} has its timer's interrupt"]
    for name in victims:
        said = re.search(r"busy: sleep done, (\d+) interrupts", machine.guest(name)[-1])
        assert said and int(said[1]) > 1000, machine.guest(name)


def test_every_register_survives_switching(boot):
    tree = system(domain("guest-a", "switched", bootargs="seed=1 at=4"),
                  domain("guest-b", "switched", bootargs="seed=254 at=4"),
                  domain("guest-c", "busy", bootargs="do=timer at=4"))
    machine = boot(tree, {"switched": "switched", "busy": "busy"}, cpus=1,
                   args="sched=rr sched-slice=1 on-last-off=poweroff")
    assert machine.wait_end() == 0
    for name in ("guest-a", "guest-b"):
        assert machine.guest(name)[-1].startswith("switched: ok"), machine.guest(name)


def test_pools_divide_the_cpus(boot):
    """Two pools: in one three vCPUs share a CPU, in the other each has its own."""
    pool = """pool: cpupool { compatible = "xen,cpupool"; cpupool-cpus = <&shared_cpu>;
              cpupool-sched = "rr"; };"""
    tree = system(domain("guest-a", "smp", cpus=3, extra="domain-cpupool = <&pool>;"),
                  domain("guest-b", "smp", cpus=2), chosen=pool,
                  root="cpus { shared_cpu: cpu@2 { }; };")
    machine = boot(tree, {"smp": "smp"}, cpus=3)
    assert machine.wait_end() == 0
    assert machine.guest("guest-a") == ["smp: 3 CPUs", "smp: ok"]
    assert machine.guest("guest-b") == ["smp: 2 CPUs", "smp: ok"]
