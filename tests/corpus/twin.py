# SPDX-License-Identifier: Apache-2.0
"""Runs the two programs made of tests/twin over an archive of trees: one here, one at EL2 in QEMU."""
import json
import pathlib
import re
import struct
import subprocess

import boards

IMAGE = (0x4020_0000, 0x10_0000)
# The numbers of tests/twin/plan_archive.cpp.
AS_HOST, WITH_IMAGE, ONE_MIB, KIB_256, KIB_32, KIB_8 = range(6)
EVERY = tuple(range(6))
TREE = re.compile(r"tree (\d+) setting (\d+)$")


def write_archive(path, trees):
    """`trees`: (bytes, settings) each."""
    with open(path, "wb") as file:
        for blob, settings in trees:
            file.write(struct.pack("<QQ", len(blob), sum(1 << setting for setting in settings)))
            file.write(blob + bytes(-len(blob) % 16))
        file.write(bytes(16))


def on_host(archive):
    program = boards.ROOT / "build/host/plan_archive"
    done = subprocess.run([program, archive], capture_output=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("latin-1")


def at_el2(archive, preset="arm64"):
    """What the image says on its console, without its name before every line."""
    mib = pathlib.Path(archive).stat().st_size // (1 << 20)
    command = ["qemu-system-aarch64", "-machine", "virt,gic-version=3,virtualization=on", "-cpu", "max", "-smp", "1",
               "-m", f"{512 + mib}M", "-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none",
               "-no-reboot", "-kernel", boards.ROOT / "build" / preset / "plan_archive", "-initrd", archive]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode("latin-1").split("\r\n")
    return "\n".join(line.removeprefix("isthmus| ") for line in lines)


def reports(text):
    """(tree, setting) to the lines about it; the end's line under None."""
    found, lines = {}, []
    for line in text.removesuffix("\n").split("\n"):
        match = TREE.match(line)
        if match:
            lines = found.setdefault((int(match[1]), int(match[2])), [])
        elif line.startswith("end of "):
            found[None] = [line]
        else:
            lines.append(line)
    return found


def host_program(files, *options):
    """`isthmus check` of each file, in the words that the twins use for it."""
    done = boards.isthmus("check", "--json", *options, *files)
    # Neither side is given partial trees: the finding says so, and the host program says what it wants, too.
    other = [line for line in done.stderr.splitlines() if "is part of the plan: give its file by --module" not in line]
    assert done.returncode in (0, 1) and not other, other[:5]
    for tree in json.loads(done.stdout):
        lines = [finding["line"] for finding in tree["findings"]]
        lines.append(f"{tree['errors']} errors, {tree['warnings']} warnings, {tree['dropped']} dropped")
        if "plan_digest" in tree:
            lines.append(f"plan digest {tree['plan_digest']}")
        yield lines
