# SPDX-License-Identifier: Apache-2.0
"""A machine whose firmware leaves everything dirty that it may (tests/firmware): where things lie in it, and what
the firmware is asked to do."""
import struct
from dataclasses import dataclass

from isthmus_qemu import launch

MIB = 1 << 20
RAM, STUB, TREE, MODULES = 0x4000_0000, 0x4300_0000, 0x4400_0000, 0x4800_0000
IMAGE = 0x4040_0000
LPI_TABLES = 0x5200_0000
E2H, LPIS, FREQUENCY, MASKED, DROPPED = 1, 2, 4, 8, 16
DISTRIBUTOR, REDISTRIBUTORS, CPU_INTERFACE = 0x0800_0000, 0x080a_0000, 0x0801_0000


@dataclass
class DirtyLaunch(launch.Launch):
    """All is loaded by QEMU's loader; the firmware starts every CPU that is on."""
    flags: int = E2H
    frequencies: tuple[int, int] = (0, 0)  # of the boot CPU and of the others, with FREQUENCY
    patch: tuple[bytes, bytes] = (b"", b"")  # words of the image's first page, and what stands there instead

    def placements(self):
        moved = MODULES - self.machine.first_module_address()
        return {name: (address + moved, size) for name, (address, size) in super().placements().items()}

    def is_secure(self) -> bool:
        return any("secure=on" in word for word in self.machine.extra)

    def clean(self) -> list[tuple[int, int]]:
        """What the firmware leaves as it is: what was loaded, of the image without its .bss."""
        kept = [(IMAGE, IMAGE + self.kernel.stat().st_size), (STUB, STUB + MIB), (TREE, TREE + MIB)]
        kept += [(address, address + size) for address, size in self.placements().values()]
        return sorted((start & ~0xf, end + 0xf & ~0xf) for start, end in kept)

    def dirty(self) -> list[tuple[int, int]]:
        ranges, start = [], RAM
        for first, end in self.clean():
            ranges.append((start, first))
            start = end
        return [*ranges, (start, RAM + self.machine.memory_mib * MIB)]

    def firmware(self) -> bytes:
        code = bytearray((launch.build_folder() / "firmware" / "dirty_firmware.bin").read_bytes())
        ranges = self.dirty()
        assert len(ranges) <= 16
        second = CPU_INTERFACE if self.machine.gic == 2 else REDISTRIBUTORS
        flags = self.flags | (DROPPED if self.is_secure() else 0)
        struct.pack_into("<10Q", code, 8, IMAGE, TREE, self.machine.gic, DISTRIBUTOR, second, flags,
                         *self.frequencies, LPI_TABLES, len(ranges))
        struct.pack_into(f"<{2 * len(ranges)}Q", code, 88, *(value for pair in ranges for value in pair))
        return bytes(code)

    def image(self) -> bytes:
        code = self.kernel.read_bytes()
        old, new = self.patch
        if old:
            assert code[:4096].count(old) == 1, "the image's first page has not the word once"
            code = code.replace(old, new, 1)
        return code

    def command(self, folder):
        files = {"firmware": STUB, "image": IMAGE}
        (folder / "firmware").write_bytes(self.firmware())
        (folder / "image").write_bytes(self.image())
        rest = [self.machine.qemu, *self.machine.arguments(), *launch.BOARD["run"],
                "-semihosting-config", "enable=on,target=native"]
        loaded = [(folder / name, where) for name, where in files.items()]
        loaded += [(self.make_tree(folder), TREE)]
        loaded += [(self.modules[name], address) for name, (address, _) in self.placements().items()]
        for file, where in loaded:
            rest += ["-device", f"loader,file={file},addr={where:#x},force-raw=on"]
        for cpu in range(self.machine.cpus if self.is_secure() else 1):
            rest += ["-device", f"loader,addr={STUB:#x},cpu-num={cpu}"]
        return rest

    def tree_source(self, folder):
        """With the firmware's own memory kept from others. With secure=on QEMU leaves PSCI to the firmware, which
        says so."""
        text = super().tree_source(folder).replace("/dts-v1/;", f"/dts-v1/;\n/memreserve/ {STUB:#x} {MIB:#x};", 1)
        if "arm,psci" in text:
            return text
        cpus = "".join(f'cpu@{cpu} {{ enable-method = "psci"; }};' for cpu in range(self.machine.cpus))
        return text + f"""
            / {{ psci {{ compatible = "arm,psci-1.0"; method = "smc"; }}; cpus {{ {cpus} }}; }};"""
