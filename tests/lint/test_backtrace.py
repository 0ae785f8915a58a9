# SPDX-License-Identifier: Apache-2.0
"""tools/backtrace.py finds function and line of each address, and leaves the rest of a log alone."""
import re
import subprocess

import repository
from test_image import link

CODE = """extern "C" int inner(int x);
extern "C" int outer(int x) {
    return inner(x) + 1;
}
extern "C" [[gnu::noinline]] int inner(int x) {
    return x * 3;
}
"""


def symbols(elf):
    output = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1]: int(line.split()[0], 16) for line in output.splitlines()}


def call_in(elf, function):
    """Where the call in `function` returns to."""
    output = subprocess.run(["aarch64-linux-gnu-objdump", "-d", f"--disassemble={function}", elf],
                            check=True, capture_output=True, text=True).stdout
    line = next(line for line in output.splitlines() if "\tbl\t" in line)
    return int(line.split(":")[0], 16) + 4


def annotate(elf, log):
    return subprocess.run(["/usr/bin/python3", repository.ROOT / "tools" / "backtrace.py", "--elf", elf],
                          check=True, capture_output=True, text=True, input=log).stdout.splitlines()


def test_addresses_are_explained(tmp_path):
    elf = link(tmp_path, CODE, "-g")
    entries = [symbols(elf)["inner"], call_in(elf, "outer")]
    log = ["isthmus| backtrace (tools/backtrace.py reads it):"] + [f"isthmus|   {hex(entry)}" for entry in entries]
    lines = annotate(elf, "\n".join(log) + "\n")
    assert re.search(r"inner at .*program\.cpp:[567]$", lines[2])
    assert re.search(r"outer at .*program\.cpp:3$", lines[4])


def test_other_lines_stay_as_they_are(tmp_path):
    elf = link(tmp_path, CODE, "-g")
    log = ["guest| at 0x10", "isthmus| backtrace (tools/backtrace.py reads it):", "isthmus| all CPUs stopped", "0x10"]
    assert annotate(elf, "\n".join(log) + "\n") == log
