#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every board of the corpus as the machine of a Dom0: planned, Dom0's tree written and compared with the board's.

    tests/corpus/as_dom0.py            counts, as the page has them
    tests/corpus/as_dom0.py --write    puts them into docs/boards.md, "As Dom0"
    tests/corpus/as_dom0.py WORD       the lines about boards with this word
"""
import collections
import concurrent.futures
import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile

import add_guests
import boards
import flat_tree

BEGIN, END = "<!-- dom0: begin -->\n", "<!-- dom0: end -->\n"
# What stands for firmware or for parts of a CPU: a guest gets others.
REPLACED = {"arm,psci", "arm,psci-0.2", "arm,psci-1.0", "arm,armv8-timer", "arm,armv7-timer"}
GIC = {"arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "qcom,msm-qgic2"}
# Which lead to an IOMMU or a controller of message-signalled interrupts that is Isthmus's.
WAYS = {"iommus", "iommu-map", "msi-parent", "msi-map"}


@dataclasses.dataclass
class Outcome:
    board: str
    blob: bytes
    status: int = 0
    findings: list = dataclasses.field(default_factory=list)
    faults: list = dataclasses.field(default_factory=list)  # lines about what is not as it has to be
    odd: list = dataclasses.field(default_factory=list)  # (kind, line): no fault of the tree that was written
    plan: dict | None = None
    size: int = 0  # of Dom0's tree
    host_size: int = 0


def compatible(properties):
    return set(flat_tree.texts(properties.get("compatible", b"")))


def is_counter(properties):
    return "reg" not in properties and any(name.endswith(("-pmu", "-pmuv3")) for name in compatible(properties))


def below(path, roots):
    return any(path == root or path.startswith(root + "/") for root in roots)


def left_out(host, plan):
    """Roots of what Dom0's tree has in another form, or not at all."""
    roots = {"/chosen", "/cpus", "/aliases", *plan["not_for_dom0"]}
    for path, properties in host.items():
        names = compatible(properties)
        is_memory = flat_tree.texts(properties.get("device_type", b"")) == ["memory"] and path.count("/") == 1
        if is_memory or names & (REPLACED | {"xen,xen"}) or is_counter(properties):
            roots.add(path)
    return roots | {own["path"] for own in plan["machine"]["kept"]}


def compare(host, dom0, plan):
    """Faults: a node or a property that is missing or differs, without a reason."""
    roots = left_out(host, plan)
    for path, properties in host.items():
        if below(path, roots):
            continue
        if path not in dom0:
            yield f"{path} is missing"
            continue
        for name, value in properties.items():
            if dom0[path].get(name, value if name in WAYS else None) != value:
                yield f"{path} {name} differs"
        for name in dom0[path].keys() - properties.keys():
            yield f"{path} {name} is new"
    for path in dom0.keys() - host.keys():
        if not below(path, {"/chosen", "/cpus", "/psci", "/reserved-memory"}) and not path.startswith(
                ("/memory", "/sbsa-uart@", "/pl011@", "/uart@", "/serial@", "/hypervisor")):
            yield f"{path} is new"


def kind_of(path, host):
    """Of a node that Dom0's tree has not: why."""
    if below(path, {"/cpus"}):
        return "a CPU, its caches or its idle states"
    while path:
        names = compatible(host[path])
        if names & {"arm,gic-v3-its"}:
            return "the ITS"
        if names & GIC:
            return "the GIC"
        if names & {"arm,smmu-v3"}:
            return "an SMMUv3"
        if names & REPLACED or is_counter(host[path]):
            return "firmware's, or a counter of a CPU"
        path = path.rpartition("/")[0]
    return "a device that Dom0 has not"


def dangling(host, dom0):
    """(property, kind of target) for phandles that lead nowhere, but led somewhere in the board's tree."""
    there, all_of_host = flat_tree.phandles(dom0), flat_tree.phandles(host)
    known = {number: host[path] for number, path in all_of_host.items()}
    for path, name, number in flat_tree.references(dom0, known):
        if number in all_of_host and number not in there:
            yield name, kind_of(all_of_host[number], host), path


def read_back(outcome, file, blob):
    done = subprocess.run(["dtc", "-q", "-q", "-I", "dtb", "-O", "dtb", "-o", "/dev/null", file], capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0:
        outcome.faults.append(f"dtc: {done.stderr.strip()[:200]}")
    told = json.loads(boards.isthmus("check", "--json", file).stdout)[0]["findings"]
    outcome.faults += [finding["line"] for finding in told if finding["rule"].startswith("fdt-")]
    host, dom0 = flat_tree.nodes(outcome.blob), flat_tree.nodes(blob)
    outcome.faults += compare(host, dom0, outcome.plan)
    outcome.odd += dangling(host, dom0)


def run_board(path, folder):
    board = path.relative_to(boards.BOARDS.resolve()).as_posix()
    blob, _ = add_guests.add_dom0(path.read_bytes())
    assert blob is not None, f"{board}: no room for guests"
    file = folder / board.replace("/", "_")
    file.write_bytes(blob)
    outcome = Outcome(board, blob)
    checked = boards.isthmus("check", "--json", file)
    outcome.status = checked.returncode
    outcome.findings = json.loads(checked.stdout)[0]["findings"]
    if outcome.status == 0:
        outcome.plan = json.loads(boards.isthmus("plan", "--json", file).stdout)
        written = file.with_suffix(".dom0")
        done = boards.isthmus("tree", file, "--domain", "Dom0", "-o", written)
        if done.returncode != 0:
            outcome.faults.append(done.stderr)
            return outcome
        tree = written.read_bytes()
        outcome.size, outcome.host_size = len(tree), len(blob)
        read_back(outcome, written, tree)
        written.unlink()
    return outcome


def reason(finding, host):
    """Why Dom0 has not all of a device (dom0-device), in words of the page."""
    other = finding["other_path"]
    if "get interrupt" in finding["message"]:
        return "shares its interrupt with Isthmus's console"
    if not other:
        return "registers past the 40 bits of a guest's addresses"
    in_arena = not other.startswith("/")  # which is the only RAM that Isthmus chooses before it plans
    if in_arena or flat_tree.texts(host[other].get("device_type", b"")) == ["memory"]:
        return "registers in what the tree says is RAM"
    kind = kind_of(other, host)
    return "shares a page with " + ("Isthmus's console" if kind == "a device that Dom0 has not" else kind)


def by_boards(pairs):
    """(what, board) as (what, how often, how many boards), most boards first."""
    counts, seen = collections.Counter(), collections.defaultdict(set)
    for what, board in pairs:
        counts[what] += 1
        seen[what].add(board)
    return sorted(((what, count, len(seen[what])) for what, count in counts.items()), key=lambda row: (-row[2], row[0]))


def rows(head, found):
    return [head, "| --- | --- | --- |", *(f"| {what} | {count} | {number} |" for what, count, number in found)]


def reasons(outcomes):
    for outcome in outcomes:
        warned = [finding for finding in outcome.findings if finding["rule"] == "dom0-device"]
        host = flat_tree.nodes(outcome.blob) if warned else {}
        yield from ((reason(finding, host), outcome.board) for finding in warned)


def table(outcomes):
    """The generated part of docs/boards.md, "As Dom0"."""
    planned = [outcome for outcome in outcomes if outcome.plan]
    errors = [(f"`{finding['rule']}`", outcome.board) for outcome in outcomes for finding in outcome.findings
              if finding["severity"] == "error"]
    odd = [(f"`{name}` leads to {kind}", outcome.board) for outcome in planned for name, kind, _ in outcome.odd]
    devices = [len(outcome.plan["domains"][0]["devices"]) for outcome in planned]
    sizes = [outcome.size for outcome in planned]
    lines = [
        f"`{boards.version()}`: {len(planned)} of {len(outcomes)} trees plan with a Dom0; it has up to {max(devices)} "
        f"devices, and a tree of {min(sizes)} to {max(sizes)} bytes.",
        "", *rows("| rule that refuses | findings | boards |", by_boards(errors)),
        "", "A device of which Dom0 does not get everything is named by the warning `dom0-device`:",
        "", *rows("| it | devices | boards |", by_boards(reasons(planned))),
        "", "Phandles in Dom0's tree that lead nowhere:",
        "", *rows("| property | phandles | boards |", by_boards(odd)),
    ]
    return "\n".join(lines) + "\n"


def replace_table(page, text):
    head, rest = page.split(BEGIN)
    return head + BEGIN + text + END + rest.split(END)[1]


def run_all():
    paths = sorted(boards.BOARDS.resolve().rglob("*.dtb"))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ProcessPoolExecutor(2) as pool:
        return list(pool.map(run_board, paths, [pathlib.Path(folder)] * len(paths)))


def lines_of(outcome):
    host = flat_tree.nodes(outcome.blob)
    yield from (finding["line"] for finding in outcome.findings)
    yield from (reason(finding, host) + ": " + finding["path"] for finding in outcome.findings
                if finding["rule"] == "dom0-device")
    yield from outcome.faults
    yield from (f"{path} {name} leads to {kind}" for name, kind, path in outcome.odd)


def main():
    outcomes = run_all()
    if sys.argv[1:] == ["--write"]:
        boards.PAGE.write_text(replace_table(boards.PAGE.read_text(), table(outcomes)))
    elif len(sys.argv) == 2:
        print("\n".join(f"{outcome.board}: {line}" for outcome in outcomes for line in lines_of(outcome)
                        if sys.argv[1] in line))
    else:
        print(table(outcomes), end="")


if __name__ == "__main__":
    main()
