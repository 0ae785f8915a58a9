# SPDX-License-Identifier: Apache-2.0
"""Regions of all sizes, at all the places where one may be, on the machine's side and the guest's."""
import pytest

from steps import GUEST, HOST, OWNER, BORROWER, SIZE, account, run_steps, stepper
from systems import region

MIB, GIB = 1 << 20, 1 << 30


def exchange(boot, host: int | None, guest: int, size: int, *, mmu: str = "on",
             extra: tuple[str, str] = ("", ""), **machine):
    """A fills the region, B checks all of it and changes its last word, which A then sees."""
    last = f"demo+{size - 8:#x}"
    writer = stepper("guest-a", [region("demo", host, guest, size, extra=extra[0])],
                     "look:demo", "fill:demo:3", f"set:{last}:1", f"await:{last}:2", mmu=mmu)
    reader = stepper("guest-b", [region("demo", host, guest, size, extra=extra[1])],
                     f"await:{last}:1", "check:demo:3", f"set:{last}:2", mmu=mmu)
    return run_steps(boot, writer, reader, **machine)


def seen(isthmus, guest: str) -> str:
    return next(line for line in isthmus.lines() if f"{guest} sees it" in line)


@pytest.mark.parametrize("size, blocks", [
    (0x1000, "1 x 4 KiB"), (0x1_0000, "16 x 4 KiB"), (2 * MIB, "1 x 2 MiB"),
    (2 * MIB + 0x1000, "1 x 2 MiB 1 x 4 KiB"), (64 * MIB, "32 x 2 MiB")])
def test_sizes(boot, size, blocks):
    isthmus = exchange(boot, HOST, GUEST, size)
    assert f"{size // 0x1000} pages" in account(isthmus, "demo")
    assert f"in {blocks}" in seen(isthmus, "guest-a")


def test_one_gib(boot):
    isthmus = exchange(boot, 2 * GIB, 2 * GIB, GIB, memory_mib=3072)
    assert "262144 pages; references expected 3, found 3" in account(isthmus, "demo")
    assert "in 1 x 1 GiB" in seen(isthmus, "guest-b")


@pytest.mark.parametrize("host", [0x4000_0000, 0x8000_0000 - SIZE])
def test_ends_of_the_machines_ram(boot, host):
    exchange(boot, host, GUEST, SIZE)


@pytest.mark.parametrize("guest, mmu", [
    (0x4400_0000, "on"),                     # directly behind the guest's RAM
    (0x1_0000_0000 - SIZE, "on"),            # the end of bank 0
    (0x1_0000_0000, "on"),                   # between the banks, from the first
    (0x2_0000_0000 - SIZE, "on"),            # to the second
    (0x2_0000_0000, "on"),                   # bank 1
    (0x40_0000_0000, "on"),
    (0x100_0000_0000 - SIZE, "off"),         # the end of bank 1, and of the guest's space
    (0x1_0000, "on"),                        # below everything
])
def test_places_in_the_guest(boot, guest, mmu):
    isthmus = exchange(boot, HOST, guest, SIZE, mmu=mmu)
    assert f"steps: demo is seen at {guest:#x}, 64 KiB, from offset 0x0" in isthmus.guest("guest-a")


@pytest.mark.parametrize("roles", [("", ""), (OWNER, BORROWER)])
def test_host_address_left_out(boot, roles):
    isthmus = exchange(boot, None, GUEST, 4 * MIB, extra=roles)
    assert "1024 pages" in account(isthmus, "demo")
    assert "in 2 x 2 MiB" in seen(isthmus, "guest-b"), "not the largest blocks"


def test_the_heap_in_pieces(boot):
    """No free piece of RAM is as long as the region: reservations lie in between."""
    reserved = "".join(f"hole@{at:x} {{ reg = <0x0 {at:#x} 0x0 0x1000>; no-map; }};"
                       for at in range(0x5000_0000, 0x8000_0000, 64 * MIB))
    root = f"""reserved-memory {{
        #address-cells = <2>; #size-cells = <2>; ranges; {reserved} }};"""
    size = 160 * MIB
    shared = [region("demo", None, GUEST, size)]
    last = f"demo+{size - 8:#x}"
    isthmus = run_steps(
        boot, stepper("guest-a", shared, "fill:demo:3", f"set:{last}:1", f"await:{last}:2"),
        stepper("guest-b", shared, f"await:{last}:1", "check:demo:3", f"set:{last}:2"), root=root)
    assert f"{size // 0x1000} pages" in account(isthmus, "demo")
    pieces = [line for line in isthmus.lines() if "guest-a" in line and 'rw "demo"' in line]
    assert len(pieces) > 1, pieces


def test_64_regions(boot):
    """Of one page each, adjoining on the host, apart in the guests, every second one turned round."""
    count = 64

    def regions(turned: int) -> list[str]:
        return [region(f"r{i}", HOST + i * 0x1000, GUEST + (i ^ turned) * 0x2000, 0x1000)
                for i in range(count)]

    ask = [f"set:r{i}:{i + 1}" for i in range(count)] + ["set:r0+4:9", "await:r63+8:5"]
    answer = ["await:r0+4:9"] + [f"is:r{i}:{i + 1}" for i in range(count)] + ["set:r63+8:5"]
    isthmus = run_steps(boot, stepper("guest-a", regions(0), *ask),
                        stepper("guest-b", regions(1), *answer))
    for i in range(count):
        assert "references expected 3, found 3" in account(isthmus, f"r{i}")
