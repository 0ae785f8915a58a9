#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""stall.py COMMAND...: runs a test while every QEMU of this user stands still now and again, for 5 to 200 ms, as on
a machine with too much to do. What then fails depends on how fast the machine is. The command's exit status.

    tests/machine/stall.py ctest --test-dir build/system -L '^system$' -j 2 --output-on-failure
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

STILL = (0.005, 0.03, 0.03, 0.06, 0.2)  # seconds
RUNNING = (0.02, 0.2)  # from, to


def machines() -> list[int]:
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            is_qemu = folder.name.isdigit() and "qemu-system" in (folder / "cmdline").read_text().split("\0")[0]
            if is_qemu and folder.stat().st_uid == os.getuid():
                found.append(int(folder.name))
        except OSError:
            pass  # it has ended meanwhile
    return found


def send(processes: list[int], what: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, what)
        except ProcessLookupError:
            pass


def stall(ended: threading.Event) -> None:
    while not ended.wait(random.uniform(*RUNNING)):
        stopped = machines()
        send(stopped, signal.SIGSTOP)
        time.sleep(random.choice(STILL))
        send(stopped, signal.SIGCONT)


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    ended = threading.Event()
    thread = threading.Thread(target=stall, args=(ended,))
    thread.start()
    try:
        return subprocess.run(sys.argv[1:], check=False).returncode
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
