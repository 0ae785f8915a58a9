# SPDX-License-Identifier: Apache-2.0
"""The statistics region: what a borrower sees of all domains, and that it can only look."""
import json

import initramfs
import launch
import pytest
from systems import dom0, domain, region, system

BORROWS = "isthmus,statistics;"
RUN, LEAVE, INJECT, RING, STATE, EXITS = (1 << kind for kind in range(1, 7))


def watcher(words: str, **keys) -> str:
    """tests/guests/watcher.cpp has the words."""
    return domain("watcher", "watcher", bootargs=words, extra=BORROWS, **keys)


def worker() -> str:
    """Rings and answers for a while, and powers off (tests/guests/peers.cpp)."""
    return domain("worker", "peers", bootargs="do=" + ",".join(["later:1"] * 12), regions=[talk()])


def talk() -> str:
    return region("talk", 0x7000_0000, 0x5000_0000, 0x1_0000, extra="isthmus,status; isthmus,doorbell;")


@pytest.mark.parametrize("gic, cpus", [(3, 2), (3, 1), (2, 2)])
def test_a_borrower_sees_counters_states_and_events(boot, gic, cpus):
    tree = system(watcher("peer=worker", regions=[talk()]), worker())
    machine = boot(tree, {"watcher": "watcher", "peers": "peers"}, cpus=cpus, gic=gic,
                   args=f"sched={'rr' if cpus == 1 else 'null'} on-last-off=poweroff")
    assert machine.wait_end() == 0
    said = machine.guest("watcher")
    assert said[-1] == "watcher: ok", said
    assert said[0] == f"watcher: 2 domains, {cpus} CPUs"
    assert said[1] == "watcher: worker runs, start 1, its counters move"
    kinds = int(said[2].split("events ")[1].split(",")[0], 16)
    assert kinds & (RUN | STATE | EXITS) == RUN | STATE | EXITS
    if cpus == 1:
        assert kinds & LEAVE, "they share the CPU"
    assert any("region Isthmus's statistics: owner dom_io, borrowers watcher;" in line for line in machine.lines())


def test_dom0_borrows_it_too(boot):
    """Its addresses are the machine's: it sees them where that has nothing. Its end is the machine's."""
    tree = system(dom0("watcher", bootargs="peer=worker"), domain("worker", "peers", bootargs="do=later:1,later:1"),
                  chosen=BORROWS)
    machine = boot(tree, {"watcher": "watcher", "peers": "peers"}, cpus=2, args="dom0_mem=64M")
    assert machine.wait_end() == 0
    said = machine.guest("Dom0")
    assert said[0] == "watcher: 2 domains, 2 CPUs" and said[-1] == "watcher: ok", said
    assert any("region Isthmus's statistics: owner dom_io, borrowers Dom0;" in line for line in machine.lines())


def test_nobody_may_write_it(boot):
    machine = boot(system(watcher("do=poke", regions=[talk()]), worker()), {"watcher": "watcher", "peers": "peers"},
                   args="on-last-off=poweroff")
    assert machine.wait_end() == 0
    assert any("watcher vcpu0 may only read region Isthmus's statistics (owner dom_io): store to" in line
               for line in machine.lines()), machine.lines()


def test_a_guest_that_does_not_borrow_it_has_none(boot):
    machine = boot(system(domain("watcher", "watcher", bootargs="peer=worker", regions=[talk()]), worker()),
                   {"watcher": "watcher", "peers": "peers"}, args="on-last-off=poweroff")
    assert machine.wait_end() == 0
    assert any("watcher: FAILED: the tree has no statistics" in line for line in machine.guest("watcher"))
    assert not any("statistics" in line for line in machine.lines() if "watcher:" not in line)


def test_linux_shows_it_like_top_and_writes_a_trace(boot, tmp_path):
    """The trace is what Perfetto opens: JSON of trace events, each with its phase, time, process and thread."""
    ramdisk = tmp_path / "ramdisk.cpio"
    top = (launch.build_folder() / "guests/linux/isthmus_top").read_bytes()
    init = (launch.ROOT / "tests/guests/linux/statistics-init.sh").read_bytes()
    ramdisk.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, {"bin/isthmus_top": top}))
    # The second shares the CPU, and outlives the look.
    tree = system(domain("linux", "kernel", memory_mib=256, ramdisk="ramdisk", bootargs="console=ttyAMA0 quiet",
                         extra=BORROWS),
                  domain("bells", "peers", bootargs="do=" + ",".join(["later:1"] * 100), regions=[talk()]),
                  domain("other", "peers", bootargs="do=later:1", regions=[talk()]))
    machine = boot(tree, {"kernel": initramfs.LINUX_6_1.image(), "ramdisk": ramdisk, "peers": "peers"}, cpus=1,
                   args="sched=rr on-last-off=poweroff")
    machine.wait_guest("linux", "statistics: ok", timeout=240)
    said = machine.guest("linux")
    rows = [line.split() for line in said if line.startswith(("linux ", "bells ", "other "))]
    assert len(rows) == 9, said
    assert {row[0]: row[1] for row in rows[-3:]}.keys() == {"linux", "bells", "other"}
    assert rows[-3][1] == "running" and float(rows[-3][5]) > 0, "exits a second"
    trace = json.loads("\n".join(line.removeprefix("trace: ") for line in said if line.startswith("trace: ")))
    events = trace["traceEvents"]
    assert trace["otherData"]["lost"] == 0
    assert f"isthmus_top: {len(events)} records written, 0 events lost" in said
    assert all({"ph", "ts", "pid", "tid"} <= event.keys() for event in events)
    names = {event["args"]["name"] for event in events if event["ph"] == "M"}
    assert names == {"CPU 0", "linux", "bells", "other"}
    turns = [event for event in events if event["ph"] in "BE"]
    assert [event["ts"] for event in turns] == sorted(event["ts"] for event in turns)
    assert {"linux vcpu0", "bells vcpu0"} <= {event.get("name") for event in turns}
    assert any(event["ph"] == "C" and event["name"] == "exits of vcpu0" for event in events)
