# SPDX-License-Identifier: Apache-2.0
"""Guests that end and are built again by the same plan."""
import hashlib
import os
import pathlib
import re
import subprocess

import pytest

import launch
from systems import domain, region, system

REGION = 0x70000000


def mortal(name, *, lives=3, end="reset", extra="", cpus=1, kernel="kernel"):
    kept = region("lives-" + name, None, 0x50000000, 0x10000, extra='isthmus,on-restart = "keep";')
    return domain(name, kernel, cpus=cpus, regions=(kept,), extra=extra,
                  bootargs=f"mmu=off id=lives-{name} end={end} lives={lives}")


def lives(machine, name):
    said = machine.guest(name)
    assert not any("FAILED" in line for line in said), said
    return [line for line in said if "life" in line]


@pytest.mark.parametrize("end, extra", [
    ("reset", ""), ("reset2", ""), ("panic", 'isthmus,pvpanic; isthmus,on-panic = "restart";')])
@pytest.mark.parametrize("gic", [2, 3])
def test_it_comes_back_as_it_was_at_first(boot, end, extra, gic):
    machine = boot(system(mortal("guest", end=end, extra=extra)), {"kernel": "mortal"}, gic=gic)
    assert machine.wait_end() == 0
    assert lives(machine, "guest") == [f"mortal: life {n} fresh" for n in (1, 2, 3)]
    said = "\n".join(machine.guest("isthmus"))
    assert "guest is back: start 3, " in said and "references as planned" in said


def test_too_many_restarts(boot):
    tree = system(mortal("guest", lives=9, extra="isthmus,restart-limit = <2 60>;"))
    machine = boot(tree, {"kernel": "mortal"})
    assert machine.wait_end() == 0
    assert len(lives(machine, "guest")) == 3
    assert ("guest asked for a reset: stopped, as it was restarted 2 times in 60 s"
            in machine.guest("isthmus"))


def test_two_on_one_cpu(boot):
    """Both end and come back, again and again, on one CPU."""
    tree = system(mortal("a"), mortal("b"), chosen='')
    machine = boot(tree, {"kernel": "mortal"}, cpus=1, args="sched=rr on-last-off=poweroff")
    assert machine.wait_end() == 0
    for name in ("a", "b"):
        assert len(lives(machine, name)) == 3


def test_a_group_stops_together(boot):
    """`busy` would run for ever."""
    group = 'isthmus,group = "cabin";'
    tree = system(mortal("a", lives=2, extra=group + 'isthmus,on-reset = "stop-group";'),
                  domain("b", "busy", extra=group))
    machine = boot(tree, {"kernel": "mortal", "busy": "busy"}, cpus=2)
    assert machine.wait_end() == 0
    said = machine.guest("isthmus")
    assert "a asked for a reset: stopped, and its group cabin with it" in said
    assert "b is stopped with its group cabin" in said


def test_a_compressed_kernel_and_a_ramdisk(boot, tmp_path):
    """Both come from their modules again. The kernel is larger than what one piece decompresses."""
    kernel = tmp_path / "kernel.gz"
    image = launch.guest("mortal").read_bytes()
    padding = b"".join(i.to_bytes(4, "little") for i in range(64 * 1024))
    kernel.write_bytes(subprocess.run(["gzip", "-c"], input=image + padding, check=True, capture_output=True).stdout)
    ramdisk = tmp_path / "ramdisk"
    ramdisk.write_bytes(padding)
    tree = system(domain("guest", ramdisk="ramdisk", bootargs="mmu=off id=lives end=reset lives=3", regions=(
        region("lives", None, 0x50000000, 0x10000, extra='isthmus,on-restart = "keep";'),)))
    machine = boot(tree, {"kernel": kernel, "ramdisk": ramdisk})
    assert machine.wait_end() == 0
    assert len(lives(machine, "guest")) == 3


def signed(files, kinds=("kernel", "ramdisk")):
    """One guest whose modules have the digests of `files`, in the order of `kinds`."""
    tree = system(domain("guest", ramdisk="ramdisk", bootargs="mmu=off id=lives end=reset lives=2", regions=(
        region("lives", None, 0x50000000, 0x10000, extra='isthmus,on-restart = "keep";'),)))
    for kind, file in zip(kinds, files):
        digest = hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()
        place = f'compatible = "multiboot,{kind}", "multiboot,module";'
        assert tree.count(place) == 1
        tree = tree.replace(place, f'{place} isthmus,sha256 = "{digest}";')
    return tree


@pytest.mark.parametrize("changed", ("", "kernel", "ramdisk"))
def test_modules_with_digests(boot, tmp_path, changed):
    """Those that were signed off start, and start again; any other starts nothing."""
    ramdisk = tmp_path / "ramdisk"
    ramdisk.write_bytes(bytes(range(256)) * 100 + b"odd")
    modules = {"kernel": launch.guest("mortal"), "ramdisk": ramdisk}
    tree = signed(modules.values())
    if changed:
        other = tmp_path / "other"
        other.write_bytes(modules[changed].read_bytes()[:-1] + b"!")
        modules[changed] = other
    machine = boot(tree, modules)
    if changed:
        machine.wait("nothing is started: the findings above say why")
        assert any("error[dom-module-digest] /chosen/guest/module@" in line and "not the file that was signed off" in line
                   for line in machine.guest("isthmus"))
    else:
        assert machine.wait_end() == 0
        assert len(lives(machine, "guest")) == 2


def test_a_neighbour_goes_on(boot):
    """One that talks to nobody sees nothing of it, on the same CPU."""
    tree = system(mortal("a", lives=5), domain("b", "other"))
    machine = boot(tree, {"kernel": "mortal", "other": "hello"}, cpus=1, args="sched=rr on-last-off=poweroff")
    assert machine.wait_end() == 0
    assert len(lives(machine, "a")) == 5
    assert "hello: ok" in machine.guest("b")


def latest(boot, memory_mib) -> int:
    """Of a guest beside one of that size which is built again on the same CPU, in instructions / 1000 (us here): how late
    its timer's interrupt came at most."""
    kept = region("lives", None, 0x90000000, 0x1000, extra='isthmus,on-restart = "keep";')
    machine = boot(system(domain("victim", "busy", bootargs="do=timer at=1"),
                          domain("large", "mortal", memory_mib=memory_mib, regions=(kept,),
                                 bootargs="mmu=off id=lives end=reset lives=2")),
                   {"busy": "busy", "mortal": "mortal"}, cpus=1, memory_mib=2048,
                   args="sched=rr sched-slice=1 on-last-off=poweroff", extra=("-icount", "shift=0,sleep=off"))
    assert machine.wait_end(timeout=300) == 0
    lines = machine.lines()
    back = next(i for i, line in enumerate(lines) if "large is back" in line)
    done = next(i for i, line in enumerate(lines) if line.startswith("victim| busy: timer done"))
    assert back < done, "the victim ran all the while"
    return int(re.search(r"at most (\d+) us late", lines[done])[1])


def test_how_long_a_neighbour_waits_has_nothing_to_do_with_its_size(boot):
    """Its memory is cleared, and its map and pages are compared with the plan, in pieces."""
    assert latest(boot, 512) <= latest(boot, 32) + 50


RESTARTS = int(os.environ.get("ISTHMUS_RESTARTS", "200"))


def test_many_restarts_leave_nothing_behind(boot):
    """ISTHMUS_RESTARTS=10000 for a night. Heap pages and references are at the end as at the start."""
    machine = boot(system(mortal("guest", lives=RESTARTS + 1)),
                   {"kernel": "mortal"})
    assert machine.wait_end(timeout=60 + RESTARTS) == 0
    said = machine.guest("isthmus")
    assert len(lives(machine, "guest")) == RESTARTS + 1
    assert sum(" is back: start " in line for line in said) == RESTARTS
    assert any("expected 2, found 2" in line for line in said[said.index("summary"):])


def lasting(*, lives, end, more="", answers="", cpus=2):
    """A talk that outlasts the ends of B, which come at random moments."""
    talk = region("talk", REGION, 0x50000000, 0x10000, extra="isthmus,status; isthmus,doorbell;")
    journal = region("journal", None, 0x50100000, 0x1000, extra='isthmus,on-restart = "keep";')
    text = f"lives={lives} end={end} {more}"
    return system(domain("guest-a", "lasting", regions=(talk,), bootargs=f"role=a {text}"),
                  domain("guest-b", "lasting", cpus=cpus, regions=(talk, journal), bootargs=f"role=b {text}",
                         extra=f"isthmus,watchdog; isthmus,pvpanic; {answers}"))


EVERY_ANSWER = " ".join(f'isthmus,on-{end} = "restart";' for end in ("crash", "panic", "watchdog"))


@pytest.mark.parametrize("end, seen", [("reset", "asked for a reset"), ("crash", "crashed"),
                                       ("panic", "panicked"), ("watchdog", "did not feed its watchdog")])
def test_a_talk_goes_on(boot, end, seen):
    """A sees that B is gone, and that it is another one; nothing that B has answered is lost."""
    machine = boot(lasting(lives=4, end=end, answers=EVERY_ANSWER), {"lasting": "lasting"}, cpus=3)
    assert machine.wait_end() == 0
    said = machine.guest("guest-a")
    assert said[-1] == "lasting: ok", said
    assert machine.guest("guest-b")[-1] == "lasting: ok"
    assert machine.guest("isthmus").count(f"guest-b {seen}: restarting") == 3
    for start in (1, 2, 3):
        assert any(f"lasting: guest-b is {state}, start {start}" in said for state in ("stopped", "crashed", "building"))
        assert f"lasting: guest-b is running, start {start + 1}" in said


@pytest.mark.parametrize("cpus, gic", [(3, 3), (3, 2), (1, 3)])
def test_nothing_that_was_answered_is_lost(boot, cpus, gic):
    """ISTHMUS_RESTARTS=10000 for a night: B ends by all causes in turn, at any instruction, A on a CPU of its own or all
    three vCPUs on one."""
    lives = max(RESTARTS // 4, 20) if cpus > 1 else max(RESTARTS // 10, 8)
    machine = boot(lasting(lives=lives, end="all", more="quiet=yes", answers=EVERY_ANSWER), {"lasting": "lasting"},
                   cpus=cpus, gic=gic, args=f"sched={'null' if cpus > 1 else 'rr'} on-last-off=poweroff")
    assert machine.wait_end(timeout=120 + RESTARTS) == 0
    said = machine.guest("guest-a")
    assert said[-1] == "lasting: ok", said
    assert re.fullmatch(rf"lasting: \d+ questions answered, \d+ asked again, in {lives} lives of the other side", said[-2])
    assert machine.guest("guest-b")[-1] == "lasting: ok"
    summary = machine.guest("isthmus")
    assert sum(line.startswith("guest-b is back: start ") for line in summary) == lives - 1
    counted = [re.search(r"references expected (\d+), found (\d+)", line) for line in summary]
    assert all(match[1] == match[2] for match in counted if match)
    assert any(counted)


@pytest.mark.parametrize("end, seen", [("reset", "asked for a reset"), ("panic", "panicked")])
@pytest.mark.parametrize("answer, said", [("poweroff-machine", "switching the machine off"),
                                          ("reset-machine", "resetting the machine")])
def test_the_end_of_one_is_that_of_the_machine(boot, end, seen, answer, said):
    """`busy` would run for ever. QEMU takes a reset for an end, too (-no-reboot)."""
    tree = system(mortal("a", end=end, extra=f'isthmus,pvpanic; isthmus,on-{end} = "{answer}";'), domain("b", "busy"))
    machine = boot(tree, {"kernel": "mortal", "busy": "busy"}, cpus=2)
    assert machine.wait_end() == 0
    lines = machine.guest("isthmus")
    assert lines.index(f"a {seen}: {said}") < lines.index("summary")
    assert len(lives(machine, "a")) == 1 and not machine.guest("b")


def test_the_machine_halts(boot):
    """It stays on as it is, and nobody runs any more."""
    tree = system(mortal("a", extra='isthmus,on-reset = "halt-machine";'), domain("b", "echo"))
    machine = boot(tree, {"kernel": "mortal", "echo": "echo"}, cpus=2, args="on-last-off=poweroff")
    machine.wait("b is stopped, as the machine is halted")
    machine.settle()
    assert machine.is_on()
    assert machine.guest("isthmus").count("a asked for a reset: halting the machine") == 1
    assert len(lives(machine, "a")) == 1
