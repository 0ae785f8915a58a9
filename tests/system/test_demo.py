# SPDX-License-Identifier: Apache-2.0
"""The demos, exactly as ./run demo starts them: their exit status is the verdict."""
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
