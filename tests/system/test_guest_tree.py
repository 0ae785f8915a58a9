# SPDX-License-Identifier: Apache-2.0
"""The tree a guest was really given is the one the host program writes for the same boot tree."""
import subprocess

import libfdt
import pytest

from isthmus_qemu import launch
from systems import domain, region, system

HOST_PROGRAM = launch.build_folder().parent / "host" / "isthmus"


def dumped_tree(lines: list[str]) -> bytes:
    """What tests/guests/dump.cpp printed."""
    data = [line.removeprefix("dump: ") for line in lines if line.startswith("dump: ")]
    blob = bytes.fromhex("".join(data[:-1]))
    assert data[-1] == f"end {len(blob)}", "lines were lost"
    return blob


def contents(blob: bytes) -> dict[str, dict[str, bytes]]:
    """Path to properties; the order of nodes and properties does not count."""
    tree = libfdt.FdtRo(blob)
    found = {}

    def walk(node: int, path: str) -> None:
        properties = {}
        offset = tree.first_property_offset(node, libfdt.QUIET_NOTFOUND)
        while offset >= 0:
            item = tree.get_property_by_offset(offset)
            properties[item.name] = bytes(item)
            offset = tree.next_property_offset(offset, libfdt.QUIET_NOTFOUND)
        found[path or "/"] = properties
        child = tree.first_subnode(node, libfdt.QUIET_NOTFOUND)
        while child >= 0:
            walk(child, f"{path}/{tree.get_name(child)}")
            child = tree.next_subnode(child, libfdt.QUIET_NOTFOUND)

    walk(0, "")
    return found


@pytest.mark.parametrize("presentation", ["reserved", "xen", "pmem"])
def test_guest_tree_is_the_planned_one(boot, tmp_path, presentation):
    extra = f'isthmus,presentation = "{presentation}";'
    shared = [region("demo", 0x7000_0000, 0x5000_0000, 0x20_0000, extra=extra)]
    tree = system(domain("guest-a", "dump", cpus=2, bootargs="some words", regions=shared),
                  domain("guest-b", "hello", regions=shared))
    machine = boot(tree, {"dump": "dump", "hello": "hello"}, cpus=3)
    machine.wait_end()
    given = contents(dumped_tree(machine.guest("guest-a")))

    boot_tree = tmp_path / "machine0" / "boot.dtb"
    planned = subprocess.run([HOST_PROGRAM, "tree", boot_tree, "--domain", "guest-a"], check=True,
                             capture_output=True).stdout
    assert given == contents(planned)
    assert given["/chosen"]["bootargs"] == b"some words\0"
    assert [path for path in given if path.startswith("/cpus/cpu@")] == ["/cpus/cpu@0",
                                                                         "/cpus/cpu@1"]
    node = given["/reserved-memory/xen-shmem@50000000"]
    assert node["xen,id"] == b"demo\0"
    assert ("no-map" in node) == (presentation != "xen")
    assert ("/pmem@50000000" in given) == (presentation == "pmem")
