# SPDX-License-Identifier: Apache-2.0
"""Kernels that nobody here built, each alone: Debian's, as they are and compressed, and Debian's
installer with its own ramdisk. What booted in how many seconds is kept in build/logs/kernels.txt."""
import subprocess
import time

import pytest

import initramfs
from isthmus_qemu import ROOT, launch
from systems import domain, system

PACKAGES = ROOT / "build" / "packages"
RECORD = ROOT / "build" / "logs" / "kernels.txt"
KERNELS = ["linux", "linux-generic", "linux-rt", "linux-6.12", "linux-6.12-generic"]
# All of them boot on either version of the interrupt controller; one of each generation says so here.
BOOTS = [*((kernel, 3) for kernel in KERNELS), ("linux-generic", 2), ("linux-6.12-generic", 2)]
GICS = [3]
TROUBLE = ("Call trace", "Kernel panic", "rcu_sched detected stalls", "BUG:", "Oops")
INIT = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /proc
/bin/busybox mount -t proc proc /proc
echo "init: $(/bin/busybox uname -r) with $(/bin/busybox nproc) CPUs"
/bin/busybox poweroff -f
"""


def boot_kernel(boot, modules, *, gic, memory_mib, bootargs, ramdisk="ramdisk", cpus=2):
    tree = system(domain("guest", memory_mib=memory_mib, cpus=cpus, ramdisk=ramdisk,
                         bootargs=f"console=ttyAMA0 {bootargs}"))
    loaded = sum(path.stat().st_size for path in modules.values()) // launch.MIB
    return boot(tree, modules, cpus=cpus, gic=gic, memory_mib=memory_mib + loaded + 512)


def record(name, gic, what, started):
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    with RECORD.open("a") as file:
        file.write(f"{name:20} GICv{gic} {time.monotonic() - started:6.1f} s  {what}\n")


@pytest.fixture(scope="module")
def ramdisk(tmp_path_factory):
    file = tmp_path_factory.mktemp("ramdisk") / "initramfs.cpio"
    file.write_bytes(initramfs.archive((PACKAGES / "busybox").read_bytes(), INIT, {}))
    return file


def boots(boot, modules, name, gic):
    started = time.monotonic()
    machine = boot_kernel(boot, modules, gic=gic, memory_mib=256, bootargs="quiet")
    machine.wait_guest("guest", "init: ")
    said = next(line for line in machine.guest("guest") if "init: " in line)
    record(name, gic, said, started)
    assert "with 2 CPUs" in said
    assert machine.wait_end() == 0
    console = "\n".join(machine.guest("guest"))
    assert not [trouble for trouble in TROUBLE if trouble in console]


@pytest.mark.parametrize("kernel, gic", BOOTS)
def test_debian(boot, ramdisk, kernel, gic):
    boots(boot, {"kernel": PACKAGES / kernel / "Image", "ramdisk": ramdisk}, kernel, gic)


@pytest.mark.parametrize("gic", GICS)
def test_compressed(boot, tmp_path, ramdisk, gic):
    """The file is shorter than `reg`, and what follows it in memory is none of the file's."""
    kernel = tmp_path / "Image.gz"
    packed = subprocess.run(["gzip", "-c", PACKAGES / "linux" / "Image"], check=True,
                            capture_output=True).stdout
    kernel.write_bytes(packed + b"\x1f\x8b\x08" + b"\xa5" * 70_001)
    boots(boot, {"kernel": kernel, "ramdisk": ramdisk}, "linux, by gzip", gic)


def uimage(file, program, load, entry, compression="none"):
    subprocess.run(["mkimage", "-A", "arm64", "-O", "linux", "-T", "kernel", "-C", compression, "-a", f"{load:#x}",
                    "-e", f"{entry:#x}", "-n", "a test's", "-d", program, file], check=True, capture_output=True)
    return file


@pytest.mark.parametrize("load, gic", [(0, 2), (0x4220_0000, 3)])
def test_uimage(boot, tmp_path, ramdisk, load, gic):
    """Linux as mkimage wraps it: wherever there is room, and compressed, where the header says; what follows it
    in memory is none of it."""
    program, compression = PACKAGES / "linux" / "Image", "none"
    if load:
        compression = "gzip"
        packed = subprocess.run(["gzip", "-1c", program], check=True, capture_output=True).stdout
        program = tmp_path / "Image.gz"
        program.write_bytes(packed)
    kernel = uimage(tmp_path / "uImage", program, load, load, compression)
    with kernel.open("ab") as file:
        file.write(b"\xa5" * 70_001)
    boots(boot, {"kernel": kernel, "ramdisk": ramdisk}, "linux, a uImage", gic)


@pytest.mark.parametrize("gic, mib, memory_mib", [(2, 300, 1024), (3, 600, 2200)])
def test_a_large_ramdisk(boot, tmp_path, gic, mib, memory_mib):
    """The file that comes last is there. The second does not fit into the 512 MiB in which the images usually lie."""
    file = tmp_path / "ramdisk"
    init = INIT.replace(b"/bin/busybox poweroff", b"/bin/busybox cat /last\n/bin/busybox poweroff")
    file.write_bytes(initramfs.archive((PACKAGES / "busybox").read_bytes(), init,
                                       {"much": bytes(mib * launch.MIB), "last": b"the last of many MiB\n"}))
    machine = boot_kernel(boot, {"kernel": PACKAGES / "linux" / "Image", "ramdisk": file}, gic=gic,
                          memory_mib=memory_mib, bootargs="quiet")
    machine.wait_guest("guest", "the last of many MiB")
    assert machine.wait_end() == 0


@pytest.mark.parametrize("gic", [2, 3])
def test_installer(boot, gic):
    """Debian's installer, from its ramdisk of 40 MB, as far as its first words. (Its first question, the
    language, follows three times as late.)"""
    folder = PACKAGES / "installer"
    started = time.monotonic()
    machine = boot_kernel(boot, {"kernel": folder / "Image", "ramdisk": folder / "initrd.gz"},
                          gic=gic, memory_mib=640, bootargs="quiet DEBIAN_FRONTEND=text")
    machine.wait_guest("guest", "Starting system log daemon", timeout=150)
    record("installer", gic, "init runs from its ramdisk", started)
    console = "\n".join(machine.guest("guest"))
    assert not [trouble for trouble in TROUBLE if trouble in console]
