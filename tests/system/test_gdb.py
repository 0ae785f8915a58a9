# SPDX-License-Identifier: Apache-2.0
"""gdb.sh of `isthmus make`: symbols of Isthmus and of guests, and a stop in one of two guests that run the same program."""
import re
import subprocess

import pytest

from isthmus_qemu import ROOT, demo, launch

SYSTEM = """
[base]
board = "qemu-virt"
cpus = 2
[isthmus]
args = "on-last-off=poweroff"
[[domain]]
name = "first"
kernel = "{guests}/hello.bin"
memory = "16 MiB"
[[domain]]
name = "second,one"
kernel = "{guests}/hello.bin"
memory = "16 MiB"
"""


@pytest.mark.parametrize("command, vmid", [("stop-in-first", 1), ("stop-in-second-one", 2)])
def test_it_stops_in_one_guest(tmp_path, command, vmid):
    (tmp_path / "two.toml").write_text(SYSTEM.format(guests=ROOT / "build/arm64/guests"))
    demo.made(tmp_path / "two.toml", tmp_path / "out")
    port = launch.free_port()
    with open(tmp_path / "console", "wb") as console:
        machine = subprocess.Popen([tmp_path / "out/qemu.sh", "-gdb", f"tcp:127.0.0.1:{port}", "-S"],
                                   stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
    try:
        words = ["info address isthmus::core::boot", f"{command} isthmus::guest::guest_main", "continue",
                 "printf \"stopped in %d at EL%d\\n\", $VTTBR_EL2 >> 48, ($cpsr >> 2) & 3", "backtrace 1",
                 "delete", "continue"]
        done = subprocess.run([tmp_path / "out/gdb.sh", "-batch", *(word for each in words for word in ("-ex", each))],
                              env={"GDB_TARGET": f"127.0.0.1:{port}", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        shown = done.stdout + done.stderr
        assert 'Symbol "isthmus::core::boot' in shown, shown
        assert f"stopped in {vmid} at EL1" in shown, shown
        assert re.search(r"#0 .*guest_main", shown), shown
        assert machine.wait(60) == 0
    finally:
        machine.kill()
        machine.wait()
    assert (tmp_path / "console").read_text(errors="replace").count("hello: ok") == 2
