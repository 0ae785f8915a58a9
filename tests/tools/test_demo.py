# SPDX-License-Identifier: Apache-2.0
"""./run demo's manners, with a program in QEMU's place: keys that end it, and who reads only its first lines."""
import os
import pty
import signal
import subprocess
import sys
import threading
import time

import pytest

from conftest import ROOT

DEMO = ROOT / "tools" / "demo" / "demo.py"
# demo.py with a machine of its own, so that nothing is fetched or made.
HARNESS = f"""
import pathlib, sys
sys.path.insert(0, {str(DEMO.parent)!r})
import demo
machine = pathlib.Path(sys.argv.pop(1))
demo.prepared = lambda *_: [str(machine)]
sys.exit(demo.run())
"""


@pytest.fixture
def start(tmp_path):
    """start(script, name, **options): the demo of this name, whose machine is this script."""
    processes = []

    def begin(script, name, **options):
        machine = tmp_path / "machine"
        machine.write_text(f"#!/bin/sh\n{script}\n")
        machine.chmod(0o755)
        processes.append(subprocess.Popen([sys.executable, "-c", HARNESS, machine, name], stderr=subprocess.PIPE,
                                          **options))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.wait()


def test_ctrl_c_ends_without_a_traceback(start):
    process = start("echo ready; exec sleep 60", "baremetal", stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    while b"ready" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130 and process.stderr.read() == b""


def test_head_ends_without_a_traceback(start):
    process = start("while echo line; do :; done", "baremetal", stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 141 and process.stderr.read() == b""


def test_the_last_line_of_the_screen_names_the_key_that_ends_it(start):
    terminal, other = pty.openpty()
    process = start("stty -echo; echo ready; exec sleep 60", "shell", stdin=other, stdout=other)
    os.close(other)
    shown = b""

    def read():
        nonlocal shown
        try:
            while data := os.read(terminal, 4096):
                shown += data
        except OSError:
            pass  # the other side is closed

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while b"ready" not in shown and time.monotonic() < deadline:
        time.sleep(0.05)
    assert b"\x1b[1;23r" in shown, "all lines but the last one scroll"
    assert shown.index(b"\x1b[24;1H") < shown.index(b"Ctrl-] ends the demo") < shown.index(b"ready")
    os.write(terminal, b"\x1d")
    assert process.wait(20) == 0
    thread.join(5)
    assert b"\x1b[r" in shown, "the terminal is as it was"


def test_a_board_that_qemu_does_not_have_is_told_before_anything_is_built():
    told = subprocess.run([sys.executable, DEMO, "baremetal", "--board", "rpi-4-b", "--only-check"], capture_output=True, text=True)
    assert told.returncode == 64 and told.stdout == ""
    assert told.stderr.startswith("demo: QEMU does not have board rpi-4-b: ") and "Traceback" not in told.stderr
