# SPDX-License-Identifier: Apache-2.0
"""A guest that has an exception and no vectors to take it is told about in one line, which names the cause."""
import re

import pytest

from systems import domain, system

UNSET = " with no vectors set (VBAR_EL1 is 0): every exception ends there again"
CASES = {
    "write-cntfrq": "wrote CNTFRQ_EL0, which is firmware's, at pc PC" + UNSET,
    "read-scr": "read SCR_EL3, which is EL3's, at pc PC" + UNSET,
    "write-hcr": "wrote HCR_EL2, which is EL2's, at pc PC" + UNSET,
    "unnamed": "wrote S3_6_C15_C1_5, which is EL3's, at pc PC" + UNSET,
    "tlbi": "executed system instruction S1_6_C8_C7_0, which is EL3's, at pc PC" + UNSET,
    "udf": "executed an undefined instruction, 0x7, at pc PC" + UNSET,
    "svc": "executed SVC at pc PC" + UNSET,
    "float": "used floating-point or SIMD registers, which its CPACR_EL1 traps, at pc PC" + UNSET,
    "interrupt": "was interrupted at pc PC" + UNSET,
}
# These come to Isthmus first, and are told as they always are.
TOLD_TWICE = {
    "pmu": "read PMCR_EL0, which it may not read, at pc PC" + UNSET,
    "load": "read from 0x100000: external abort, at pc PC" + UNSET,
    "jump": "fetched an instruction from 0x100000: external abort, at pc 0x100000" + UNSET,
}


def lines_about_it(boot, act: str, *, is_lost=True, **machine) -> list[str]:
    """What Isthmus says of the guest while a peer lives its whole life, but for its last words: who has no vectors does
    nothing but fault any more, and that is a crash."""
    more = machine.pop("more", "")
    peer = domain("peer", "busy", bootargs="do=spin at=2")
    machine = boot(system(domain("lost", "vectorless", bootargs=f"do={act} {more}"), peer),
                   {"vectorless": "vectorless", "busy": "busy"}, cpus=2, **machine)
    machine.wait("peer powered off")
    assert machine.guest("lost") == [f"vectorless: {act}"]
    said = [re.sub(r"pc 0x40[0-9a-f]{6}\b", "pc PC", line) for line in machine.lines()
            if line.startswith("isthmus| lost vcpu0")]
    assert ("isthmus| lost crashed: stopped" in machine.lines()) == is_lost
    if is_lost:
        assert re.fullmatch(r"isthmus\| lost vcpu0 does nothing but fault at pc \S+, 10000 times in a row", said.pop())
    return said


@pytest.mark.parametrize("act", CASES)
def test_the_cause_is_named_once(boot, act):
    assert lines_about_it(boot, act) == [f"isthmus| lost vcpu0 {CASES[act]}"]


@pytest.mark.parametrize("act", TOLD_TWICE)
def test_what_is_refused_is_told_first(boot, act):
    lines = lines_about_it(boot, act, cpu="cortex-a57", gic=2)
    assert len(lines) == 2, lines
    assert lines[1] == f"isthmus| lost vcpu0 {TOLD_TWICE[act]}"


def test_vectors_where_nothing_is(boot):
    assert lines_about_it(boot, "write-cntfrq", more="vectors=0x200800") == [
        "isthmus| lost vcpu0 wrote CNTFRQ_EL0, which is firmware's, at pc PC, and has no memory to execute at its "
        "vectors, VBAR_EL1 0x200800: every exception ends there again"]


def test_a_call_of_address_0_is_no_exception(boot):
    """0 is a vector's place, too, but not that of an exception from where it came."""
    assert lines_about_it(boot, "jump-to-0") == [
        "isthmus| lost vcpu0 fetches an instruction from 0x0 at pc 0x0: instruction abort"]
