# SPDX-License-Identifier: Apache-2.0
"""`isthmus diff`: each difference of two plans by name, and nothing of plans that are the same."""
import json
import subprocess

import pytest
from conftest import PROGRAM, isthmus, plan_of

from systems import domain, region, system
from test_plan import SYSTEMS

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000
MAIL = region("mail", HOST, GUEST, SIZE, extra="isthmus,doorbell;")
BOTH = (domain("a", regions=[MAIL]), domain("b", regions=[MAIL]))


def lines(a, b, status=1):
    return isthmus("diff", a, b, status=status).stdout.splitlines()


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_plan_is_the_same_as_itself(make_tree, name):
    tree = make_tree(SYSTEMS[name])
    assert lines(tree, tree, status=0) == [f"plan digest: {plan_of(tree)['digest']}, the same"]
    told = json.loads(isthmus("diff", tree, tree, "--json").stdout)
    assert told["schema"] == 1 and told["differences"] == []
    assert told["a"] == told["b"] == {"file": str(tree), "plan_digest": plan_of(tree)["digest"]}


CHANGES = [
    (system(domain("a", memory_mib=96, regions=[MAIL]), BOTH[1]), "domain a: memory bytes: 64 MiB -> 96 MiB"),
    (system(domain("a", cpus=2, regions=[MAIL]), BOTH[1]), "domain a: vcpus 1: only in B: id 1, mpidr 1, host cpu /cpus/cpu@"),
    (system(domain("a", regions=[MAIL], bootargs="quiet"), BOTH[1]), 'domain a: bootargs: "" -> "quiet"'),
    (system(domain("a", regions=[MAIL], uart=False), BOTH[1]), "domain a: emulated uart: only in A"),
    (system(domain("a", regions=[MAIL], extra='isthmus,on-crash = "restart";'), BOTH[1]),
     "domain a: health on crash: stop -> restart"),
    (system(*BOTH, domain("c")), "domain c: only in B"),
    (system(BOTH[0]), "domain b: only in A"),
    (system(*(domain(name, regions=[region("mail", HOST, GUEST, 2 * SIZE, extra="isthmus,doorbell;")])
              for name in "ab")), "region mail: size: 64 KiB -> 128 KiB"),
    (system(*(domain(name, regions=[region("post", HOST, GUEST, SIZE, extra="isthmus,doorbell;")]) for name in "ab")),
     "region post: only in B"),
    (system(BOTH[0], domain("b", regions=[region("mail", HOST, GUEST, SIZE, extra='isthmus,access = "ro";')])),
     "writable yes"),
    (system(*(domain(name, regions=[region("mail", HOST, GUEST, SIZE)]) for name in "ab")),
     "domain a: doorbells mail of b: only in A"),
    (system(*BOTH, chosen='xen,xen-bootargs = "on-last-off=reset";'), "options: on last off: poweroff -> reset"),
    (system(*BOTH, root='model = "another";'), "machine: model: linux,dummy-virt -> another"),
]


@pytest.mark.parametrize("text, told", CHANGES, ids=[told[:40] for _, told in CHANGES])
def test_a_difference_has_a_line(make_tree, text, told):
    a = make_tree(system(*BOTH, chosen='xen,xen-bootargs = "on-last-off=poweroff";'))
    b = make_tree(text if "xen-bootargs" in text else
                  text.replace("chosen {", 'chosen { xen,xen-bootargs = "on-last-off=poweroff";'))
    found = lines(a, b)
    assert any(told in line for line in found), "\n".join(found)
    back = lines(b, a)
    assert len(back) == len(found)
    digests = plan_of(a)["digest"], plan_of(b)["digest"]
    if digests[0] != digests[1]:
        assert found[-1] == f"plan digest: {digests[0]} -> {digests[1]}"
    shown = json.loads(isthmus("diff", a, b, "--json", status=1).stdout)["differences"]
    assert len(shown) == len(found) - 1 > 0


def test_another_domain_in_front_is_no_difference_of_the_others(make_tree):
    """Domains, regions and doorbells are named, not numbered: what comes before them changes their numbers alone."""
    a = make_tree(system(*BOTH))
    b = make_tree(system(domain("z"), *BOTH))
    found = lines(a, b)
    assert "domain z: only in B" in found
    assert not [line for line in found if line.startswith("region")]
    assert not [line for line in found if "doorbells" in line or "views" in line]


def test_the_machine(make_tree):
    text = system(*BOTH)
    found = lines(make_tree(text, cpus=4, gic=3), make_tree(text, cpus=2, gic=2))
    assert any(line.startswith("machine: GIC: version 3 at ") for line in found)
    assert any(line.startswith("machine: CPU /cpus/cpu@3: only in A") for line in found)


def test_without_a_plan(make_tree, tmp_path):
    good = make_tree(system(*BOTH))
    bad = make_tree(system(domain("a", regions=[region("mail", HOST, GUEST + 0x800, SIZE)]), BOTH[1]))
    for pair in ((good, bad), (bad, good)):
        done = isthmus("diff", *pair, status=2)
        assert f"{bad}:\nerror" in done.stderr and not done.stdout
    assert "cannot read" in isthmus("diff", good, tmp_path / "none", status=2).stderr
    assert "a file is missing" in isthmus("diff", good, status=64).stderr


def test_a_name_cannot_command_a_terminal(make_tree):
    a, b = (make_tree(system(domain("a", bootargs=what))) for what in ("one", "two"))
    blob = b.read_bytes()
    b.write_bytes(blob.replace(b"two\0", b"\x1b[m\0"))
    done = subprocess.run([PROGRAM, "diff", a, b], capture_output=True, check=False)
    assert done.returncode == 1 and b"\x1b" not in done.stdout
