# SPDX-License-Identifier: Apache-2.0
"""Debian's Linux 6.1 as a guest, alone on its machine, and as Dom0 with a disk: how long the same work takes on both
hypervisors (tests/guests/linux/peers-init.sh). Under -icount the kernel's own log says how many instructions;
without it stands what the emulator took of the computer's CPUs, which other programs disturb less than time."""
import pathlib
import re
import statistics
import tempfile
from collections.abc import Callable

import bench
import devices
import initramfs
import launch
import soak
from peers_systems import Peer, Said, watch
from systems import domain, system

FIRST_LINE, INIT = "Booting Linux on physical CPU", "peers: init"
STAMP = re.compile(r"\[ *(\d+\.\d+)\] peers: (\w+)(?: (begin|end))?\n")
FAILED = re.compile(r"peers: FAILED: .*")
TEXT, LINES = "peers-text-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-abc", (1 << 20) // 64
DISK_MIB, RAM_MIB = 128, 256
CPU = "cortex-a57"  # others have pointer authentication, which costs the emulator most of the time
WORDS = "console=ttyAMA0 earlycon=pl011,0x22000000 panic=-1"
TITLES = {
    "boot": "kernel's first line to init", "clock": "kernel's clock to init",
    "hackbench": "hackbench, 2 groups of 40, 50 loops", "syscalls": "400,000 system calls (dd bs=1)",
    "console": "1 MiB to the console",
    "disk_large": "1 GiB from a disk, 1 MiB at once", "disk_small": "32 MiB from a disk, 4 KiB at once",
}
GUEST_WORK = ("hackbench", "syscalls", "console")
DISK_WORK = ("disk_large", "disk_small")
Start = Callable[[Peer, pathlib.Path], dict[str, float]]


def ramdisk(target: pathlib.Path, drivers: bool) -> pathlib.Path:
    program = initramfs.PACKAGES / "arm64/usr/bin/hackbench"
    more = {"bin/hackbench": program.read_bytes()}
    more |= {f"lib/{name}": path.read_bytes() for name, path in soak.libraries(program).items()}
    if drivers:
        more |= {f"modules/{name}.ko": devices.LINUX.module(f"{folder}/{name}.ko")
                 for name, folder in devices.DRIVERS.items()}
    init = (launch.ROOT / "tests/guests/linux/peers-init.sh").read_bytes()
    target.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, more))
    return target


def marks_of(work: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """What stands on the console before each work and after it."""
    return {"boot": (FIRST_LINE, INIT)} | {name: (f"peers: {name} begin", f"peers: {name} end") for name in work}


def run(peer: Peer, machine: launch.Machine, tree: str, modules: dict[str, pathlib.Path],
        work: tuple[str, ...]) -> Said:
    marks = tuple(mark for pair in marks_of(work).values() for mark in pair)
    said = watch(peer, machine, tree, modules, end="peers: done", marks=marks, patience=280)
    failed = FAILED.search(said.text)
    if failed:
        raise bench.BenchError(f"{peer.name}: {failed[0]}")
    # Isthmus writes a line again as a whole that it has broken off.
    if "console" in work and said.text.count(TEXT) < LINES:
        raise bench.BenchError(f"{peer.name}: of {LINES} lines {said.text.count(TEXT)} reached the console")
    return said


def of_the_clock(said: Said) -> dict[str, float]:
    """Seconds of the kernel's clock."""
    begun, found = {}, {}
    for stamp, name, side in STAMP.findall(said.text):
        if name == "init":
            found["clock"] = float(stamp)
        elif side == "begin":
            begun[name] = float(stamp)
        elif side == "end":
            found[name] = float(stamp) - begun[name]
    return found


def of_the_emulator(said: Said, work: tuple[str, ...]) -> dict[str, float]:
    """Seconds of the computer's CPUs that QEMU took."""
    return {name: said.when[end] - said.when[begin] for name, (begin, end) in marks_of(work).items()
            if begin in said.when}


def guest(peer: Peer, folder: pathlib.Path, cpus: int, extra: tuple[str, ...], work: tuple[str, ...]) -> Said:
    modules = {"kernel": initramfs.LINUX_6_1.image(), "ramdisk": ramdisk(folder / "ramdisk", drivers=False)}
    node = domain("guest", memory_mib=RAM_MIB, cpus=cpus, ramdisk="ramdisk",
                  bootargs=f"{WORDS} peers.do={','.join(work)}")
    return run(peer, launch.Machine(cpus=cpus, cpu=CPU, extra=extra), system(node, chosen=peer.chosen()), modules, work)


def counted(peer: Peer, folder: pathlib.Path) -> dict[str, float]:
    """Thousand million instructions: one takes a nanosecond of the kernel's clock."""
    return of_the_clock(guest(peer, folder, 1, bench.ICOUNT, GUEST_WORK))


def one_cpu(peer: Peer, folder: pathlib.Path) -> dict[str, float]:
    return of_the_emulator(guest(peer, folder, 1, (), GUEST_WORK), GUEST_WORK)


def two_cpus(peer: Peer, folder: pathlib.Path) -> dict[str, float]:
    work = ("hackbench",)
    return of_the_emulator(guest(peer, folder, 2, (), work), work)


def as_dom0(peer: Peer, folder: pathlib.Path) -> dict[str, float]:
    """Its console is Xen's hypercall there, an emulated UART here."""
    modules = {"kernel": initramfs.LINUX_6_1.image(), "ramdisk": ramdisk(folder / "ramdisk", drivers=True)}
    image = devices.disk(folder / "disk.img", DISK_MIB)
    words = ",".join(name for name in devices.DRIVERS if "net" not in name and name != "failover")
    linux = devices.dom0(f"console=ttyAMA0 console=hvc0 quiet peers.modules={words} peers.do={','.join(DISK_WORK)}")
    tree = system(linux, chosen=peer.chosen(f"dom0_mem={RAM_MIB}M dom0_max_vcpus=1"))
    drive = ("-drive", f"if=none,file={image},format=raw,id=disk", "-device", "virtio-blk-device,drive=disk")
    machine = launch.Machine(cpus=1, cpu=CPU, extra=drive)
    return of_the_emulator(run(peer, machine, tree, modules, DISK_WORK), DISK_WORK)


def in_turn(start: Start, peers: tuple[Peer, ...], runs: int) -> dict[str, dict[str, list[float]]]:
    """By hypervisor and work: what each run took. They alternate, so that what else the computer does hits both."""
    found: dict[str, dict[str, list[float]]] = {peer.name: {} for peer in peers}
    for number in range(runs):
        for peer in peers if number % 2 == 0 else peers[::-1]:
            with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
                for work, taken in start(peer, pathlib.Path(name)).items():
                    found[peer.name].setdefault(work, []).append(taken)
    return found


def medians(found: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    return {name: {work: statistics.median(taken) for work, taken in works.items()} for name, works in found.items()}
