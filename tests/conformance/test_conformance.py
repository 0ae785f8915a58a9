# SPDX-License-Identifier: Apache-2.0
"""Xen and Isthmus boot the same trees with the same guests; what the guests see is the same but for the differences
that docs/conformance.md lists. `pytest -k NAME` compares one case; only a run of all of them can tell that a row of
the table covers nothing any more."""
import contextlib

import cases
import hypervisors
import intended
import observed
import pytest
import recorded

ACCOUNT = intended.Account(intended.rows(intended.PAGE.read_text()))


def parameter(case: cases.Case):
    marks = [pytest.mark.xfail(reason=case.refused, strict=True, raises=hypervisors.Refused)] if case.refused else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.fixture(scope="session")
def modules(tmp_path_factory):
    """Facts' guest and Linux, with its ramdisk."""
    import initramfs

    ramdisk = tmp_path_factory.mktemp("modules") / "facts.cpio"
    init = hypervisors.ROOT / "tests/guests/linux/facts-init.sh"
    ramdisk.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init.read_bytes(), {}))
    return {"facts": hypervisors.launch.guest("facts"), "linux": initramfs.LINUX_6_1.image(), "ramdisk": ramdisk}


def run_both(case: cases.Case, modules, folder):
    """Both at once: each needs little of the machine. What Xen saw, what Isthmus saw, by guest."""
    with contextlib.ExitStack() as stack:
        runs = []
        for hypervisor, full in ((hypervisors.Xen(), False), (hypervisors.Isthmus(), True)):
            tree = case.tree(full)
            needed = {name: path for name, path in modules.items() if f"${{{name}." in tree}
            run = hypervisors.Run(hypervisor, case.machine, tree, needed, list(case.guests), folder / hypervisor.name)
            stack.callback(run.close)
            runs.append(run)
        runs.reverse()  # Isthmus says at once when it refuses
        isthmus, xen = (run.finish() for run in runs)
        return xen, isthmus


def settle(name: str, seen: list[intended.Difference]) -> None:
    ACCOUNT.compared.add(name)
    left = ACCOUNT.unexplained(seen)
    assert not left, "\n" + "\n".join(map(str, left))


@pytest.mark.parametrize("case", [parameter(case) for case in cases.ALL])
def test_guests_see_the_same(case, modules, tmp_path):
    xen, isthmus = run_both(case, modules, tmp_path)
    seen = []
    for guest in case.guests:
        seen += intended.differences(f"{case.name}/{guest}", observed.facts(xen[guest]), observed.facts(isthmus[guest]))
    settle(case.name, seen)


@pytest.mark.parametrize("case", recorded.ALL, ids=lambda case: case.name)
def test_a_guest_sees_the_recorded_tree(case, modules, tmp_path):
    with contextlib.ExitStack() as stack:
        run = hypervisors.Run(hypervisors.Isthmus(), case.machine, case.tree(), {"facts": modules["facts"]}, case.guests(),
                              tmp_path / "isthmus")
        stack.callback(run.close)
        lines = run.finish()
    seen = []
    for guest, file in case.files.items():
        tree = {name: value for name, value in observed.facts(lines[guest]).items() if name.startswith("tree/")}
        seen += intended.differences(f"{case.name}/{guest}", recorded.facts(file), tree)
    settle(case.name, seen)


def test_the_table_has_no_stale_rows():
    comparable = [case.name for case in cases.ALL if not case.refused] + [case.name for case in recorded.ALL]
    missing = set(comparable) - ACCOUNT.compared
    if missing:
        pytest.skip("not all cases were compared")
    assert not ACCOUNT.stale()
