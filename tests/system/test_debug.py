# SPDX-License-Identifier: Apache-2.0
"""Debug registers are a guest's own: breakpoints, watchpoints and single steps, at EL1 and under Linux."""
import pathlib

import pytest

import initramfs
from isthmus_qemu import ROOT, launch
from systems import domain, system

ROUNDS = 300
MACHINES = [("cortex-a57", 2), ("cortex-a57", 3), ("max", 3)]


@pytest.mark.parametrize("cpu, gic", MACHINES)
def test_edges(boot, cpu, gic):
    machine = boot(system(domain("guest-a", "debug")), {"debug": "debug"}, cpus=1, cpu=cpu, gic=gic)
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "debug: done, 0 FAILED"


@pytest.mark.parametrize("cpu, gic", MACHINES)
def test_each_has_its_own_on_one_cpu(boot, cpu, gic):
    """Two guests with breakpoints and watchpoints at different places of the same image, and one that uses none
    and runs through all of these places, take turns on one CPU."""
    tree = system(*(domain(f"guest-{use}", "debug", bootargs=f"use={use} at=4") for use in range(3)))
    machine = boot(tree, {"debug": "debug"}, cpus=1, cpu=cpu, gic=gic,
                   args="sched=rr sched-slice=1 on-last-off=poweroff")
    assert machine.wait_end() == 0
    for use in range(3):
        assert machine.guest(f"guest-{use}")[-1] == "debug: done, 0 FAILED", machine.guest(f"guest-{use}")


def ramdisk(target: pathlib.Path) -> pathlib.Path:
    program = launch.build_folder() / "guests/linux/debug_checks"
    init = (ROOT / "tests/guests/linux/debug-init.sh").read_bytes()
    target.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init,
                                         {"bin/debug_checks": program.read_bytes()}))
    return target


@pytest.mark.parametrize("cpu, gic", MACHINES)
def test_linux(boot, tmp_path, cpu, gic):
    """Two kernels on one CPU, both with breakpoints, watchpoints, uprobes and single steps all the time: each
    counts exactly its own. Their programs stand at the same addresses."""
    tree = system(*(domain(f"linux-{role}", "kernel", memory_mib=192, ramdisk="ramdisk",
                           bootargs=f"console=ttyAMA0 quiet debug.role={role} debug.rounds={ROUNDS}")
                    for role in range(2)))
    machine = boot(tree, {"kernel": initramfs.LINUX_6_1.image(), "ramdisk": ramdisk(tmp_path / "ramdisk")},
                   cpus=1, cpu=cpu, gic=gic, args="sched=rr sched-slice=1 on-last-off=poweroff")
    assert machine.wait_end(timeout=300) == 0
    for name in ("linux-0", "linux-1"):
        said = machine.guest(name)
        assert "debug: done, 0 FAILED" in said, said
        assert "hw-breakpoint: found 6 breakpoint and 4 watchpoint registers." in said
