# SPDX-License-Identifier: Apache-2.0
"""The host program and the machine print one digest for one tree; a tree that names another is refused."""
import re
import subprocess

from isthmus_qemu import launch
from systems import domain, region, system

HOST_PROGRAM = launch.build_folder().parent / "host" / "isthmus"
REGION = region("demo", 0x7000_0000, 0x5000_0000, 0x1_0000)


# QEMU puts its -append into the tree only when it starts: the arguments stand in the tree itself here.
ARGUMENTS = 'xen,xen-bootargs = "on-last-off=poweroff";'


def pair(chosen=""):
    return system(domain("guest-a", "hello", regions=[REGION]),
                  domain("guest-b", "hello", cpus=2, regions=[REGION]), chosen=ARGUMENTS + chosen)


def host_program(command, tmp_path, number=0):
    tree = tmp_path / f"machine{number}" / "boot.dtb"
    return subprocess.run([HOST_PROGRAM, command, tree], capture_output=True, text=True, timeout=60).stdout


def digest_on_host(tmp_path, number=0):
    return host_program("plan", tmp_path, number).splitlines()[-1].removeprefix("plan digest ")


def test_both_print_the_same(boot, tmp_path):
    machine = boot(pair(), {"hello": "hello"}, cpus=3)
    said = machine.wait(r"plan digest ([0-9a-f]{64})").group(1)
    assert said == digest_on_host(tmp_path)
    machine.wait_end()


def test_the_tree_names_it(boot, tmp_path):
    boot(pair(), {"hello": "hello"}, cpus=3).wait_end()
    digest = digest_on_host(tmp_path)
    named = f'isthmus,plan-digest = "{digest}";'
    right = boot(pair(named), {"hello": "hello"}, cpus=3)
    right.wait_guest("guest-a", "hello")
    right.wait_end()
    assert digest_on_host(tmp_path, 1) == digest, "naming it must not change it"


def test_another_is_refused_in_the_same_words(boot, tmp_path):
    machine = boot(pair('isthmus,plan-digest = "0123";'), {"hello": "hello"}, cpus=3)
    machine.wait("nothing is started")
    machine.settle(0.3)
    assert [rule for rule, _ in machine.findings()] == ["plan-digest"]
    line = host_program("check", tmp_path).strip()
    assert re.match(r"error\[plan-digest\] /chosen isthmus,plan-digest: the plan of this tree is", line)
    assert any(line in shown for shown in machine.lines())
    assert not machine.guest("guest-a") and not machine.guest("guest-b")
