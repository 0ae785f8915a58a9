# SPDX-License-Identifier: Apache-2.0
"""`isthmus plan`: its JSON against a checker that knows nothing of the planner, over every tree at hand;
and that checker against plans with one number changed."""
import copy
import json
import re
import subprocess
import sys

import pytest
from conftest import PROGRAM, ROOT, isthmus, plan_of

import check_health
import check_plan
from systems import domain, region, system

# Boot trees among the seeds; their first byte is the fuzz target's own.
SEEDS = [path for path in sorted((ROOT / "tests" / "fuzz" / "corpus").glob("*/*"))
         if path.read_bytes()[1:5] == b"\xd0\x0d\xfe\xed"]
HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def both(first, second=None, **changes):
    return system(domain("a", regions=first, **changes),
                  domain("b", regions=first if second is None else second, **changes))


MINE = region("m", HOST, GUEST, SIZE, extra='role = "owner";')
DIRECT = "direct-map; xen,static-mem = <0 0x6c000000 0 0x3000000>, <0 0x50000000 0 0x1000000>;"
OTHER = region("o", HOST + SIZE, GUEST + SIZE, SIZE, extra="isthmus,doorbell;")


def end(label, port, peer):
    return f'{label}: evtchn {{ compatible = "xen,evtchn-v1"; xen,evtchn = <{port} &{peer}>; }};'


SYSTEMS = {
    "dom_io": both([region("m", HOST, GUEST, SIZE)]),
    "numbered": both([region(7, HOST, GUEST, SIZE)]),
    "no host address": both([region("m", None, GUEST, SIZE)], cpus=2),
    "read only": both([MINE], [region("m", HOST, GUEST + SIZE, SIZE, extra='isthmus,access = "ro";')]),
    "a window": both([MINE], [region("m", HOST, GUEST, 0x1000,
                                     extra="isthmus,offset = <0x0 0x2000>;")]),
    "direct-mapped": system(domain("a", regions=[region("m", HOST, HOST, SIZE)], extra=DIRECT),
                            domain("b", regions=[region("m", HOST, GUEST, SIZE)])),
    "static RAM in pieces": system(domain("a", extra="xen,static-mem = <0 0x6c000000 0 0x3000000>, "
                                                "<0 0x50000000 0 0x1000000>;")),
    "doorbells": system(*(domain(name, regions=[region("m", HOST, GUEST, SIZE, extra="isthmus,doorbell;"), *more])
                          for name, more in (("a", [OTHER]), ("b", [OTHER]), ("c", [])))),
    "channels": system(domain("a", extra='xen,enhanced = "no-xenstore"; ' + end("ec_a", 10, "ec_b")),
                       domain("b", extra=end("ec_b", 11, "ec_a"))),
    "ends": system(domain("a", regions=[region("m", HOST, GUEST, SIZE, extra='isthmus,on-restart = "clear";')],
                          extra='isthmus,on-crash = "restart"; isthmus,on-watchdog = "stop-group"; isthmus,watchdog; '
                          'isthmus,restart-limit = <3 60>; isthmus,on-restart-limit = "reset-machine"; '
                          'isthmus,group = "cabin";'),
                   domain("b", regions=[region("m", HOST, GUEST, SIZE)], extra='isthmus,group = "cabin";')),
    "status": system(*(domain(name, regions=[region("m", HOST, GUEST, SIZE, extra="isthmus,status;"), *more])
                       for name, more in (("a", [OTHER]), ("b", [OTHER]), ("c", [])))),
    "a status page, direct-mapped": system(
        domain("a", regions=[region("m", HOST, HOST, SIZE, extra="isthmus,status;")], extra=DIRECT),
        domain("b", regions=[region("m", HOST, GUEST, SIZE)])),
    "statistics": system(domain("a", extra="isthmus,statistics;"), domain("b"), domain("c", extra="isthmus,statistics;")),
    "statistics, direct-mapped": system(domain("a", extra=f"isthmus,statistics; {DIRECT}"), domain("b")),
    "three": system(*(domain(name, regions=[region("m", HOST, GUEST, SIZE)]) for name in "abc")),
}


@pytest.mark.parametrize("gic", (2, 3))
@pytest.mark.parametrize("name", SYSTEMS)
def test_plans_of_systems(make_tree, name, gic):
    assert not list(check_plan.Checker(plan_of(make_tree(SYSTEMS[name], gic=gic))).findings())


def test_plans_of_the_fuzzing_corpus(tmp_path):
    planned = 0
    for number, path in enumerate(SEEDS):
        seed = tmp_path / f"{number}.dtb"
        seed.write_bytes(path.read_bytes()[1:])
        done = subprocess.run([PROGRAM, "plan", seed, "--json"], capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1), f"{path}: {done.returncode}"
        if done.returncode == 0:
            planned += 1
            assert not list(check_plan.Checker(json.loads(done.stdout)).findings()), path
    assert not SEEDS or planned > 0


def change_host(plan):
    plan["domains"][0]["mappings"][0]["host"] += 4096


def reach_other(plan):
    plan["domains"][0]["mappings"][0]["host"] = plan["domains"][1]["mappings"][0]["host"]


def may_write(plan):
    mapping = [one for one in plan["domains"][1]["mappings"] if one["region"] is not None][0]
    mapping["type"], mapping["writable"] = "foreign_rw", True


def may_execute(plan):
    [one for one in plan["domains"][1]["mappings"] if one["region"] is not None][0]["executable"] = True


CHANGES = {
    "mapping moved": (change_host, "host map keeps"),
    "another's RAM": (reach_other, "reaches"),
    "more rights": (may_write, "are not its views"),
    "execute": (may_execute, "right to execute"),
    "shared CPU": (lambda plan: plan["domains"][0]["vcpus"][0].update(host_cpu=plan["domains"][1]["vcpus"][0][
        "host_cpu"]), "share one"),
    "a gap": (lambda plan: plan["host_map"].pop(0), "cover RAM"),
    "references": (lambda plan: plan["regions"][0].update(references_per_page=9), "references"),
    "owner": (lambda plan: plan["regions"][0].update(owner=check_plan.DOM_IO), "owner"),
    "borrowers": (lambda plan: plan["regions"][0].update(borrowers=[]), "borrowers"),
    "region's size": (lambda plan: plan["regions"][0].update(size=4096), "add up"),
    "guest overlap": (lambda plan: plan["domains"][0]["emulated_devices"][0].update(
        registers=[plan["domains"][0]["mappings"][0]["guest"]]), "overlaps"),
    "emulated interrupt": (lambda plan: plan["domains"][0]["emulated_devices"][0].update(interrupts=[40]),
                           "that Isthmus makes"),
    "kernel outside": (lambda plan: plan["domains"][0].update(kernel_window=[0x1000, 0x2000]), "not in its RAM"),
}


def test_the_checker_sees_a_direct_mapped_domain_elsewhere(make_tree):
    plan = plan_of(make_tree(SYSTEMS["read only"]))
    plan["domains"][0]["direct_map"] = True
    assert any("direct-mapped" in line for line in check_plan.Checker(plan).findings())


DEVICES = {
    "gone": lambda mappings, device: mappings.remove(device),
    "elsewhere": lambda mappings, device: device.update(guest=[at + 0x1000 for at in device["guest"]]),
    "in RAM": lambda mappings, device: device.update(host=HOST),
    "executable": lambda mappings, device: device.update(executable=True),
    "a second one": lambda mappings, device: mappings.append(device | {"guest": [0x9000_0000, 0x9000_2000]}),
}


@pytest.mark.parametrize("name", DEVICES)
def test_the_checker_sees_a_device_that_is_no_cpu_interface(make_tree, name):
    plan = plan_of(make_tree(SYSTEMS["dom_io"], gic=2))
    mappings = plan["domains"][1]["mappings"]
    DEVICES[name](mappings, next(mapping for mapping in mappings if mapping["type"] == "device"))
    assert any("device" in line for line in check_plan.Checker(plan).findings())


@pytest.mark.parametrize("name", CHANGES)
def test_the_checker_sees_a_change(make_tree, name):
    plan = plan_of(make_tree(SYSTEMS["read only"]))
    change, says = CHANGES[name]
    changed = copy.deepcopy(plan)
    change(changed)
    found = list(check_plan.Checker(changed).findings())
    assert any(says in line for line in found), found


def change_bell(**changes):
    return lambda domain: domain["doorbells"][1].update(changes)


SIGNALS = {
    "another's bell": ("doorbells", change_bell(peer_bell=1), "another one back"),
    "to itself": ("doorbells", change_bell(peer=1), "rings nobody"),
    "to nobody": ("doorbells", change_bell(peer=9), "rings nobody"),
    "another region": ("doorbells", change_bell(region=1), "by a region that the two do not share"),
    "two interrupts": ("doorbells", change_bell(intid=99), "by two interrupts"),
    "a device's interrupt": ("doorbells", lambda domain: domain["doorbells"][2].update(
        intid=domain["emulated_devices"][0]["interrupts"][0]), "ring by one interrupt"),
    "a bell too few": ("doorbells", lambda domain: domain["doorbells"].pop(), "one to each other party"),
    "one-sided": ("channels", lambda domain: domain["xen"]["channels"][0].update(peer_port=12), "other end of port 10"),
    "port": ("channels", lambda domain: domain["xen"]["channels"][0].update(port=4096), "its ports"),
    "console": ("channels", lambda domain: domain["xen"].update(console_port=10), "console's port"),
    "console elsewhere": ("channels", lambda domain: domain["xen"].update(console=[0x1000, 0x2000]), "no page of RAM"),
    "console in the tree": ("channels", lambda domain: domain["xen"].update(console=domain["tree_target"]),
                            "no page of RAM"),
    "grants in RAM": ("channels", lambda domain: domain["xen"].update(grants=domain["kernel_window"]), "grant tables"),
    "no interface": ("channels", lambda domain: domain["xen"].update(interface="none"), "does not fit"),
    "a block of no number": ("doorbells", lambda domain: domain["emulated_devices"][1].update(number=1), "by kind"),
}


SYSTEM_REGIONS = {
    "an owner": (lambda region, view: region.update(owner=1), "somebody owns it"),
    "a bell": (lambda region, view: region.update(has_doorbells=True), "somebody owns it, or rings by it"),
    "a writer": (lambda region, view: view.update(writable=True), "a guest may write it"),
    "a channel": (lambda region, view: view.update(event_ports=[1]), "rings by it"),
    "of itself": (lambda region, view: region.update(subject=region["index"]), "the status of no region"),
    "of another": (lambda region, view: region.update(subject=1), "for the region's parties"),
    "larger": (lambda region, view: region.update(size=8192), "not a page"),
}


@pytest.mark.parametrize("name", SYSTEM_REGIONS)
def test_the_checker_sees_a_changed_system_region(make_tree, name):
    change, says = SYSTEM_REGIONS[name]
    plan = plan_of(make_tree(SYSTEMS["status"]))
    region = next(region for region in plan["regions"] if region["role"] == "status")
    change(region, next(view for view in plan["domains"][0]["views"] if view["region"] == region["index"]))
    found = list(check_plan.Checker(plan).findings())
    assert any(says in line for line in found), found


def test_the_checker_sees_a_second_status_page(make_tree):
    plan = plan_of(make_tree(SYSTEMS["status"]))
    plan["regions"].append(next(region for region in plan["regions"] if region["role"] == "status"))
    assert "two status pages are about one region" in list(check_plan.Checker(plan).findings())


@pytest.mark.parametrize("change, says", [({"size": 0x1000}, "not one piece of the size"),
                                          ({"subject": 0}, "is about one region"), ({"owner": 1}, "somebody owns it")])
def test_the_checker_sees_changed_statistics(make_tree, change, says):
    plan = plan_of(make_tree(SYSTEMS["statistics"]))
    assert [region["role"] for region in plan["regions"]] == ["statistics"]
    plan["regions"][0].update(change)
    assert any(says in line for line in check_plan.Checker(plan).findings())


def test_the_checker_sees_a_second_region_of_statistics(make_tree):
    plan = plan_of(make_tree(SYSTEMS["statistics"]))
    plan["regions"].append(plan["regions"][0])
    assert "there are two regions of statistics" in list(check_plan.Checker(plan).findings())


@pytest.mark.parametrize("name", SIGNALS)
def test_the_checker_sees_a_changed_signal(make_tree, name):
    kind, change, says = SIGNALS[name]
    plan = plan_of(make_tree(SYSTEMS[kind]))
    change(plan["domains"][0])
    found = list(check_plan.Checker(plan).findings())
    assert any(says in line for line in found), found


def ram(domain):
    return next(mapping["host"] for mapping in domain["mappings"] if mapping["type"] == "ram_rw")


HEALTH = {
    "a restart of what cannot be": (lambda domain: domain["health"].update(can_restart=False), "and cannot be"),
    "another after the last": (lambda domain: domain["health"].update(on_restart_limit="restart"), "follows the last"),
    "no group": (lambda domain: domain["health"].update(group=""), "is in none"),
    "no time": (lambda domain: domain["health"].update(restart_seconds=0), "its limit"),
    "too many": (lambda domain: domain["health"].update(restart_count=1001), "its limit"),
    "Dom0": (lambda domain: domain.update(id=0), "not the machine's"),
    "a free device": (lambda domain: domain["devices"].append({"path": "/net", "is_behind_smmu": False}), "holds back"),
    "a reader clears": (lambda domain: domain["views"][0].update(writable=False), "may only read"),
    "a kernel in RAM": (lambda domain: domain["kernel"].update(host=[ram(domain), ram(domain) + 1]), "is domain_ram"),
}


@pytest.mark.parametrize("name", HEALTH)
def test_the_checker_sees_a_changed_end(make_tree, name):
    change, says = HEALTH[name]
    plan = plan_of(make_tree(SYSTEMS["ends"]))
    change(plan["domains"][0])
    found = list(check_health.of_all(plan))
    assert any(says in line for line in found), found


def test_what_follows_an_end(make_tree):
    """In the plan, in its text, and in that of one domain."""
    tree = make_tree(SYSTEMS["ends"])
    a, b = plan_of(tree)["domains"]
    assert a["health"] == {"on_power_off": "stop", "on_reset": "restart", "on_crash": "restart", "on_watchdog": "stop-group",
                           "on_panic": "stop", "restart_count": 3, "restart_seconds": 60,
                           "on_restart_limit": "reset-machine", "group": "cabin", "can_restart": True}
    assert (b["health"]["group"], b["health"]["on_reset"]) == ("cabin", "restart")
    assert a["views"][0]["clear_on_restart"] and not b["views"][0]["clear_on_restart"]
    assert re.search(r"^a +crash: restart, watchdog: stop-group, restarts: 3 in 60 s, then: reset-machine, group: cabin$",
                     isthmus("plan", tree).stdout, re.MULTILINE)
    one = isthmus("plan", tree, "--domain", "a").stdout
    assert "  ends       by crash: restart\n" in one and "cleared when it is restarted" in one


def test_the_checker_is_a_program(make_tree):
    text = isthmus("plan", make_tree(SYSTEMS["dom_io"]), "--json").stdout
    command = [sys.executable, ROOT / "tools" / "plan" / "check_plan.py"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "plan: ok\n")
    done = subprocess.run(command, input=text.replace('"writable": true', '"writable": false'),
                          capture_output=True, text=True)
    assert done.returncode == 1 and "right to write" in done.stdout


def test_one_domain(make_tree):
    tree = make_tree(SYSTEMS["read only"])
    text = isthmus("plan", tree, "--domain", "b").stdout
    assert "r-- at host 0x70000000-0x70010000" in text and "region m, borrowed" in text
    assert "vCPU 0" in text and "/cpus/cpu@1" in text and " a, " not in text
    plan = json.loads(isthmus("plan", tree, "--domain", "b", "--json").stdout)
    assert [one["name"] for one in plan["domains"]] == ["b"]
    assert {entry["owner"] for entry in plan["host_map"]} == {2}
    assert 'no domain is named "c"' in isthmus("plan", tree, "--domain", "c", status=1).stderr


def test_the_memory_that_planning_takes(make_tree):
    """It grows with the tree, and text and JSON agree."""
    used = []
    for more in "", "".join(f"node{number} {{ }};" for number in range(1000)):
        tree = make_tree(SYSTEMS["read only"] + f"/ {{ more {{ {more} }}; }};")
        plan = plan_of(tree)
        assert plan["arena_bytes"] == 4 << 20
        used.append(plan["arena_used"])
        line = f"read and planned in {(used[-1] + 1023) // 1024} KiB of 4 MiB"
        assert line in isthmus("plan", tree).stdout.splitlines()
    assert used[0] < 300_000 and used[0] + 1000 * 16 < used[1]


def test_digest(make_tree):
    tree = make_tree(SYSTEMS["read only"])
    digest = plan_of(tree)["digest"]
    assert isthmus("plan", tree).stdout.splitlines()[-1] == f"plan digest {digest}"
    assert json.loads(isthmus("check", tree, "--json").stdout)[0]["plan_digest"] == digest
    named = SYSTEMS["read only"].replace("chosen {", f'chosen {{ isthmus,plan-digest = "{digest}";', 1)
    assert isthmus("check", make_tree(named)).stdout == ""
    changed = make_tree(named.replace('"ro"', '"rw"'))
    assert "error[plan-digest] /chosen" in isthmus("check", changed, status=1).stdout
    assert isthmus("plan", changed, status=1).stdout, "it is shown all the same"


def test_whole_plan(make_tree):
    text = isthmus("plan", make_tree(SYSTEMS["read only"])).stdout
    for part in ("plan for", "host RAM", "heap", "d1 a,", "d2 b,", "interrupt  27 for timer", "foreign ro"):
        assert part in text, text
