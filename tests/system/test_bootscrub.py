# SPDX-License-Identifier: Apache-2.0
"""bootscrub=1 clears the RAM that nobody has, and nothing else: looked at from outside of the machine."""
import json
import re
import socket

import pytest

from systems import cells, domain, system

MIB = 1 << 20
HEAP, STATIC, RESERVED, ELSEWHERE = 0x4c00_0000, 0x5000_0000, 0x5400_0000, 0x5a00_0000
JUNK = 0xa5a5_a5a5_a5a5_a5a5
RESERVATION = f"""reserved-memory {{ #address-cells = <2>; #size-cells = <2>; ranges;
    firmware@{RESERVED:x} {{ reg = <{cells(RESERVED)} {cells(2 * MIB)}>; no-map; }}; }};"""


class Monitor:
    """Reads the machine's RAM, as a debugger would (QEMU Machine Protocol)."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(30)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("r")
        self._lines.readline()
        self._ask("qmp_capabilities")

    def _ask(self, name: str, **arguments):
        request = {"execute": name, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode())
        while True:
            answer = json.loads(self._lines.readline())
            if "return" in answer:
                return answer["return"]
            assert "error" not in answer, answer

    def word(self, address: int) -> int:
        text = self._ask("human-monitor-command", **{"command-line": f"xp /1xg {address:#x}"})
        return int(re.search(r": (0x[0-9a-f]+)", text)[1], 16)


@pytest.mark.parametrize("static_heap", [False, True])
@pytest.mark.parametrize("scrub", [0, 1])
def test_free_ram_after_boot(boot, tmp_path, scrub, static_heap):
    junk, control = tmp_path / "junk", tmp_path / "qmp"
    junk.write_bytes(JUNK.to_bytes(8, "little") * (MIB // 8))
    extra = ["-qmp", f"unix:{control},server=on,wait=off"]
    for place in (HEAP, STATIC, RESERVED, ELSEWHERE):
        extra += ["-device", f"loader,file={junk},addr={place:#x},force-raw=on"]
    heap = f"xen,static-heap = <{cells(HEAP - 32 * MIB)} {cells(64 * MIB)}>;"
    guest = domain("guest", "hello", memory_mib=16,
                   extra=f"xen,static-mem = <{cells(STATIC)} {cells(16 * MIB)}>;")
    machine = boot(system(guest, chosen=heap if static_heap else "", root=RESERVATION),
                   {"hello": "hello"}, cpus=1, memory_mib=512, extra=tuple(extra),
                   args=f"bootscrub={scrub}")
    machine.wait_guest("guest", "hello: ok")
    monitor = Monitor(control)
    for place in (HEAP, ELSEWHERE):  # free; with a static heap the second is left over
        for offset in (0, MIB - 8):
            assert monitor.word(place + offset) == (0 if scrub else JUNK), hex(place + offset)
    for offset in (0, MIB - 8):
        assert monitor.word(RESERVED + offset) == JUNK
    assert monitor.word(STATIC + MIB - 8) == 0
