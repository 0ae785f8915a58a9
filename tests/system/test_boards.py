# SPDX-License-Identifier: Apache-2.0
"""The demos on the other boards, exactly as ./run demo --board starts them, and RAM in two banks."""
import pytest

from test_demo import run_demo

BOARDS = {"versal": ["memory=4 GiB"], "zcu102": []}  # and what makes QEMU's machine have RAM above 4 GiB
HIGH = 0x8_0000_0000  # where the second bank starts, on all of them


@pytest.mark.parametrize("board", BOARDS)
def test_two_bare_metal_guests_talk(board):
    assert "demo baremetal: ok" in run_demo("baremetal", "--board", board)


@pytest.mark.parametrize("board", BOARDS)
def test_two_linux_kernels_talk(board):
    assert "demo linux: ok" in run_demo("linux", "--board", board)


@pytest.mark.parametrize("board", BOARDS)
def test_ram_above_4_gib(boot_demo, board):
    """One guest's RAM and one region from the second bank, by their addresses; the other region
    and guest from the first."""
    machine = boot_demo("baremetal", BOARDS[board], (
        'memory = "64 MiB"\nbootargs = "role=b', 'memory = "64 MiB"\nstatic-memory = '
        f'[{{ address = {HIGH + (1 << 20):#x}, size = "64 MiB" }}]\nbootargs = "role=b'),
        ('size = "64 KiB"', f'size = "64 KiB"\nhost = {HIGH + (1 << 30):#x}'),
        ('name = "guest-a"', 'name = "guest-a"\nstatic-memory = true'), board=board)
    assert machine.wait_end() == 0
    for name in ("guest-a", "guest-b"):
        assert machine.guest(name)[-1] == "pair: ok", machine.guest(name)
    shown = "\n".join(machine.lines())
    assert f"{HIGH + (1 << 20):#x}" in shown and f"{HIGH + (1 << 30):#x}-" in shown
    assert "4 GiB of RAM" in shown
