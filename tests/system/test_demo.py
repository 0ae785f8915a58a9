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


def rings(output: str, ringer: str, rung: str) -> int:
    """As the account at the end has them."""
    return int(re.search(rf'{ringer} rang {rung} in "demo" (\d+) times', output)[1])


def test_two_linux_kernels_talk():
    """A rings, B wakes and answers; nobody polls."""
    output = run_demo("linux")
    assert output.count("shm_talk: woken by the doorbell") == 4, "two exchanges, both sides"
    assert rings(output, "linux-a", "linux-b") > 0 and rings(output, "linux-b", "linux-a") > 0
    assert "B reads: Hello B, this is A." in output
    assert "A reads: Hello A, B reads you" in output
    assert "B tries to write it, and is refused: devmem ended with status 135" in output  # SIGBUS


def test_two_bare_metal_guests_talk():
    output = run_demo("baremetal")
    assert "demo baremetal: ok" in output
    for guest in "ab":
        assert re.search(rf"guest-{guest}\| pair: rang \d+ times, was rung [1-9]\d* times, did not poll", output)
    assert rings(output, "guest-a", "guest-b") > 0 and rings(output, "guest-b", "guest-a") > 0
    assert "guest-b vcpu0 may only read region notes (owner guest-a): store to 0x50010000" in output


def test_dom0_has_a_disk_and_talks_to_a_guest():
    """Over a region without doorbells: both look again and again."""
    output = run_demo("dom0")
    assert "woken by the doorbell" not in output
    assert "linux-b| demo: B reads: Hello B, this is A." in output
    assert "Dom0| demo: A reads: Hello A, B reads you" in output
    assert "Dom0| demo: the disk says: This is the disk of Dom0." in output
    assert re.search(r"Dom0\| demo: .* GICv3 +\d+ Level +virtio0", output), "the disk's own line of the machine"
    assert "Dom0 powered off: switching the machine off" in output


def test_a_guest_crashes_and_comes_back():
    output = run_demo("restart")
    assert output.count("guest-b crashed: restarting") == 2
    assert "guest-a| lasting: guest-b is running, start 3" in output
    assert "in 3 lives of the other side" in output
