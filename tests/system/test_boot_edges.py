# SPDX-License-Identifier: Apache-2.0
"""Where Isthmus is loaded, what lay in RAM before, CPUs that are not there, and its own end."""
import subprocess
import sys

import pytest

import console
from boot_anywhere import AnywhereLaunch
from isthmus_qemu import ROOT, Isthmus, launch
from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000
HELLO = {"hello": "hello"}


@pytest.mark.parametrize("address", [0x4040_0000, 0x4560_0000, 0x7f00_0000])
def test_loaded_anywhere(tmp_path, address):
    tree = system(domain("guest-a", "hello"), domain("guest-b", "hello"),
                  chosen='xen,xen-bootargs = "on-last-off=poweroff";')
    boot = AnywhereLaunch(launch.Machine(cpus=2), tree, {"hello": launch.guest("hello")})
    boot.address = address
    machine = Isthmus(boot, tmp_path)
    try:
        assert machine.wait_end() == 0
        assert any(f"image {address:#x}-" in line for line in machine.lines())
        assert machine.guest("guest-a")[-1] == "hello: ok"
        assert machine.guest("guest-b")[-1] == "hello: ok"
    finally:
        machine.close()


def test_guests_find_no_left_overs(boot, tmp_path):
    """RAM is full of somebody else's bytes where the guest and the region will be."""
    tree = system(domain("guest-a", "zero", bootargs="id=demo",
                         regions=[region("demo", HOST, GUEST, SIZE)]))
    junk = tmp_path / "junk"
    junk.write_bytes(b"\xa5" * (64 << 20))
    places = [0x7c00_0000, 0x7000_0000 - (32 << 20)]  # guest RAM, by the plan; around the region
    extra = tuple(word for place in places
                  for word in ("-device", f"loader,file={junk},addr={place:#x},force-raw=on"))
    machine = boot(tree, {"zero": "zero"}, cpus=1, extra=extra)
    assert machine.wait_end() == 0
    assert any("0x7c000000" in line and "guest-a" in line for line in machine.lines())
    said = machine.guest("guest-a")
    assert "zero: RAM 0x40000000-0x44000000 ok" in said, said
    assert f"zero: region {GUEST:#x}-{GUEST + SIZE:#x} ok" in said, said


def test_a_cpu_that_does_not_start_is_named(boot):
    tree = system(domain("guest-a", "hello"), root="""
        cpus { cpu@700 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <0x700>;
                         enable-method = "psci"; }; };""")
    machine = boot(tree, HELLO, cpus=2)
    assert machine.wait_end() == 0
    assert any("/cpus/cpu@700" in line and "does not start" in line for line in machine.lines())
    assert machine.guest("guest-a")[-1] == "hello: ok"


def test_a_planned_cpu_that_does_not_start_stops_the_boot(boot):
    tree = system(domain("guest-a", "hello"), domain("guest-b", "hello"), root="""
        cpus { cpu@700 { device_type = "cpu"; compatible = "arm,cortex-a57"; reg = <0x700>;
                         enable-method = "psci"; }; };""")
    machine = boot(tree, HELLO, cpus=1)
    machine.wait("nothing is started: a CPU that the plan needs did not come up")
    machine.settle()
    assert not machine.guest("guest-a") and not machine.guest("guest-b")


def test_reset_when_the_last_guest_is_off(boot):
    machine = boot(system(domain("guest-a", "hello")), HELLO, cpus=1, args="on-last-off=reset")
    assert machine.wait_end() == 0  # -no-reboot: QEMU ends where the machine would start again
    assert any("resetting the machine" in line for line in machine.lines())


def test_a_fault_inside_isthmus_is_told(boot, tmp_path):
    """A debugger sends Isthmus astray in the middle of its boot."""
    port = launch.free_port()
    machine = boot(system(domain("guest-a", "hello")), HELLO, cpus=2,
                   extra=("-S", "-gdb", f"tcp:127.0.0.1:{port}"))
    elf = launch.image().with_suffix(".elf")
    subprocess.run(["gdb-multiarch", "-q", "-batch", "-ex", f"target remote 127.0.0.1:{port}",
                    "-ex", "hbreak isthmus_enter_guest", "-ex", "continue",
                    "-ex", "set $x21 = 0x1234567890", "-ex", "set $pc = 0xdead0000",
                    "-ex", "detach", str(elf)], check=True, capture_output=True, timeout=60)
    machine.wait("all CPUs stopped")
    text = "\n".join(machine.lines())
    assert "panic: instruction abort in Isthmus on CPU 0" in text
    assert "pc 0xdead0000, syndrome 0x" in text and "translation fault" in text
    assert "0x1234567890" in text
    assert not machine.guest("guest-a")
    log = tmp_path / "console.log"
    log.write_text(text)
    told = subprocess.run([sys.executable, ROOT / "tools" / "backtrace.py", "--elf", elf, log],
                          check=True, capture_output=True, text=True).stdout
    assert "core/boot/boot.cpp" in told
    assert console.findings(machine.lines()) == []
