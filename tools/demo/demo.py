#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a system of two guests that share regions, boots it, and judges what the guests said.

demo.py linux       two unmodified Debian kernels exchange a message: A rings, B wakes and answers, nobody
                    polls; and one of them tries to write where it may only read (the default)
demo.py baremetal   two small guests of our own do the same
demo.py dom0        a Linux that has the machine's devices, and mounts a disk; beside it one without
demo.py restart     a guest crashes, its peer sees it, it comes back, and the talk goes on
demo.py shell       two Linux shells; Ctrl-a three times moves the input, Ctrl-] ends QEMU
demo.py shell-6.12  the same with Linux 6.12
demo.py shell-three the same, and a bare-metal guest in the same region
demo.py shell-read-only  the same, with a region that one of them may only read

`isthmus make` makes the boot tree and QEMU's command from a *.toml file beside this one.
Exit status of the first four: 0 when both guests reported success, Isthmus has said what each shows (a store
that is refused, a restart) and summed up, else 1.
"""
import argparse
import contextlib
import difflib
import os
import pathlib
import queue
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass, field

import console
import initramfs

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BOARDS = ROOT / "boards"
HOST_PROGRAM = ROOT / "build" / "host" / "isthmus"
BANNER = r"""
   guest A  ==( isthmus )==  guest B        {what}
"""
QUIT_KEY = b"\x1d"  # Ctrl-]


@dataclass(frozen=True)
class Demo:
    shows: str
    config: str
    prepare: Callable[[], object] = lambda: None  # makes the files that the configuration names
    success: dict[str, str] = field(default_factory=dict)  # the line with which each guest ends
    said: str = ""  # by Isthmus or a guest, as a regular expression: what the demo is to show
    times: int = 1  # how many of such lines there are to be
    interactive: bool = False


SHELLS = "two Linux shells: Ctrl-a three times moves the input, Ctrl-] ends"
DEMOS = {
    "linux": Demo("two unmodified Debian kernels, two regions", "linux-pair.toml", initramfs.prepare,
                  {"linux-a": "demo: ok", "linux-b": "demo: ok"},
                  r"linux-b \S+ may only read region notes \(owner linux-a\)"),
    "baremetal": Demo("two bare-metal guests, two regions", "pair.toml",
                      success={"guest-a": "pair: ok", "guest-b": "pair: ok"},
                      said=r"guest-b \S+ may only read region notes \(owner guest-a\)"),
    "dom0": Demo("a Debian kernel with the machine's devices, and one without", "dom0.toml",
                 initramfs.prepare_dom0, {"Dom0": "demo: ok", "linux-b": "demo: ok"}),
    "restart": Demo("a guest crashes, its peer sees it, it comes back", "restart.toml",
                    success={"guest-a": "lasting: ok", "guest-b": "lasting: ok"},
                    said=r"guest-b is back: start \d+, .* references as planned", times=2),
    "shell": Demo(SHELLS, "linux-shell.toml", initramfs.prepare, interactive=True),
    "shell-three": Demo("two Linux shells and a bare-metal guest, one region for all three",
                        "linux-shell-three.toml", initramfs.prepare, interactive=True),
    "shell-6.12": Demo(SHELLS, "linux-shell-6.12.toml",
                       lambda: initramfs.prepare(initramfs.LINUX_6_12), interactive=True),
    "shell-read-only": Demo(SHELLS, "linux-shell-read-only.toml", initramfs.prepare, interactive=True),
}


class DemoError(Exception):
    pass


def board_folder(name: str) -> pathlib.Path:
    """"zcu102" is boards/xlnx-zcu102: a part of the folder's name that only one of them has."""
    known = sorted(file.parent for file in BOARDS.glob("*/board.toml"))
    found = [folder for folder in known if name == folder.name] or \
            [folder for folder in known if name in folder.name]
    if len(found) != 1:
        raise DemoError(f'there is no board "{name}"{did_you_mean(name, [folder.name for folder in known])}')
    if "[qemu]" not in (found[0] / "board.toml").read_text():
        raise DemoError(f"QEMU does not have board {found[0].name}: isthmus make --medium sd writes what its U-Boot boots (docs/make.md)")
    return found[0]


def did_you_mean(name: str, known: list[str]) -> str:
    """What was probably meant, and all that there are."""
    near = difflib.get_close_matches(name, known, 1)
    meant = f': did you mean "{near[0]}"? There are ' if near else ": there are "
    return meant + ", ".join(known)


def made(config: pathlib.Path, folder: pathlib.Path, board: str = "",
         choices: tuple[str, ...] = (), medium: str = "") -> list[str]:
    """Runs isthmus make; the command that boots what it made."""
    command = [str(HOST_PROGRAM), "make", str(config), "-o", str(folder)]
    if board:
        command += ["--board", str(board_folder(board))]
    for choice in choices:
        command += ["--set", choice]
    if medium:
        command += ["--medium", medium]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise DemoError(done.stderr.strip())
    return [str(folder / "qemu.sh")]


def prepared(name: str, folder: pathlib.Path, board: str = "",
             choices: tuple[str, ...] = ()) -> list[str]:
    """A demo's files, then its command."""
    DEMOS[name].prepare()
    return made(HERE / DEMOS[name].config, folder, board, choices)


def watch(command: list[str], timeout: float, show=sys.stdout) -> tuple[list[str], bool]:
    """Runs QEMU, shows its output as it comes. All whole lines, and whether QEMU ended by itself."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    arrived: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout:
            arrived.put(line)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    lines = []
    deadline = time.monotonic() + timeout
    try:
        while (line := arrived.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            lines.append(line)
            show.write(line)
            show.flush()
        return console.whole_lines(lines), process.wait() == 0
    except queue.Empty:
        return console.whole_lines(lines), False
    finally:
        process.kill()
        process.wait()


def verdict(name: str, lines: list[str], ended: bool) -> str:
    """Empty when the demo did what it shows, else the reason why not."""
    for guest, success in DEMOS[name].success.items():
        said = console.guest_texts(lines, guest)
        if not said:
            return f"{guest} said nothing"
        if success not in said:
            failed = [text for text in said if "FAILED" in text]
            return f'{guest}: {failed[0] if failed else f"no line {success!r}"}'
    shown = DEMOS[name].said
    if shown and sum(re.search(shown, line) is not None for line in lines) < DEMOS[name].times:
        return f"no line, or too few, like {shown!r}"
    if not any(console.SUMMARY.search(line) for line in lines):
        return "no summary by Isthmus"
    return "" if ended else "the machine was not switched off in time"


@contextlib.contextmanager
def last_line(text: str, show=sys.stdout):
    """Keeps a text on the last line of a terminal; what is written meanwhile scrolls above it (ECMA-48, and DEC's
    DECSTBM for the lines that scroll)."""
    if not show.isatty():
        yield
        return

    def draw(*_) -> None:
        columns, rows = shutil.get_terminal_size()
        # The cursor is kept; that the lines scroll is what would move it.
        show.write(f"\n\x1b[A\x1b7\x1b[1;{rows - 1}r\x1b[{rows};1H\x1b[2K\x1b[7m{text[:columns]}\x1b[0m\x1b8")
        show.flush()

    before = signal.signal(signal.SIGWINCH, draw)
    draw()
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
        rows = shutil.get_terminal_size().lines
        show.write(f"\x1b7\x1b[r\x1b[{rows};1H\x1b[2K\x1b8")
        show.flush()


def interact(command: list[str]) -> int:
    """The terminal as it is: every key goes to the guests, save the one that ends QEMU."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    terminal = sys.stdin.fileno()
    saved = termios.tcgetattr(terminal) if os.isatty(terminal) else None
    ended_by_key = threading.Event()

    def typed() -> bytes:
        """What was typed; empty at the end of the input. QEMU makes the terminal non-blocking."""
        while True:
            select.select([terminal], [], [])
            try:
                return os.read(terminal, 256)
            except BlockingIOError:
                continue

    def forward() -> None:
        while (keys := typed()) and QUIT_KEY not in keys:
            process.stdin.write(keys)
            process.stdin.flush()
        if keys:
            ended_by_key.set()
            process.kill()

    try:
        if saved:
            tty.setraw(terminal, termios.TCSANOW)
        threading.Thread(target=forward, daemon=True).start()
        return 0 if process.wait() == 0 or ended_by_key.is_set() else 1
    finally:
        process.kill()
        if saved:
            os.set_blocking(terminal, True)
            termios.tcsetattr(terminal, termios.TCSADRAIN, saved)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", nargs="?", default="linux", metavar="NAME", help=", ".join(DEMOS))
    parser.add_argument("--board", default="", help="qemu-virt (default), versal, zcu102")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="one of the board's choices, such as cpus=4, cpu=cortex-a57, gic=2")
    parser.add_argument("--timeout", type=float, default=60, help="seconds")
    parser.add_argument("--only-check", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.demo not in DEMOS:
        print(f'demo: there is no demo "{options.demo}"{did_you_mean(options.demo, list(DEMOS))}', file=sys.stderr)
        return 64
    if options.board:
        try:
            board_folder(options.board)
        except DemoError as problem:
            print(f"demo: {problem}", file=sys.stderr)
            return 64
    if options.only_check:
        return 0
    # A demo that is told to stop takes its machine with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="isthmus-") as folder:
        print(BANNER.format(what=DEMOS[options.demo].shows), flush=True)
        try:
            command = prepared(options.demo, pathlib.Path(folder), options.board,
                               tuple(options.set))
        except FileNotFoundError as missing:
            print(f"demo: {missing.filename} is not there: ./run demo builds and fetches it")
            return 1
        except DemoError as problem:
            print(f"demo: {problem}")
            return 1
        if DEMOS[options.demo].interactive:
            with last_line("Ctrl-] ends the demo; Ctrl-a three times moves the input to the other guest"):
                return interact(command)
        started = time.monotonic()
        lines, ended = watch(command, options.timeout)
        reason = verdict(options.demo, lines, ended)
        seconds = f"{time.monotonic() - started:.1f} s"
        print(f"demo {options.demo}: FAILED: {reason} ({seconds})" if reason else
              f"demo {options.demo}: ok ({seconds})")
        return 1 if reason else 0


def run() -> int:
    """Who presses Ctrl-C, or has read enough (`| head`), needs no traceback."""
    try:
        status = main()
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for Python's own last flush
        return 128 + signal.SIGPIPE


if __name__ == "__main__":
    sys.exit(run())
