# SPDX-License-Identifier: Apache-2.0
"""Dom0 and its devices, as every command of the host program shows them."""
import copy
import re

import pytest
from conftest import isthmus, plan_of
from test_report import body_of, boxes, page_of, rows

import check_plan
from systems import dom0, domain, region, system

ARGUMENTS = 'xen,xen-bootargs = "dom0_mem=256M dom0_max_vcpus=2";'
SHARED = [region("m", 0x7000_0000, 0x7000_0000, 0x1_0000)]
PAIR = system(dom0(regions=SHARED), domain("a", regions=[region("m", 0x7000_0000, 0x5000_0000, 0x1_0000)]),
              chosen=ARGUMENTS)
FLASH = "/flash@0"


@pytest.fixture(params=(2, 3))
def plan(request, make_tree):
    return plan_of(make_tree(PAIR, gic=request.param))


def test_the_plan_is_proved_again(plan):
    assert not list(check_plan.Checker(plan).findings())


def test_json(plan):
    first, second = plan["domains"]
    assert (first["name"], first["id"], first["is_dom0"], first["direct_map"]) == ("Dom0", 0, True, True)
    assert (second["is_dom0"], second["devices"], second["streams"]) == (False, [], [])
    flash = next(device for device in first["devices"] if device["path"] == FLASH)
    assert flash == {"path": FLASH, "asked_by": "", "forced": True, "coherent": False, "is_behind_smmu": False,
                     "windows": [{"guest": [at, at + 0x400_0000], "host": at} for at in (0, 0x400_0000)]}
    line = next(route for route in first["interrupts"] if route["device"] == "/pl031@9010000")
    assert line == {"virtual_intid": 34, "host_intid": 34, "device": "/pl031@9010000", "edge": False}
    assert "/pl011@9000000" in plan["not_for_dom0"]
    assert {own["path"] for own in plan["machine"]["kept"]} == {"/intc@8000000", "/pl011@9000000"}
    assert not {device["path"] for device in first["devices"]} & set(plan["not_for_dom0"])


def test_text(make_tree):
    tree = make_tree(PAIR)
    text = isthmus("plan", tree).stdout
    table = text[:text.index("\nhost RAM")]
    assert re.search(r"^Dom0 has \d+ devices: \d+ pages of registers, \d+ interrupt lines$", table, re.MULTILINE)
    assert "/pl031@9010000" not in table, "a hundred devices are no table for a console"
    assert re.search(r'^Dom0 +0x70000000-0x70010000 +0x70000000 +64 KiB +foreign rw "m"$', table, re.MULTILINE)
    whole = isthmus("plan", tree, "--domain", "Dom0").stdout
    assert "device     /pl031@9010000\n             0x9010000-0x9011000     at host 0x9010000-0x9011000\n" in whole
    assert "interrupt  34 for /pl031@9010000, from the machine's 34\n" in whole
    assert re.search(r"memory +0x0-0x8000000 +rw- at host 0x0-0x8000000 +devices\n", whole)


def test_report(make_tree, tmp_path):
    body = body_of(page_of(make_tree(PAIR, gic=2), tmp_path))
    maps = boxes(body)
    guest = [title for part, found in maps.items() if part.startswith("Dom0") for style, _, title in found
             if style == "box passed"]
    assert any(title.startswith("flash@0: 0x0-0x8000000") for title in guest), guest
    host = [(style, title) for part, found in maps.items() if part.startswith("the machine")
            for style, _, title in found]
    assert [title for style, title in host if style == "box passed" and "flash" in title]
    assert all("Dom0" in title for style, title in host if style == "box passed")
    assert any(title.startswith("GIC CPU interface") for _, _, title in maps["a"])
    assert not any(style == "box passed" for style, _, _ in maps["a"])
    table = {row[1]: row for row in rows(body, "Devices of the machine")}
    assert table["/pl031@9010000"] == ["Dom0", "/pl031@9010000", "34", "-", "0x9010000-0x9011000"]
    assert table[FLASH][4] == "0x0-0x4000000, 0x4000000-0x8000000"


# What QEMU's tree has with iommu=smmuv3.
SMMU = """smmu: smmuv3@9050000 { compatible = "arm,smmu-v3"; reg = <0 0x9050000 0 0x20000>; #iommu-cells = <1>; };
    pcie@10000000 { iommu-map = <0 &smmu 0 0x10000>; };"""


def test_streams(make_tree, tmp_path):
    tree = make_tree(system(dom0(), domain("a"), chosen=ARGUMENTS, root=SMMU))
    first, second = plan_of(tree)["domains"]
    assert first["streams"] == [{"smmu": "/smmuv3@9050000", "first": 0, "count": 0x10000}]
    assert second["streams"] == []
    assert "  streams    0x0-0xffff of /smmuv3@9050000\n" in isthmus("plan", tree).stdout
    body = body_of(page_of(tree, tmp_path))
    assert rows(body, "Streams of SMMUs") == [["Dom0", "/smmuv3@9050000", "0x0-0xffff"]]


def streams_of_both(plan):
    for number, domain in enumerate(plan["domains"]):
        domain["streams"].append({"smmu": "/smmu", "first": 8 * number, "count": 9})


def test_maps_of_a_large_board_stay_short(make_tree, tmp_path):
    devices = "".join(f"dev@{at:x} {{ reg = <0 {at:#x} 0 0x1000>; }};"
                      for at in range(0xB00_0000, 0xB00_0000 + 100 * 0x4000, 0x4000))
    body = body_of(page_of(make_tree(system(dom0(), chosen=ARGUMENTS, root=devices)), tmp_path))
    maps = boxes(body)
    for part in ("the machine", "Dom0"):
        found = [title for name, drawn in maps.items() if name.startswith(part)
                 for style, _, title in drawn if style == "box passed"]
        assert len(found) < 5, found
        assert any(re.search(r"^\d{3} windows of devices: .* of it ", title) for title in found), found
    assert len(rows(body, "Devices of the machine")) > 100


def dom0_of(plan):
    return plan["domains"][0]


def device_mapping(plan, guest=0x901_0000):
    return next(one for one in dom0_of(plan)["mappings"] if one["type"] == "device" and
                one["guest"][0] <= guest < one["guest"][1])


def of_another(plan):
    plan["domains"][1]["mappings"].append(device_mapping(plan) | {"guest": [0x901_0000, 0x902_0000]})


def reserved(plan, number, at):
    plan["domains"][number]["mappings"].append({
        "guest": [at, at + 0x1000], "host": at, "type": "reserved_rw", "writable": True, "executable": False,
        "region": None})


def line_of_another(plan):
    plan["domains"][1]["interrupts"].append(copy.deepcopy(dom0_of(plan)["interrupts"][-1]))


def move_device(plan):
    mapping = device_mapping(plan)
    mapping["guest"] = [at + 0x1000_0000_0000 for at in mapping["guest"]]


def twice(plan):
    plan["domains"][1]["devices"].append(dom0_of(plan)["devices"][0] | {"asked_by": "a module"})


CHANGES = {
    "another's device": (of_another, "devices: Dom0"),
    "nobody asked": (of_another, "a: nobody asked for the device"),
    "in RAM": (lambda plan: device_mapping(plan).update(host=0x5000_0000), "lies in RAM"),
    "Isthmus's": (lambda plan: device_mapping(plan).update(host=0x900_0000), "which Isthmus keeps"),
    "executable": (lambda plan: device_mapping(plan).update(executable=True), "executable"),
    "elsewhere": (move_device, "guest address of a device is no host address"),
    "not mapped": (lambda plan: dom0_of(plan)["mappings"].remove(device_mapping(plan)), "is not mapped at"),
    "two users": (twice, "has two users"),
    "by nobody": (lambda plan: dom0_of(plan)["devices"][0].update(asked_by="x"), "was asked for by x"),
    "a stream twice": (streams_of_both, "streams of /smmu"),
    "a line twice": (line_of_another, "one line of the machine goes to two places"),
    "another number": (lambda plan: dom0_of(plan)["interrupts"][-1].update(virtual_intid=33), "another number"),
    "no such number": (lambda plan: dom0_of(plan)["interrupts"][-1].update(virtual_intid=900), "does not have"),
    "reserved, not Dom0": (lambda plan: reserved(plan, 1, 0x600_0000_0000), "a: reserved memory"),
    "reserved, not so": (lambda plan: reserved(plan, 0, 0x600_0000_0000), "is not reserved memory"),
    "withheld": (lambda plan: plan["not_for_dom0"].append(FLASH), "is not for Dom0"),
    "not direct-mapped": (lambda plan: dom0_of(plan).update(direct_map=False), "only domain 0"),
    "another Dom0": (lambda plan: plan["domains"][1].update(is_dom0=True), "only domain 0"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_checker_sees_a_change(plan, name):
    change, says = CHANGES[name]
    change(plan)
    found = list(check_plan.Checker(plan).findings())
    assert any(says in line for line in found), found


class Watched(dict):
    """Notes which of its keys somebody looks at, and those of what it holds."""

    def __init__(self, data, path, read, present):
        super().__init__({key: watched(value, f"{path}{key}", read, present) for key, value in data.items()})
        self.path, self.read = path, read
        present.update(path + key for key in data)

    def __getitem__(self, key):
        self.read.add(self.path + key)
        return super().__getitem__(key)


def watched(data, path, read, present):
    if isinstance(data, dict):
        return Watched(data, path and f"{path}.", read, present)
    return [watched(one, path, read, present) for one in data] if isinstance(data, list) else data


# What the second opinion has none about: nodes' names, what is only said, and what no rule of it needs.
NOT_PROVED = {
    "arena_bytes", "arena_used", "digest", "domains.bootargs", "domains.devices.coherent", "domains.devices.forced",
    "domains.interrupts.device", "domains.interrupts.edge", "domains.kernel.path", "domains.kernel.sha256", "domains.partial_tree",
    "domains.path", "domains.priority", "domains.vcpus.id", "domains.views.path",
    "domains.views.presentation", "host_map.path", "host_map.static", "machine.cpus.mpidr", "machine.cpus.path",
    "machine.gic_version", "machine.kept.path", "machine.memory.path", "machine.model", "options", "pools.path",
    "regions.dialect", "regions.id_cell", "regions.path",
}


def test_what_the_second_opinion_looks_at(make_tree):
    read, present = set(), set()
    with_status = PAIR.replace("xen,shm-id =", "isthmus,status; xen,shm-id =")
    assert with_status != PAIR
    for text in (PAIR, with_status, system(dom0(), domain("a"), chosen=ARGUMENTS, root=SMMU)):
        for gic in (2, 3):
            assert not list(check_plan.Checker(watched(plan_of(make_tree(text, gic=gic)), "", read, present)).findings())
    assert {name for name in present - read if not name.startswith("options.")} == NOT_PROVED
