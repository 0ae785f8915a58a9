# SPDX-License-Identifier: Apache-2.0
"""No register passes from guest to guest, and docs/registers.md says of each what becomes of it."""
import pytest

import register_page
from isthmus_qemu import NEWER_QEMU, launch
from systems import domain, region, system

SHARED = [region("turn", 0x7000_0000, 0x5000_0000, 0x1_0000)]
newer = pytest.mark.skipif(not NEWER_QEMU, reason="no newer QEMU here")


def found_registers(lines: list[str]) -> dict[str, str]:
    """Encoding to what the register does, from the lines of a guest `sweep`."""
    words = [line.split() for line in lines if line.startswith("sweep: register ")]
    return {word[2]: word[3] for word in words}


@pytest.mark.parametrize("cpu, qemu", [
    ("cortex-a57", launch.QEMU), ("neoverse-n1", launch.QEMU), ("max", launch.QEMU),
    pytest.param("max", NEWER_QEMU, marks=newer)], ids=["a57", "n1", "max", "newer-max"])
@pytest.mark.parametrize("gic", [2, 3])
def test_no_register_passes(boot, cpu, qemu, gic):
    tree = system(domain("guest-a", "sweep", bootargs="role=a id=turn list=yes", regions=SHARED),
                  domain("guest-b", "sweep", bootargs="role=b id=turn", regions=SHARED))
    machine = boot(tree, {"sweep": "sweep"}, cpus=1, cpu=cpu, gic=gic, qemu=qemu,
                   args="sched=rr sched-slice=1 on-last-off=poweroff")
    assert machine.wait_end() == 0
    for name in ("guest-a", "guest-b"):
        failed = [line for line in machine.guest(name) if "FAILED" in line]
        assert not failed, "\n".join(failed)
        assert machine.guest(name)[-1] == "sweep: ok"
    found = found_registers(machine.guest("guest-a"))
    assert len(found) > 130, "the guest found few registers"
    assert sum(does == "keeps" for does in found.values()) >= 24
    wrong = register_page.complaints(found, register_page.rows())
    assert not wrong, "\n".join(wrong)
