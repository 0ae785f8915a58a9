# SPDX-License-Identifier: Apache-2.0
"""What a CPU needs against speculation is done at each exit, and offered to guests: with a firmware at EL3 that
counts how often it is asked (tests/firmware), and on CPUs that see to it themselves."""
import re
import subprocess

import pytest

import initramfs
from isthmus_qemu import ROOT, launch
from systems import domain, system

PACKAGES = ROOT / "build" / "packages"
IMAGE_ADDRESS = 0x4040_0000  # where the firmware starts it


def with_firmware(boot, name: str, *domains: str, modules: dict, cpus: int = 1, cpu: str = "cortex-a57", args: str = ""):
    """A machine whose firmware is build/arm64/firmware/NAME.bin, which QEMU's tree does not know of."""
    firmware = launch.build_folder() / "firmware" / f"{name}.bin"
    nodes = "".join(f'cpu@{index} {{ enable-method = "psci"; }};' for index in range(cpus))
    tree = system(*domains, root=f"""psci {{ compatible = "arm,psci-1.0"; method = "smc"; }};
                                     cpus {{ {nodes} }};""")
    return boot(tree, modules, cpus=cpus, cpu=cpu, args=f"on-last-off=poweroff {args}", extra=(
        "-machine", "secure=on", "-bios", str(firmware), "-semihosting",
        "-device", f"loader,file={launch.image()},addr={IMAGE_ADDRESS:#x},force-raw=on"))


def calls_of_firmware(machine) -> list[int]:
    """How often WORKAROUND_1, _2 and _3 were called, on all CPUs."""
    found = re.search(r"workarounds 1, 2, 3 were called: (\w{16}) (\w{16}) (\w{16})", machine.text())
    assert found, "the firmware did not say"
    return [int(number, 16) for number in found.groups()]


def exits(machine) -> int:
    """Of all guests, as the summary has them."""
    return sum(int(number) for number in re.findall(r"exits: (\d+) \(", machine.text()))


def guarded(machine) -> str:
    return next(line for line in machine.lines() if "speculation on CPU" in line)


@pytest.mark.parametrize("recorder", ["off", "on"])
def test_each_exit_goes_through_the_firmware(boot, recorder):
    """Two guests, two CPUs: as many calls as there were exits, not one less and not one more. A flight recorder has
    vectors of its own."""
    machine = with_firmware(boot, "el3", domain("guest-a", "calls"), domain("guest-b", "calls"),
                            modules={"calls": "calls"}, cpus=2, args=f"flight-recorder={recorder}")
    assert machine.wait_end() == 0
    for name in ("guest-a", "guest-b"):
        assert machine.guest(name)[:3] == [
            "calls: workaround 1: features 0, hvc 0, smc 0", "calls: workaround 2: features -2, hvc 0, smc 0",
            "calls: workaround 3: features 0, hvc 0, smc 0"]
    one, two, three = calls_of_firmware(machine)
    assert (one, two) == (0, 2), "WORKAROUND_3 does the work of the first; the second is for once on each CPU"
    assert exits(machine) > 2000
    assert three == exits(machine)
    assert "CPU 0-1, MIDR 0x411fd070: branch targets (v2): the firmware at each exit; branch history (BHB): the " \
        "firmware at each exit; store bypass (v4): off by the firmware" in guarded(machine)


def test_a_firmware_with_the_first_alone(boot):
    machine = with_firmware(boot, "el3-first", domain("guest-a", "calls"), modules={"calls": "calls"})
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[:3] == [
        "calls: workaround 1: features 0, hvc 0, smc 0", "calls: workaround 2: features -1, hvc -1, smc -1",
        "calls: workaround 3: features 0, hvc 0, smc 0"]
    assert calls_of_firmware(machine) == [exits(machine), 0, 0]
    assert "branch history (BHB): branches at each exit" in guarded(machine)


def test_one_that_offers_nothing_is_not_called(boot):
    machine = with_firmware(boot, "el3-silent", domain("guest-a", "calls"), modules={"calls": "calls"})
    assert machine.wait_end() == 0
    assert calls_of_firmware(machine) == [0, 0, 0]
    assert all("features -1, hvc -1, smc -1" in line for line in machine.guest("guest-a")[:3])
    assert "vulnerable, the firmware offers no ARCH_WORKAROUND_1" in guarded(machine)


def test_exceptions_of_our_own_go_the_same_way_whatever_guards_the_guests():
    """The first eight slots of each table. An SError that is let in on purpose (the last of them) is no fault."""
    elf = launch.build_folder() / "isthmus.elf"
    names = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, capture_output=True, text=True).stdout
    tables = {name: int(address, 16) for address, name in re.findall(r"^(\w+) \w (isthmus_vectors\w*)$", names, re.M)}
    assert len(tables) >= 4, tables
    ways = {}
    for name, start in tables.items():
        slots = range(start, start + 8 * 0x80, 0x80)
        text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", f"--start-address={start}",
                               f"--stop-address={start + 8 * 0x80}", elf], check=True, capture_output=True, text=True).stdout
        ways[name] = [re.search(rf"^ *{slot:x}:.*\tb\t\w+ <(\w+)>", text, re.M)[1] for slot in slots]
    assert set(map(tuple, ways.values())) == {("el2_exception",) * 7 + ("el2_serror",)}, ways


def ticks_of_a_call(boot, cpu: str) -> int:
    """Instructions of a hypercall, there and back."""
    machine = boot(system(domain("guest-a", "calls")), {"calls": "calls"}, cpus=1, cpu=cpu,
                   extra=("-icount", "shift=4,sleep=off"))
    assert machine.wait_end() == 0
    return int(re.search(r"calls: (\d+) ticks each", machine.text())[1])


def test_branches_are_taken_where_the_cpu_needs_them(boot):
    """Three instructions a branch, and some around it; where nothing is needed, not one."""
    nothing = ticks_of_a_call(boot, "cortex-a53")
    assert ticks_of_a_call(boot, "cortex-a57") == nothing, "branch targets are open: history guards nothing"
    assert 24 * 3 <= ticks_of_a_call(boot, "neoverse-n1") - nothing < 24 * 3 + 12


def test_guests_that_share_a_cpu_behind_the_firmware(boot):
    """Registers and interrupts come through the longer way in."""
    machine = with_firmware(boot, "el3", domain("guest-a", "gictest", cpus=2),
                            domain("guest-b", "switched", bootargs="seed=7 at=3"),
                            domain("guest-c", "switched", bootargs="seed=9 at=3"),
                            modules={"gictest": "gictest", "switched": "switched"}, args="sched=rr sched-slice=1")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1] == "gictest: all ok", machine.guest("guest-a")
    for name in ("guest-b", "guest-c"):
        assert machine.guest(name)[-1].startswith("switched: ok"), machine.guest(name)


@pytest.mark.parametrize("cpu, wanted", [
    ("cortex-a53", "branch targets (v2): not affected; branch history (BHB): not affected; store bypass (v4): "
                   "not affected"),
    ("neoverse-n1", "branch targets (v2): not affected; branch history (BHB): branches at each exit; store bypass "
                    "(v4): SSBS"),
    ("max", "branch targets (v2): not affected; branch history (BHB): no")])
def test_what_the_cpu_says_of_itself(boot, cpu, wanted):
    tree = system(domain("guest-a", "switched", bootargs="seed=7 at=3"),
                  domain("guest-b", "gictest", cpus=2))
    machine = boot(tree, {"switched": "switched", "gictest": "gictest"}, cpus=1, cpu=cpu,
                   args="sched=rr sched-slice=1 on-last-off=poweroff")
    assert machine.wait_end() == 0
    assert machine.guest("guest-a")[-1].startswith("switched: ok"), machine.guest("guest-a")
    assert machine.guest("guest-b")[-1] == "gictest: all ok", machine.guest("guest-b")
    assert wanted in guarded(machine)


INIT = b"""#!/bin/busybox sh
/bin/busybox mkdir -p /sys
/bin/busybox mount -t sysfs sysfs /sys
cd /sys/devices/system/cpu/vulnerabilities
for name in spectre_v2 spec_store_bypass meltdown; do echo "$name: $(/bin/busybox cat $name)"; done
/bin/busybox poweroff -f
"""


def test_linux_says_that_it_is_mitigated(boot, tmp_path):
    """Debian's kernel on a Cortex-A57 asks for the workarounds as on the machine itself, and uses them."""
    ramdisk = tmp_path / "initramfs.cpio"
    ramdisk.write_bytes(initramfs.archive((PACKAGES / "busybox").read_bytes(), INIT, {}))
    guest = domain("guest", memory_mib=256, ramdisk="ramdisk", bootargs="console=ttyAMA0 quiet")
    machine = with_firmware(boot, "el3", guest,
                            modules={"kernel": PACKAGES / "linux" / "Image", "ramdisk": ramdisk})
    assert machine.wait_end(timeout=180) == 0
    said = "\n".join(machine.guest("guest"))
    assert "spectre_v2: Mitigation: " in said and "Vulnerable" not in said, said
