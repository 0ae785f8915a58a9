#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the addresses of a panic into functions and lines.

backtrace.py [--elf FILE] [LOG]    reads LOG, or standard input, and prints it with every address of a
                                   backtrace explained; the default FILE is build/arm64/isthmus.elf
"""
import argparse
import pathlib
import re
import subprocess
import sys

ADDR2LINE = "aarch64-linux-gnu-addr2line"
ROOT = pathlib.Path(__file__).resolve().parents[1]
HEADING = re.compile(r"backtrace \(tools/backtrace\.py reads it\)")
ENTRY = re.compile(r"(0x[0-9a-f]+)\s*$")


def explain(elf, address, is_return_address):
    """"function at file:line" for an address, one text for each inlined call, innermost first."""
    # A return address is behind the call, perhaps on the next line or in the next function.
    looked_up = hex(max(0, int(address, 16) - (4 if is_return_address else 0)))
    output = subprocess.run([ADDR2LINE, "-e", elf, "-f", "-C", "-i", looked_up], check=True,
                            capture_output=True, text=True).stdout.splitlines()
    return [f"{name} at {place.replace(str(ROOT) + '/', '')}"
            for name, place in zip(output[::2], output[1::2])]


def annotate(lines, elf):
    depth = None  # of the next entry; None: outside of a backtrace
    for line in lines:
        line = line.rstrip("\n")
        yield line
        if HEADING.search(line):
            depth = 0
            continue
        entry = ENTRY.search(line) if depth is not None else None
        if entry is None:
            depth = None
            continue
        for text in explain(elf, entry.group(1), depth > 0):
            yield f"      {text}"
        depth += 1


def main():
    parser = argparse.ArgumentParser(description="explains the addresses of a backtrace")
    parser.add_argument("--elf", default=ROOT / "build" / "arm64" / "isthmus.elf", type=pathlib.Path)
    parser.add_argument("log", nargs="?", type=argparse.FileType("r", errors="replace"),
                        default=sys.stdin)
    options = parser.parse_args()
    if not options.elf.exists():
        parser.error(f"{options.elf} is not there: build it, or name the file with --elf")
    for line in annotate(options.log, options.elf):
        print(line)


if __name__ == "__main__":
    main()
