# SPDX-License-Identifier: Apache-2.0
"""Wrong trees: the console names every mistake by its rule, and no guest starts."""
import gzip
import subprocess

import pytest

from isthmus_qemu import launch
from systems import domain, region, system

HOST, GUEST, SIZE = 0x7000_0000, 0x5000_0000, 0x1_0000


def pair(first: list[str], second: list[str], **changes) -> str:
    return system(domain("guest-a", "hello", regions=first, **changes),
                  domain("guest-b", "hello", regions=second))


def both(*regions: str) -> str:
    return pair(list(regions), list(regions))


# name: tree, and the rules that must be reported, each with a piece of what follows it
WRONG = {
    "over the guest's RAM": (
        both(region("demo", HOST, 0x4100_0000, SIZE)),
        {"shm-guest-overlap": "0x41000000-0x41010000"}),
    "over the guest's UART": (
        both(region("demo", HOST, 0x2200_0000, SIZE)), {"shm-guest-overlap": "0x22000000"}),
    "two sizes": (
        pair([region("demo", HOST, GUEST, SIZE)], [region("demo", HOST, GUEST, 2 * SIZE)]),
        {"shm-id-conflict": "guest-b"}),
    "two owners": (
        both(region("demo", HOST, GUEST, SIZE, extra='role = "owner";')),
        {"shm-owner-duplicate": "guest-"}),
    "borrowers only": (
        both(region("demo", HOST, GUEST, SIZE, extra='role = "borrower";')),
        {"shm-owner-missing": "guest-"}),
    "an unknown role": (
        pair([region("demo", HOST, GUEST, SIZE, extra='role = "boss";')],
             [region("demo", HOST, GUEST, SIZE)]),
        {"shm-role": "boss"}),
    "an id that is too long": (
        both(region("sixteen-letters-", HOST, GUEST, SIZE)), {"shm-id-too-long": "guest-a"}),
    "not in RAM": (
        both(region("demo", 0x1_0000_0000, GUEST, SIZE)), {"shm-host-not-ram": "0x100000000"}),
    "over a module": (
        both(region("demo", 0x4840_0000, GUEST, SIZE)), {"shm-host-overlap": "0x48400000"}),
    "one range under two ids": (
        both(region("demo", HOST, GUEST, SIZE), region("other", HOST, GUEST + SIZE, SIZE)),
        {"shm-alias": "shared@50010000"}),
    "not in whole pages": (
        both(region("demo", HOST + 0x800, GUEST, SIZE)), {"shm-align": "0x70000800"}),
    "no size": (both(region("demo", HOST, GUEST, 0)), {"shm-size-zero": "guest-a"}),
    "host address on one side only": (
        pair([region("demo", HOST, GUEST, SIZE)], [region("demo", None, GUEST, SIZE)]),
        {"shm-host-mixed": "guest-"}),
    "no kernel": (system(domain("guest-a", None)), {"dom-kernel-missing": "guest-a"}),
    "more memory than there is": (
        system(domain("guest-a", "hello", memory_mib=8192)), {"dom-out-of-memory": "guest-a"}),
    "no vCPU": (system(domain("guest-a", "hello", cpus=0)), {"dom-cpus": "guest-a"}),
    "three mistakes in three nodes": (
        pair([region("demo", HOST, 0x4100_0000, SIZE)],
             [region("demo", HOST, GUEST, SIZE), region("more", HOST + SIZE, GUEST + SIZE, SIZE,
                                                        extra='role = "boss";')], cpus=0),
        {"shm-guest-overlap": "guest-a", "shm-role": "boss", "dom-cpus": "guest-a"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_tree(boot, name):
    tree, expected = WRONG[name]
    machine = boot(tree, {"hello": "hello"})
    machine.wait("nothing is started")
    machine.settle(0.3)
    for rule, detail in expected.items():
        found = [rest for other, rest in machine.findings() if other == rule]
        assert found, f"{rule} is not among {machine.findings()}"
        assert any(detail in rest for rest in found), found
    assert not machine.guest("guest-a") and not machine.guest("guest-b")


def test_a_large_tree_that_leaves_no_room_to_plan_in(boot):
    """It takes more memory to read than the image has to spare, a module claims all RAM, and the console hears of it."""
    many = "".join(f"node{number} {{ value = <{number}>; }};" for number in range(3000))
    tree = system(domain("guest-a", "hello").replace("${hello.address} ${hello.size}", "0 0x40000000 0 0x40000000"),
                  root=f"many {{ {many} }};")
    machine = boot(tree, {"hello": "hello"}, memory_mib=1024)
    machine.wait("nothing is started")
    machine.settle(0.3)
    found = [text for rule, text in machine.findings() if rule == "dom-out-of-memory"]
    assert "Isthmus plans in 4 MiB of RAM that nobody has" in found[0]
    assert "beside the module /chosen/guest-a/module@0, which has 1 GiB" in found[1]
    assert not machine.guest("guest-a")


def test_a_compressed_kernel_with_a_wrong_bit(boot, tmp_path):
    """Nothing is started, though guest-b's kernel is right."""
    wrong = bytearray(gzip.compress(launch.guest("hello").read_bytes()))
    wrong[-6] ^= 0x10
    packed = tmp_path / "hello.gz"
    packed.write_bytes(wrong)
    machine = boot(system(domain("guest-a", "packed"), domain("guest-b", "hello")),
                   {"packed": packed, "hello": "hello"})
    machine.wait(r"error\[dom-kernel-gzip\] /chosen/guest-a/module@0: .*a wrong checksum")
    machine.wait("nothing is started")
    machine.settle(0.3)
    assert not machine.guest("guest-a") and not machine.guest("guest-b")


def test_a_uimage_with_a_wrong_bit(boot, tmp_path):
    wrapped = tmp_path / "uImage"
    subprocess.run(["mkimage", "-A", "arm64", "-T", "kernel", "-C", "none", "-a", "0", "-e", "0", "-d",
                    launch.guest("hello"), wrapped], check=True, capture_output=True)
    wrong = bytearray(wrapped.read_bytes())
    wrong[-1] ^= 0x10
    wrapped.write_bytes(wrong)
    machine = boot(system(domain("guest-a", "wrapped"), domain("guest-b", "hello")),
                   {"wrapped": wrapped, "hello": "hello"})
    machine.wait(r"error\[dom-kernel-uimage\] /chosen/guest-a/module@0: .*data have a wrong checksum")
    machine.wait("nothing is started")
    machine.settle(0.3)
    assert not machine.guest("guest-a") and not machine.guest("guest-b")


def test_a_kernel_that_is_none(boot, tmp_path):
    noise = tmp_path / "noise"
    noise.write_bytes(bytes(range(256)) * 64)
    machine = boot(system(domain("guest-a", "hello")), {"hello": noise})
    machine.wait(r"error\[dom-kernel-format\].*guest-a")
    machine.wait("nothing is started")
    machine.settle(0.3)
    assert not machine.guest("guest-a")
