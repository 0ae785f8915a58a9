# SPDX-License-Identifier: Apache-2.0
"""Guests that are not Linux: a program that starts as Zephyr does, as it is and wrapped by `isthmus make`, and
Debian's U-Boot by the recipe of docs/other-guests.md."""
import re
import subprocess

import pytest

from isthmus_qemu import ROOT, Isthmus, demo, launch
from systems import domain, system

PAGE = ROOT / "docs" / "other-guests.md"
STEPS = ["ticks ok", "SGI ok", "a line by a PL011", "a line by interrupts of it", "UART ok", "ok"]


def started_well(machine, name, gic):
    assert machine.wait_end() == 0
    said = machine.guest(name)
    assert re.fullmatch(rf"xenvm: EL1 of \d, not the highest, GICv{gic}, timer at \d+ Hz", said[0]), said
    assert said[1:] == [f"xenvm: {step}" for step in STEPS]
    (summary,) = [line for line in machine.lines() if re.match(rf"isthmus\|   {name} .*exits: ", line)]
    assert "violations: 0" in summary and "lost 0" in summary
    assert int(re.search(r"\(taken (\d+)", summary)[1]) >= 10 + 1 + 5  # ticks, SGI, UART


@pytest.mark.parametrize("cpu", ["cortex-a72", "max"])
@pytest.mark.parametrize("gic", [2, 3])
def test_zephyr_steps(boot, gic, cpu):
    """An Image of 16 MiB, as its board has it."""
    machine = boot(system(domain("zephyr", "kernel", memory_mib=16)), {"kernel": f"xenvm-gicv{gic}"}, gic=gic, cpu=cpu)
    started_well(machine, "zephyr", gic)


class Made:
    """What make made of a configuration, in QEMU."""

    def __init__(self, config):
        self.config = config

    def command(self, folder):
        return demo.made(self.config, folder / "made")


PROGRAMS = {
    "ELF": f'kernel = "{launch.build_folder()}/guests/xenvm-elsewhere.elf"',
    "raw": f'kernel = "{launch.build_folder()}/guests/xenvm-elsewhere.raw"\nload = 0x4123_4000',
    # Its Image header is not asked: it is entered behind it.
    "entry": f'kernel = "{launch.guest("xenvm-gicv3")}"\nload = 0x4000_0000\nentry = 0x4000_1000',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_wrapped_by_make(tmp_path, name):
    """Linked to an address, without a header, and .bss behind it."""
    config = tmp_path / "system.toml"
    config.write_text(f"""
[base]
board = "{ROOT}/boards/qemu-virt"
[isthmus]
image = "{launch.image()}"
args = "on-last-off=poweroff"
[[domain]]
name = "program"
{PROGRAMS[name]}
memory = "32 MiB"
""")
    machine = Isthmus(Made(config), tmp_path)
    try:
        started_well(machine, "program", 3)
    finally:
        print(machine.text()[-3000:])
        machine.close()


def block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)[1]


class UBootGuest:
    """The page's commands but the last, which is what is run."""

    def command(self, folder):
        (folder / "build").symlink_to(ROOT / "build")
        (folder / "boards").symlink_to(ROOT / "boards")
        (folder / "uboot.toml").write_text(block("toml").replace("build/arm64", str(launch.build_folder())))
        *commands, last = block("sh").splitlines()
        assert last == "uboot/qemu.sh"
        subprocess.run(["sh", "-e"], input="\n".join(commands), text=True, cwd=folder, check=True, capture_output=True)
        return [str(folder / last)]


def test_uboot(tmp_path):
    """It starts, finds its RAM, talks and listens by the UART, counts time, and ends by PSCI."""
    machine = Isthmus(UBootGuest(), tmp_path)
    try:
        machine.wait_guest("uboot", "DRAM:  128 MiB")
        machine.wait("Hit any key to stop autoboot")
        machine.type("\r")
        machine.wait("=> ")
        machine.type("fdt addr 40000000 && fdt print /psci method; sleep 1; echo later\r")
        machine.wait(r'\| method = "hvc"')
        machine.wait(r"\| later\s+uboot\| => ")  # what is typed while it sleeps is lost
        machine.type("poweroff\r")
        assert machine.wait_end() == 0
        said = "\n".join(machine.guest("uboot"))
        assert re.search(r"U-Boot 20\d\d\.\d\d", said) and "bad CRC, using default environment" in said
        assert not re.search("Synchronous Abort|nothing there", machine.text())
    finally:
        print(machine.text()[-3000:])
        machine.close()
