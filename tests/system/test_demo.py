# SPDX-License-Identifier: Apache-2.0
"""The demos, exactly as ./run demo starts them: their exit status is the verdict."""
import re
import subprocess

from isthmus_qemu import demo

DEMO = demo.HERE / "demo.py"


def run_demo(*arguments: str) -> str:
    done = subprocess.run(["/usr/bin/python3", DEMO, *arguments, "--timeout", "150"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_two_linux_kernels_talk():
    output = run_demo("linux")
    assert "B reads: Hello B, this is A." in output
    assert "A reads: Hello A, B reads you" in output
    assert "B tries to write it, and is refused: devmem ended with status 135" in output  # SIGBUS


def test_two_bare_metal_guests_talk():
    output = run_demo("baremetal")
    assert "demo baremetal: ok" in output
    assert "guest-b vcpu0 may only read region notes (owner guest-a): store to 0x50010000" in output


def test_dom0_has_a_disk_and_talks_to_a_guest():
    output = run_demo("dom0")
    assert "linux-b| demo: B reads: Hello B, this is A." in output
    assert "Dom0| demo: A reads: Hello A, B reads you" in output
    assert "Dom0| demo: the disk says: This is the disk of Dom0." in output
    assert re.search(r"Dom0\| demo: .* GICv3 +\d+ Level +virtio0", output), "the disk's own line of the machine"
    assert "Dom0 powered off: switching the machine off" in output
