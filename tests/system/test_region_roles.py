# SPDX-License-Identifier: Apache-2.0
"""Who owns a region, who may write it, who sees which part of it; both dialects."""
import re

import pytest

from steps import (BORROWER, GUEST, HOST, OWNER, READ_ONLY, SIZE, account, run_steps, stepper,
                   window)
from systems import region

# A speaks first, in the region's first page; B answers in the second.
ASK = ("set:{0}:0x11", "await:{0}+0x1000:0x22")
ANSWER = ("await:{0}:0x11", "set:{0}+0x1000:0x22")


def said_by(steps: tuple[str, ...], region_id: str) -> list[str]:
    return [step.format(region_id) for step in steps]


@pytest.mark.parametrize("order", ["owner first", "borrower first"])
@pytest.mark.parametrize("shm_id, name", [("demo", "demo"), (7, "#7")])
def test_owner_and_borrower(boot, order, shm_id, name):
    """Also in the dialect of numbered regions; a borrower may be built before its owner."""
    owner = stepper("guest-a", [region(shm_id, HOST, GUEST, SIZE, extra=OWNER)],
                    *said_by(ASK, name), f"no-fetch:{name}")
    borrower = stepper("guest-b", [region(shm_id, HOST, GUEST + SIZE, SIZE, extra=BORROWER)],
                       *said_by(ANSWER, name), f"no-fetch:{name}")
    both = [owner, borrower] if order == "owner first" else [borrower, owner]
    isthmus = run_steps(boot, *both)
    line = account(isthmus, str(shm_id))
    assert "owner guest-a, borrowers guest-b; 16 pages; references expected 2, found 2" in line
    table = [line for line in isthmus.lines() if re.search(r'("demo"|\b7\b) +(text|cell)', line)]
    assert ("cell" if name == "#7" else "text") in table[0]


def test_nobody_owns(boot):
    shared = [region("demo", HOST, GUEST, SIZE)]
    isthmus = run_steps(boot, stepper("guest-a", shared, *said_by(ASK, "demo"), "no-fetch:demo"),
                        stepper("guest-b", shared, *said_by(ANSWER, "demo"), "no-fetch:demo"))
    assert "owner dom_io, borrowers guest-a guest-b;" in account(isthmus, "demo")
    fetches = [line for line in isthmus.lines() if "fetches an instruction from 0x50000000" in line]
    assert len(fetches) == 2


@pytest.mark.parametrize("cpu", ["max", "cortex-a57"])
@pytest.mark.parametrize("reader", ["borrower", "owner", "borrower of dom_io"])
def test_read_only(boot, reader, cpu):
    """A store faults in the reader alone, named on the console; cache maintenance is no store."""
    roles = {"borrower": (OWNER, BORROWER + READ_ONLY), "owner": (BORROWER, OWNER + READ_ONLY),
             "borrower of dom_io": ("", READ_ONLY)}[reader]
    writer = stepper("guest-w", [region("demo", HOST, GUEST, SIZE, extra=roles[0])],
                     "fill:demo:5", "set:demo:0x11")
    steps = ["await:demo:0x11", "cache:demo", "cache:demo+0x1000", "no-store:demo+0x1004:9",
             "is:demo+0x1004:0", "no-store:demo:9", "is:demo:0x11", "no-fetch:demo"]
    isthmus = run_steps(boot, writer, stepper(
        "guest-r", [region("demo", HOST, GUEST, SIZE, extra=roles[1])], *steps), cpu=cpu)
    owner = {"borrower": "guest-w", "owner": "guest-r", "borrower of dom_io": "dom_io"}[reader]
    refused = [line for line in isthmus.lines() if "may only read" in line]
    assert len(refused) == 2, refused
    assert f"guest-r vcpu0 may only read region demo (owner {owner}): store to 0x50001004" in \
        refused[0]
    assert "read-only" in "".join(line for line in isthmus.lines() if "guest-r sees it" in line)
    assert not any("guest-w vcpu" in line for line in isthmus.lines())


@pytest.mark.parametrize("on_stop", ["keep", "release"])
def test_windows(boot, on_stop):
    """Each borrower sees a part, one of them two parts; all is one region, and all is given back."""
    page = 0x1000
    owner = stepper("guest-a", [region("demo", HOST, GUEST, SIZE, extra=OWNER)],
                    "fill:demo:77", "set:demo:1", "await:demo+0x4004:2", "await:demo+0x8004:3")
    low = stepper(
        "guest-b", [region("demo", HOST, 0x5100_0000, 4 * page, extra=BORROWER + window(4 * page))],
        "look:demo", "await:demo+0x3ffc:0x%x" % (~seed_word(77, 7) & 0xffff_ffff), "check:demo:77",
        "no-load:0x51004000", "no-load:0x50fff000", "set:demo+4:2")
    # The guest's tree names its first window first.
    high = stepper(
        "guest-c", [region("demo", HOST, 0x5200_0000, 2 * page, extra=BORROWER + window(8 * page)),
                    region("demo", HOST, 0x5200_4000, page, extra=BORROWER + window(15 * page))],
        "look:demo", "await:0x52004ffc:0x%x" % (~seed_word(77, 15) & 0xffff_ffff),
        "check:demo:77", "is:0x52004000:0x%x" % seed_word(77, 15), "no-load:0x52002000",
        "no-load:0x52003000", "no-load:0x52005000", "set:demo+4:3")
    # One host thread for all CPUs: three guests are taken apart at once, whatever the host's load.
    isthmus = run_steps(boot, owner, low, high, args=f"on-last-off=poweroff on-stop={on_stop}",
                        extra=("-icount", "shift=0,sleep=off"))
    assert "steps: demo is seen at 0x51000000, 16 KiB, from offset 0x4000" in isthmus.guest("guest-b")
    assert "steps: demo is seen at 0x52000000, 8 KiB, from offset 0x8000" in isthmus.guest("guest-c")
    left = "0, found 0" if on_stop == "release" else "1 to 2, found 1 to 2"
    assert f"references expected {left}" in account(isthmus, "demo")


def seed_word(seed: int, page: int) -> int:
    """What fill writes at the start of a page."""
    return seed ^ (page * 0x9e37_79b1 & 0xffff_ffff)


@pytest.mark.parametrize("owner", [None, "guest-a"])
def test_three_parties(boot, owner):
    def side(name: str, *steps: str) -> str:
        role = "" if owner is None else OWNER if name == owner else BORROWER
        return stepper(name, [region("demo", HOST, GUEST, SIZE, extra=role)], *steps)

    isthmus = run_steps(
        boot, side("guest-a", "set:demo:1", "await:demo+8:3", "set:demo+12:4"),
        side("guest-b", "await:demo:1", "set:demo+4:2", "await:demo+12:4"),
        side("guest-c", "await:demo+4:2", "set:demo+8:3", "await:demo+12:4"))
    references = 4 if owner is None else 3
    assert f"references expected {references}, found {references}" in account(isthmus, "demo")
