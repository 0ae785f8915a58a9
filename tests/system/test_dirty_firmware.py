# SPDX-License-Identifier: Apache-2.0
"""Firmware that leaves registers, interrupts and RAM dirty: Isthmus boots all the same, or says why not."""
import itertools

import pytest

import dirty_firmware
from isthmus_qemu import ROOT, Isthmus, launch
from systems import dom0, domain, region, system
from test_smmu import STAGE2

CHOSEN = 'xen,xen-bootargs = "on-last-off=poweroff"; stdout-path = "/pl011@9000000";'
REGION = region("demo", 0x5000_0000, 0x5000_0000, 0x1_0000)
GUESTS = (domain("guest-a", "gictest", cpus=2, regions=[REGION]),
          domain("guest-b", "zero", bootargs="id=demo", regions=[REGION]))
SECURE = ("-machine", "secure=on")
QEMUS = [launch.QEMU, *([STAGE2] if STAGE2 and STAGE2 != launch.QEMU else [])]
CPUS = ("cortex-a53", "cortex-a57", "cortex-a72", "max")


@pytest.fixture
def boot_dirty(tmp_path, machines):
    """boot_dirty(tree_text, modules, flags=..., cpus=..., extra=...) -> Isthmus."""

    def start(*domains, modules=("hello", "zero", "gictest"), chosen=CHOSEN, root="", flags=dirty_firmware.E2H,
              frequencies=(0, 0), patch=(b"", b""), kernel=None, **machine):
        launched = dirty_firmware.DirtyLaunch(
            launch.Machine(memory_mib=512, **machine), system(*domains, chosen=chosen, root=root),
            {name: launch.guest(name) for name in modules}, kernel=kernel or launch.image(), flags=flags,
            frequencies=frequencies, patch=patch)
        isthmus = Isthmus(launched, tmp_path)
        machines.append((isthmus, None, tmp_path))
        return isthmus

    return start


@pytest.mark.parametrize("qemu,cpu,gic,level", itertools.product(QEMUS, CPUS, (2, 3), ("el2", "el3")),
                         ids=lambda value: str(value).rsplit("/", 1)[-1] if value in QEMUS else str(value))
def test_boots(boot_dirty, qemu, cpu, gic, level):
    """A guest takes timer interrupts and its own CPUs' SGIs; guests find their RAM and region cleared."""
    machine = boot_dirty(*GUESTS, qemu=qemu, cpu=cpu, gic=gic, cpus=3, extra=SECURE if level == "el3" else ())
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "gictest: all ok", machine.lines()
    assert machine.guest("guest-b")[-1] == "zero: done", machine.lines()
    assert not machine.findings()


FASTER = "62500000"  # what QEMU's counter runs at
CLOCK = f"timer {{ clock-frequency = <{FASTER}>; }};"
HELLO = (domain("guest-a", "hello"),)
MSR_HCR, NOP = (0xd51c1101).to_bytes(4, "little"), (0xd503201f).to_bytes(4, "little")


def test_e2h_that_stays_is_told(boot_dirty):
    """As on a CPU that has no E2H = 0: the instruction that clears it is taken out of the image."""
    machine = boot_dirty(*HELLO, cpus=1, patch=(MSR_HCR, NOP))
    machine.wait(r"HCR_EL2.E2H stays 1 on this CPU .*Stopped")
    machine.settle()
    assert not machine.guest("guest-a")


def test_no_frequency_is_an_error(boot_dirty):
    machine = boot_dirty(*HELLO, cpus=1, flags=dirty_firmware.FREQUENCY)
    machine.wait("nothing is started")
    machine.settle()
    assert [rule for rule, _ in machine.findings()] == ["host-timer-frequency"]


def test_the_trees_frequency_wins(boot_dirty):
    """Also over another CPU's, which the guest could read: its tree says it."""
    machine = boot_dirty(domain("guest-a", "hello"), domain("guest-b", "dump"), modules=("hello", "dump"), cpus=2,
                         flags=dirty_firmware.FREQUENCY, frequencies=(0, 1), root=CLOCK, extra=SECURE)
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "hello: ok"
    assert any("CPU 1: CNTFRQ_EL0 is 1, the boot CPU's 0" in line for line in machine.lines())


def test_a_cpu_of_another_frequency_is_not_used(boot_dirty):
    machine = boot_dirty(*HELLO, domain("guest-b", "hello"), cpus=2, flags=dirty_firmware.FREQUENCY,
                         frequencies=(int(FASTER), 1), extra=SECURE)
    machine.wait("CPU 1 is not used: its CNTFRQ_EL0 is not the boot CPU's")
    machine.wait("nothing is started: a CPU that the plan needs did not come up")


def test_a_priority_mask_that_firmware_keeps_is_told(boot_dirty):
    machine = boot_dirty(*HELLO, cpus=1, flags=dirty_firmware.MASKED, extra=SECURE)
    machine.wait("nothing is started: the interrupt controller does not obey")


def test_lpis_and_an_its_that_are_on_go_off(boot_dirty):
    """Their tables lie in RAM that is given away; QEMU lets them be turned off."""
    machine = boot_dirty(*HELLO, cpus=1, flags=dirty_firmware.LPIS)
    machine.wait("the ITS at 0x8080000, which firmware left on, is off")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "hello: ok"


def test_ram_that_the_cpu_cannot_reach_is_an_error(boot_dirty):
    far = "memory@100000000000 { device_type = \"memory\"; reg = <0x1000 0 0 0x10000000>; };"
    machine = boot_dirty(*HELLO, cpus=1, cpu="cortex-a53", root=far)
    machine.wait("nothing is started")
    machine.settle()
    assert [rule for rule, _ in machine.findings()] == ["host-address-size"]


STEPS = ("early console at 0x9000000; boot tree at 0x44000000", "CPU 0x", "lasting map stands", "RAM to plan in: ",
         "boot tree sound", "machine read: ", "image 0x", "registers of MPAM, FGT, HCX", "EL2 is ready for guests",
         "plan digest", "heap stands", "interrupt controller is on", "PSCI ", "CPU 1 is up", "CPUs are up", "audit: ok")


def test_each_step_tells_of_itself(boot_dirty):
    """docs/silicon.md has the same list."""
    chosen = CHOSEN.replace("on-last", "earlycon=pl011,0x9000000 on-last")
    machine = boot_dirty(*HELLO, cpus=2, chosen=chosen)
    assert machine.wait_end() == 0
    own = iter([line for line in machine.lines() if line.startswith("isthmus| ")])
    for step in STEPS:
        assert any(line[9:].startswith(step) for line in own), f"no line {step!r} after those before it"
    page = (ROOT / "docs" / "silicon.md").read_text()
    missing = [step for step in STEPS
               if step.replace("CPU 1", "CPU N").split("0x")[0].split(";")[0].strip() not in page]
    assert not missing, missing


def test_without_a_console_in_the_tree_the_early_one_ends(boot_dirty):
    """Its registers are nobody's but the domain's that has them then: the audit would say so."""
    chosen = 'xen,xen-bootargs = "earlycon=pl011,0x9000000 console=none on-last-off=poweroff dom0_mem=64M";' \
             'bootargs = "x";' + dom0("hello")
    machine = boot_dirty(chosen=chosen, cpus=1)
    assert machine.wait_end() == 0
    assert any("machine read: " in line for line in machine.lines())
    assert not any("audit:" in line for line in machine.lines())
