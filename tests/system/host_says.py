# SPDX-License-Identifier: Apache-2.0
"""What the console said of a boot tree, and what the host program says of the same one."""
import json
import re
import subprocess
import sys

from isthmus_qemu import ROOT, console, launch

sys.path.insert(0, str(ROOT / "tools" / "plan"))
import check_plan  # noqa: E402

PROGRAM = launch.build_folder().parent / "host" / "isthmus"
PLACE = re.compile(r"image 0x([0-9a-f]+)-0x([0-9a-f]+), boot tree 0x([0-9a-f]+) of \d+ bytes")
DIGEST = re.compile(r"plan digest ([0-9a-f]{64})")
# What an SMMU, a CPU or the interrupt controller can do is in its registers.
MACHINE_ONLY = ("dev-smmu", "dev-dma", "host-timer-frequency", "host-address-size", "host-gic-lpi")
COUNTS = re.compile(r"(\d+) errors, (\d+) warnings")


def tree_as_booted(command, folder):
    """The tree that QEMU handed over: it writes RAM and its -append into the one it is given."""
    blob = folder / "booted.dtb"
    dump = list(command)
    dump[dump.index("-machine") + 1] += f",dumpdtb={blob}"
    launch.run(dump)
    return blob


class Said:
    """Isthmus's own words on a console."""

    def __init__(self, lines):
        own = [found[1] for found in map(console.guest_line, lines) if found and found[0] == "isthmus"]
        self.place = next(filter(None, map(PLACE.search, own)), None)
        self.findings = [line for line in own if re.match(r"(error|warning|note)\[", line)]
        self.counts = next((tuple(map(int, found.groups())) for found in map(COUNTS.match, own) if found), None)
        self.digest = next((found[1] for found in map(DIGEST.match, own) if found), None)
        self.is_quiet = self.place is None

    def is_comparable(self):
        """It came so far that all findings are out, and none is of a rule that only the machine can apply."""
        if any(line.split("]")[0].split("[")[1] in MACHINE_ONLY for line in self.findings):
            return False
        return not self.is_quiet and (self.digest is not None or (self.counts or (0, 0))[0] > 0)


def options(said, placements):
    start, end, tree = (int(text, 16) for text in said.place.groups())
    words = ["--image", f"{start:#x},{end - start:#x}", "--tree", f"{tree:#x}"]
    for address, path in placements:
        words += ["--module", f"{address:#x}={path}"]
    return words


def ask(words):
    return subprocess.run([PROGRAM, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


def differences(said, tree, words):
    """Lines that say where console and host program disagree about this tree; and what a second opinion
    about the plan has found."""
    told = json.loads(ask(["check", "--json", tree, *words]).stdout)[0]
    expected = [finding["line"] for finding in told["findings"]]
    if said.findings != expected:
        yield f"findings: the console has {said.findings}, the host program {expected}"
    if (said.counts or (0, 0)) != (told["errors"], told["warnings"]):
        yield f"counts: {said.counts}, the host program {told['errors']} and {told['warnings']}"
    if said.digest is not None and said.digest != told.get("plan_digest"):
        yield f"digest: {said.digest}, the host program {told.get('plan_digest')}"
    if (said.digest is None) != (told["errors"] > 0):
        yield f"the console has {'no ' * (said.digest is None)}plan, the host program {told['errors']} errors"
    if "plan_digest" in told:
        yield from check_plan.Checker(json.loads(ask(["plan", "--json", tree, *words]).stdout)).findings()


def check(isthmus, machine, folder):
    """Fails when the two disagree about the tree of a machine that has ended."""
    said = Said(isthmus.lines())
    if not PROGRAM.exists() or not said.is_comparable():
        return
    placements = [(address, machine.modules[name]) for name, (address, _) in machine.placements().items()]
    tree = tree_as_booted(isthmus.command, folder)
    wrong = list(differences(said, tree, options(said, placements)))
    assert not wrong, "\n".join(wrong)
