#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every device tree of Debian's arm64 kernel package, with guests added, through the host program.

    tests/corpus/boards.py            counts, as the table of docs/boards.md
    tests/corpus/boards.py --write    puts them there
    tests/corpus/boards.py RULE       names the boards that this rule refuses

Needs `tools/fetch_packages.sh linux-image-arm64` and `./run build`.
"""
import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import add_guests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build/packages"
BOARDS = PACKAGES / "boards"
STAMP = PACKAGES / "stamps/linux-image-arm64"
PROGRAM = pathlib.Path(os.environ.get("ISTHMUS_HOST", ROOT / "build/host/isthmus"))
PAGE = ROOT / "docs/boards.md"
BEGIN, END = "<!-- corpus: begin -->\n", "<!-- corpus: end -->\n"
HEAD = re.compile(r"^plan for .*: (\d+) CPUs, .* of RAM, GICv(\d)$", re.MULTILINE)
FINDING = re.compile(r"^(error|warning|note)\[([a-z-]+)\] ")

# What lies behind the rules that refuse a board; a rule that is not here needs a reader.
REASONS = {
    "host-no-psci": "the CPUs are started by `spin-table`, or the boot loader is to add the `psci` node",
    "host-gic-reg": "the tree leaves out the registers of the GIC's virtualization extensions, or half of GICV",
    "host-gic-interrupt": "the tree leaves out the GIC's maintenance interrupt",
    "host-device-overlap": "registers lie in the RAM that the tree, or the script, says; the boot loader is to correct it",
    "host-no-gic": "BCM2837: an interrupt controller that is no GIC",
    "host-timer-interrupt": "BCM2837: the timer's interrupts go to that controller",
    "dom-cpu-shortage": "one CPU; the two guests want one each",
}


@dataclasses.dataclass
class Outcome:
    board: str
    blob: bytes
    filled: str
    status: int = 0
    output: str = ""
    plan: str = ""

    def rules(self, severity):
        found = (FINDING.match(line) for line in self.output.splitlines())
        return {match[2] for match in found if match and match[1] == severity}


def version():
    return STAMP.read_text().strip()


def isthmus(*words):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=30, check=False)


def run_board(path, folder):
    board = path.relative_to(BOARDS.resolve()).as_posix()
    blob, filled = add_guests.add_guests(path.read_bytes())
    assert blob is not None, f"{board}: no room for guests"
    tree = folder / board.replace("/", "_")
    tree.write_bytes(blob)
    outcome = Outcome(board, blob, filled)
    checked = isthmus("check", tree)
    outcome.status, outcome.output = checked.returncode, checked.stdout + checked.stderr
    if outcome.status == 0:
        outcome.plan = isthmus("plan", tree).stdout
    return outcome


def run_all():
    paths = sorted(BOARDS.resolve().rglob("*.dtb"))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda path: run_board(path, pathlib.Path(folder)), paths))


def table(outcomes):
    """The generated part of docs/boards.md."""
    filled = collections.Counter(outcome.filled for outcome in outcomes)
    errors = collections.Counter(rule for outcome in outcomes for rule in outcome.rules("error"))
    warnings = collections.Counter(rule for outcome in outcomes for rule in outcome.rules("warning"))
    planned = sum(outcome.status == 0 for outcome in outcomes)
    versions = collections.Counter(HEAD.search(outcome.plan)[2] for outcome in outcomes if outcome.plan)
    lines = [
        f"`{version()}`: {len(outcomes)} trees, all read; **{planned} plan without an error**, "
        f"{len(outcomes) - planned} are refused. Of those that plan {versions['3']} have a GICv3 and "
        f"{versions['2']} a GICv2.",
        f"RAM as the tree says: {filled['tree']}; a memory node of size 0, filled as a boot loader does: "
        f"{filled['size']}; no `reg` of RAM at all, 1 GiB added: {filled['node']}.",
        "",
        "| rule that refuses | trees | why |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{rule}` | {count} | {REASONS.get(rule, 'not looked at yet')} |"
              for rule, count in sorted(errors.items(), key=lambda item: (-item[1], item[0]))]
    lines += ["", "A tree may break several rules. Warnings: " +
              ", ".join(f"`{rule}` in {count}" for rule, count in sorted(warnings.items())) + "."]
    return "\n".join(lines) + "\n"


def replace_table(page, text):
    head, rest = page.split(BEGIN)
    return head + BEGIN + text + END + rest.split(END)[1]


def main():
    outcomes = run_all()
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(replace_table(PAGE.read_text(), table(outcomes)))
    elif len(sys.argv) == 2:
        print("\n".join(outcome.board for outcome in outcomes
                        if sys.argv[1] in outcome.rules("error") | outcome.rules("warning")))
    else:
        print(table(outcomes), end="")


if __name__ == "__main__":
    main()
