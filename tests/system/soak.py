#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two Linux guests under stress-ng that exchange messages, and what must hold at their end.

soak.py [MINUTES]      all systems in turn, MINUTES of load in all (default 10); ./run soak calls it

What "lost" means here: a message, an interrupt, or a guest. Messages are numbered and carry a
checksum; none may be missing. Of the interrupts that Isthmus put into list registers each was taken,
withdrawn or still pending, and those taken are those that the kernel counted, save the ticks of its
last moments on one CPU. Both guests reach their end, and their kernels have not complained.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "machine"), str(ROOT / "tools" / "demo")]

import console  # noqa: E402
import demo  # noqa: E402
import initramfs  # noqa: E402
import launch  # noqa: E402
from systems import domain, region, system  # noqa: E402

GUESTS = ("linux-a", "linux-b")
HOST, GUEST, SIZE = 0x7000_0000, 0x6000_0000, 0x1_0000
# After it has told its count the kernel takes on its one CPU that is left: a tick every 4 ms (Debian's CONFIG_HZ)
# for as long as it says it took, and at most these, of timers that were due and of its UART.
HZ = 250
UNCOUNTED = 20
COUNTED = re.compile(r"^\[ *([\d.]+)\] soak: interrupts counted: (\d+)")
ENDED = re.compile(r"^\[ *([\d.]+)\] reboot: ")
# A vCPU that an emulator keeps waiting for half a minute is not stuck, and its kernel is not to say so. One that is
# stuck stays so, and then it says it or does not end.
PATIENT = "rcupdate.rcu_cpu_stall_timeout=240 watchdog_thresh=60"
COUNTS = re.compile(r"(linux-[ab]) .*interrupts injected: (\d+) \(taken (\d+), withdrawn (\d+), "
                    r"pending (\d+), lost (-?\d+)\); violations: (\d+)")


@dataclass(frozen=True)
class Soak:
    scheduler: str
    cpus: int  # of the machine
    vcpus: int  # of each guest
    gic: int = 3

    def __str__(self) -> str:
        return f"{self.scheduler}-gicv{self.gic}-{self.cpus}cpus-2x{self.vcpus}vcpus"

    def machine(self) -> launch.Machine:
        return launch.Machine(cpus=self.cpus, gic=self.gic)

    def arguments(self) -> str:
        return f"sched={self.scheduler} on-last-off=poweroff"

    def tree(self, **keys: object) -> str:
        """`keys` as tests/guests/linux/soak-init.sh has them."""
        words = " ".join(f"soak.{key}={value}" for key, value in keys.items())
        return system(*(guest(f"linux-{role}", self.vcpus, f"soak.role={role} {words}")
                        for role in "ab"))


REGION = region("soak", HOST, GUEST, SIZE)


def guest(name: str, vcpus: int, words: str, regions: tuple[str, ...] = (REGION,)) -> str:
    return domain(name, "kernel", memory_mib=192, cpus=vcpus, ramdisk="ramdisk",
                  regions=regions,
                  bootargs=f"console=ttyAMA0 quiet {PATIENT} {words}")


def hotplug_pair(messages: int, rounds: int) -> str:
    """Two guests of two vCPUs that exchange messages; linux-a's second CPU goes off and on meanwhile."""
    words = f"soak.messages={messages}"
    return system(guest("linux-a", 2, f"soak.role=a {words} soak.hotplug={rounds}"),
                  guest("linux-b", 2, f"soak.role=b {words}"))


SOAKS = [Soak("null", 4, 2, gic=3), Soak("null", 4, 2, gic=2),
         Soak("rr", 2, 3, gic=3), Soak("rr", 2, 3, gic=2)]


def libraries(program: pathlib.Path) -> dict[str, pathlib.Path]:
    """The shared libraries that a program of build/packages needs, and those that these need."""
    root = initramfs.PACKAGES / "arm64"
    found: dict[str, pathlib.Path] = {}
    todo = [program]
    while todo:
        text = subprocess.run(["aarch64-linux-gnu-readelf", "-d", todo.pop()], check=True,
                              capture_output=True, text=True).stdout
        for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text):
            if name not in found:
                places = (root / "lib/aarch64-linux-gnu", root / "usr/lib/aarch64-linux-gnu")
                found[name] = next(place / name for place in places if (place / name).exists())
                todo.append(found[name])
    return found


def ramdisk(target: pathlib.Path, load: bool = True) -> pathlib.Path:
    """`load`: with stress-ng and its libraries, 20 MB."""
    messages = launch.build_folder() / "guests/linux/shm_messages"
    more = {"bin/shm_messages": messages.read_bytes()}
    if load:
        program = initramfs.PACKAGES / "arm64/usr/bin/stress-ng"
        more["bin/stress-ng"] = program.read_bytes()
        more |= {f"lib/{name}": path.read_bytes() for name, path in libraries(program).items()}
    init = (ROOT / "tests/guests/linux/soak-init.sh").read_bytes()
    target.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, more))
    return target


def modules(folder: pathlib.Path, load: bool = True) -> dict[str, pathlib.Path]:
    return {"kernel": initramfs.LINUX_6_1.image(),
            "ramdisk": ramdisk(folder / "ramdisk.cpio", load)}


def lines_until_the_end(boot, tree: str, folder: pathlib.Path, *, load: bool = False, cpus: int,
                        scheduler: str) -> list[str]:
    """For tests, with their fixture `boot`: the console of a machine that went off by itself."""
    machine = boot(tree, modules(folder, load), cpus=cpus, args=f"sched={scheduler} on-last-off=poweroff")
    assert machine.wait_end(timeout=600) == 0
    return machine.lines()


def counts(lines: list[str]) -> dict[str, tuple[int, ...]]:
    """By guest: injected, taken, withdrawn, pending, lost, violations."""
    found = (COUNTS.search(line) for line in lines)
    return {match[1]: tuple(map(int, match.groups()[1:])) for match in found if match}


def kernels_count(said: list[str]) -> tuple[int | None, int]:
    """What a guest's kernel counted, and what it may have taken after that."""
    counted = next(filter(None, map(COUNTED.search, said)), None)
    ended = next(filter(None, map(ENDED.search, said)), None)
    if not counted or not ended:
        return None, 0
    return int(counted[2]), UNCOUNTED + int(HZ * (float(ended[1]) - float(counted[1])))


def complaints(lines: list[str], guests: tuple[str, ...] = GUESTS) -> list[str]:
    """What does not hold; `lines` are those of the whole console."""
    wrong = []
    totals = counts(lines)
    for name in guests:
        said = console.guest_texts(lines, name)
        if "soak: ok" not in said:
            failed = [line for line in said if "FAILED" in line]
            wrong.append(f"{name}: {failed or said[-3:]}")
        if name not in totals:
            wrong.append(f"{name}: no counts in the summary")
            continue
        injected, taken, withdrawn, pending, lost, violations = totals[name]
        if lost != 0 or injected != taken + withdrawn + pending or violations != 0:
            wrong.append(f"{name}: {totals[name]}")
        counted, most = kernels_count(said)
        if counted is None or not 0 <= taken - counted <= most:
            wrong.append(f"{name}: {taken} interrupts were taken, its kernel counted {counted} and took "
                         f"up to {most} after that")
    return wrong


def run(soak: Soak, seconds: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="isthmus-") as name:
        folder = pathlib.Path(name)
        tree = soak.tree(seconds=seconds, messages=100 * seconds)
        command = launch.Launch(soak.machine(), tree, modules(folder), soak.arguments()).command(folder)
        lines, ended = demo.watch(command, 300 + 4 * seconds)
    return complaints(lines) + ([] if ended else ["the machine was not switched off in time"])


def main() -> int:
    seconds = int(60 * float(sys.argv[1] if len(sys.argv) > 1 else 10) / len(SOAKS))
    failed = 0
    for soak in SOAKS:
        print(f"soak {soak}: {seconds} s of load", flush=True)
        started = time.monotonic()
        wrong = run(soak, seconds)
        failed += bool(wrong)
        print(f"soak {soak}: {'FAILED: ' + '; '.join(wrong) if wrong else 'ok'} "
              f"({time.monotonic() - started:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
